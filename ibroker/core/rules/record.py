"""Takes the values that rules need out of an element of a schema-valid bericht."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from ibroker.core.rules.compiled import compile_read
from ibroker.core.rules.plaats import Plaats, Record
from ibroker.core.structure import Structure

__all__ = ["Node", "Read", "Reader", "Visit", "Wanted", "build_node"]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """What there is to do at an element: nodes follow the structure of the XSD.

    `plaats` is there where rules look; `reader` knows how to read the element, `read`
    does it; `members` is the node of each of its children, where it is a list.
    """

    plaats: Plaats | None
    reader: "Reader | None"
    read: "Read | None"
    members: "Node | None"


Read = Callable[[etree._Element, Record, list["Visit"]], None]
"""Puts the values of an element into a record; adds what has places of its own."""

Visit = tuple[Node, etree._Element]


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do with a child.

    Keep its value under `name`; read on `inside` it for the same record; go `onward` to
    it, for it has places of its own. `is_list`: it holds one kind of value, repeated;
    they are kept as one, with spaces.
    """

    name: str | None = None
    is_list: bool = False
    inside: "Reader | None" = None
    onward: Node | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.name, self.inside, self.onward))


class Reader:
    """Reads one kind of element, by the places of its children.

    Where all optional children are there, or none, the number of children tells which
    is which; only else their tags are looked at.
    """

    __slots__ = ("_children", "all", "bare", "full", "least")

    def __init__(self, children: Sequence[tuple[str, bool, _Step]]) -> None:
        self._children = children
        self.full = len(children)
        self.least = sum(not optional for _, optional, _ in children)
        self.all = Wanted([step for _, _, step in children])
        self.bare = Wanted([step for _, optional, step in children if not optional])

    def read_children(
        self, present: Sequence[etree._Element], record: Record, onward: list[Visit]
    ) -> None:
        """Put the values of the children into `record`; absent ones stay as they are.

        A class has the whitespace in it as its value, so it is present. What has places
        of its own is added to `onward`.
        """
        wanted = self._wanted(present)
        for index, name in wanted.values:
            record[name] = present[index].text or ""
        for index, inside in wanted.inside:
            inside.read_children(present[index][:], record, onward)
        for index, node in wanted.onward:
            onward.append((node, present[index]))
        for index, name in wanted.lists:
            record[name] = " ".join([one.text or "" for one in present[index]])

    def find(self, element: etree._Element, veld: str) -> etree._Element | None:
        """The element that holds the value of a field."""
        present = element[:]
        wanted = self._wanted(present)
        for index, name in (*wanted.values, *wanted.lists):
            if name == veld:
                return present[index]
        for index, inside in wanted.inside:
            found = inside.find(present[index], veld)
            if found is not None:
                return found
        return None

    def names(self) -> Iterator[str]:
        """The fields that it reads."""
        for _, name in (*self.all.values, *self.all.lists):
            yield name
        for _, inside in self.all.inside:
            yield from inside.names()

    def _wanted(self, present: Sequence[etree._Element]) -> "Wanted":
        count = len(present)
        if count == self.full:
            return self.all
        if count == self.least:
            return self.bare
        steps: list[_Step] = []
        for tag, optional, step in self._children:
            index = len(steps)
            if not optional or (index < count and present[index].tag == tag):
                steps.append(step)
        return Wanted(steps)


class Wanted:
    """Of the children that are present those that matter, by their index."""

    __slots__ = ("inside", "lists", "onward", "values")

    def __init__(self, steps: Sequence[_Step]) -> None:
        self.values: list[tuple[int, str]] = []
        self.lists: list[tuple[int, str]] = []
        self.inside: list[tuple[int, Reader]] = []
        self.onward: list[tuple[int, Node]] = []
        for index, step in enumerate(steps):
            if step.name is not None:
                (self.lists if step.is_list else self.values).append((index, step.name))
            if step.inside is not None:
                self.inside.append((index, step.inside))
            if step.onward is not None:
                self.onward.append((index, step.onward))


_NOTHING = _Step()


def build_node(
    structure: Structure, places: Mapping[str, tuple[Plaats, Collection[str]]]
) -> Node | None:
    """The node of an element and all below; None where rules look at none of it.

    `places` gives by tag each place and the fields that its rules read.
    """
    plaats, names = places.get(structure.tag, (None, ()))
    reader = members = None
    match structure.children:
        case (Structure(repeated=True) as member,):
            members = build_node(member, places)
        case children if structure.in_sequence:
            reader = _build_reader(children, structure, names, places)
        case _:
            pass
    if plaats is None and reader is None and members is None:
        return None
    read = None if reader is None else compile_read(reader)
    return Node(plaats, reader, read, members)


def _build_reader(
    children: Sequence[Structure],
    structure: Structure,
    names: Collection[str],
    places: Mapping[str, tuple[Plaats, Collection[str]]],
) -> Reader | None:
    steps = [_build_step(structure, child, names, places) for child in children]
    if not any(steps):
        return None
    return Reader(
        [
            (child.tag, child.optional, step)
            for child, step in zip(children, steps, strict=True)
        ]
    )


def _build_step(
    structure: Structure,
    child: Structure,
    names: Collection[str],
    places: Mapping[str, tuple[Plaats, Collection[str]]],
) -> _Step:
    name = _name(structure, child, names)
    if child.is_value_list:
        name = _name(child, child.children[0], names)
        return _NOTHING if name is None else _Step(name, is_list=True)
    if child.tag in places or not child.in_sequence:
        return _Step(name, onward=build_node(child, places))
    return _Step(name, inside=_build_reader(child.children, child, names, places))


def _name(above: Structure, child: Structure, names: Collection[str]) -> str | None:
    """The name of a field: its element's, or with the one above it: Adres/Huis."""
    full = f"{above.name}/{child.name}"
    if full in names:
        return full
    return child.name if child.name in names else None

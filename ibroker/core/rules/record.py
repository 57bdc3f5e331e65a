"""Takes the values that rules need out of an element of a schema-valid bericht."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from ibroker.core.structure import Structure

__all__ = ["Reader", "Record", "build_reader"]

Record = dict[str, str | None]
"""The values of one element by the name of the field."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do with a child: keep its value under `name`, and read on inside it.

    `is_list`: it holds one kind of value, repeated; they are kept as one, with spaces.
    """

    name: str | None
    inside: "Reader | None"
    is_list: bool = False


class Reader:
    """Reads one kind of element, by the places of its children.

    Where all optional children are there, or none, the number of children tells which
    is which; only else their tags are looked at.
    """

    __slots__ = ("_all", "_bare", "_children", "_full", "_least")

    def __init__(self, children: Sequence[tuple[str, bool, _Step | None]]) -> None:
        self._children = children
        self._full = len(children)
        self._least = sum(not optional for _, optional, _ in children)
        self._all = _Wanted([step for _, _, step in children])
        self._bare = _Wanted([step for _, optional, step in children if not optional])

    def read(self, element: etree._Element, record: Record) -> None:
        """Put the values of an element into `record`; absent ones are left as they are.

        A class has the whitespace in it as its value, so it is present.
        """
        present = element[:]
        wanted = self._wanted(present)
        for index, name in wanted.values:
            record[name] = present[index].text or ""
        for index, inside in wanted.inside:
            inside.read(present[index], record)
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
        for _, name in (*self._all.values, *self._all.lists):
            yield name
        for _, inside in self._all.inside:
            yield from inside.names()

    def _wanted(self, present: Sequence[etree._Element]) -> "_Wanted":
        count = len(present)
        if count == self._full:
            return self._all
        if count == self._least:
            return self._bare
        steps: list[_Step | None] = []
        for tag, optional, step in self._children:
            index = len(steps)
            if not optional or (index < count and present[index].tag == tag):
                steps.append(step)
        return _Wanted(steps)


class _Wanted:
    """Of the children that are present those that matter, by their index."""

    __slots__ = ("inside", "lists", "values")

    def __init__(self, steps: Sequence[_Step | None]) -> None:
        self.values: list[tuple[int, str]] = []
        self.lists: list[tuple[int, str]] = []
        self.inside: list[tuple[int, Reader]] = []
        for index, step in enumerate(steps):
            if step is None:
                continue
            if step.name is not None:
                (self.lists if step.is_list else self.values).append((index, step.name))
            if step.inside is not None:
                self.inside.append((index, step.inside))


def build_reader(
    structure: Structure, names: Collection[str], elsewhere: Collection[str]
) -> Reader | None:
    """A reader of the fields `names` below an element; None where there are none.

    A field is named by its element, or by that and the one above: Adres/Huis. Does not
    enter elements whose tag is in `elsewhere`, which have a reader of their own, nor
    lists, but for a list of values such as RetourCodes/RetourCode.
    """
    if not structure.in_sequence:
        return None
    children: list[tuple[str, bool, _Step | None]] = []
    for child in structure.children:
        name = _name(structure, child, names)
        step = None
        if child.is_value_list:
            name = _name(child, child.children[0], names)
            step = None if name is None else _Step(name, None, is_list=True)
        elif child.tag in elsewhere:
            step = None if name is None else _Step(name, None)
        else:
            inside = build_reader(child, names, elsewhere)
            if name is not None or inside is not None:
                step = _Step(name, inside)
        children.append((child.tag, child.optional, step))
    return Reader(children) if any(step for _, _, step in children) else None


def _name(above: Structure, child: Structure, names: Collection[str]) -> str | None:
    full = f"{above.name}/{child.name}"
    if full in names:
        return full
    return child.name if child.name in names else None

"""Takes the fields that rules need out of an element of a schema-valid bericht."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lxml import etree

from ibroker.core.rules.veld import Velden
from ibroker.core.structure import Structure

__all__ = ["Reader", "build_reader"]


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do with a child: keep it under `name`, and read on inside it."""

    name: str | None
    inside: "Reader | None"


class Reader:
    """Reads one kind of element, by the places of its children.

    Where all optional children are there, or none, the number of children tells which
    is which; only else their tags are looked at. `wanted` gives the index and the step.
    """

    __slots__ = ("_all", "_bare", "_children", "_full", "_least")

    def __init__(self, children: Sequence[tuple[str, bool, _Step | None]]) -> None:
        self._children = children
        self._full = len(children)
        self._least = sum(not optional for _, optional, _ in children)
        self._all = _wanted([step for _, _, step in children])
        self._bare = _wanted([step for _, optional, step in children if not optional])

    def read(self, element: etree._Element, velden: Velden) -> None:
        """Put the fields of an element into `velden`, by name."""
        present = element[:]
        count = len(present)
        if count == self._full:
            wanted = self._all
        elif count == self._least:
            wanted = self._bare
        else:
            wanted = self._match(present)
        for index, name, inside in wanted:
            child = present[index]
            if name is not None:
                velden[name] = child
            if inside is not None:
                inside.read(child, velden)

    def names(self) -> set[str]:
        """The fields that it reads."""
        found: set[str] = set()
        for _, name, inside in self._all:
            if name is not None:
                found.add(name)
            if inside is not None:
                found |= inside.names()
        return found

    def _match(
        self, present: Sequence[etree._Element]
    ) -> Sequence[tuple[int, str | None, "Reader | None"]]:
        """Which children these are, by the tags of the optional ones."""
        steps: list[_Step | None] = []
        count = len(present)
        for tag, optional, step in self._children:
            index = len(steps)
            if not optional or (index < count and present[index].tag == tag):
                steps.append(step)
        return _wanted(steps)


def _wanted(
    steps: Sequence[_Step | None],
) -> Sequence[tuple[int, str | None, Reader | None]]:
    return tuple(
        [
            (index, step.name, step.inside)
            for index, step in enumerate(steps)
            if step is not None
        ]
    )


def build_reader(
    structure: Structure, names: Collection[str], elsewhere: Collection[str]
) -> Reader | None:
    """A reader of the fields `names` below an element; None where there are none.

    Does not enter elements whose tag is in `elsewhere` (they have a reader of their
    own), nor lists: a field stands at one place.
    """
    if not structure.in_sequence:
        return None
    children: list[tuple[str, bool, _Step | None]] = []
    for child in structure.children:
        name = child.name if child.name in names else None
        inside = None
        if child.tag not in elsewhere:
            inside = build_reader(child, names, elsewhere)
        step = None if name is None and inside is None else _Step(name, inside)
        children.append((child.tag, child.optional, step))
    return Reader(children) if any(step for _, _, step in children) else None

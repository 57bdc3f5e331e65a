"""The rules of one message type, and the one walk over a bericht that checks them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from ibroker.core.rules.record import Reader
from ibroker.core.rules.veld import NIETS, PLEK, Lid, Plaatsen, Velden

__all__ = ["DAGTEKENING", "Check", "Hit", "ListRule", "Plaats", "Read", "Rule", "Sheet"]

DAGTEKENING = "Header.Dagtekening"
"""The field of every bericht that the walk is given."""

Check = Callable[..., Plaatsen]
Read = Callable[[Velden], Lid]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table for one record. `order` is its place in the table."""

    id: str
    order: int


@dataclass(frozen=True, slots=True)
class ListRule:
    """One row of the table that compares the members of a list, if they are `least`."""

    id: str
    order: int
    least: int
    read: Read
    check: Check


@dataclass(frozen=True, slots=True)
class Plaats:
    """What happens at an element that rules look at.

    `reader` fills its record, which starts as `leeg`; `keeps` are fields that later
    records see too, with the name by which they do. `lists` are those that start here,
    with their rules by name of the list; `member_of` the lists that the record joins.
    """

    name: str
    leeg: Mapping[str, None]
    reader: Reader | None
    keeps: tuple[tuple[str, str], ...]
    rules: tuple[tuple[Read, Check, Rule], ...]
    member_of: tuple[str, ...]
    lists: tuple[ListRule, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One time that a rule is broken; `seq` orders the places in the bericht."""

    seq: int
    order: int
    regel: str
    elements: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one message type, by the tag of the element they look at."""

    places: Mapping[str, Plaats]
    tags: tuple[str, ...]

    def walk(
        self, root: etree._Element, dagtekening: etree._Element, most: int
    ) -> Sequence[Hit]:
        """Check a schema-valid bericht; the hits in no order, about `most` places.

        Every bericht comes through this loop, so it is written out: a call for each
        step would cost half as much again.
        """
        if not self.tags:
            return ()
        hits = _Hits(most)
        lists: dict[str, _List] = {}
        seen: Velden = {DAGTEKENING: dagtekening}
        blanks: dict[str, Velden] = {}
        seq = 0
        for element in root.iter(*self.tags):
            seq += 1
            tag = element.tag
            plaats = self.places[tag]
            if plaats.lists:
                if plaats.name in lists:
                    hits.add_list(lists[plaats.name])
                lists[plaats.name] = _List(seq, plaats, element)
            blank = blanks.get(tag)
            if blank is None:
                blank = blanks[tag] = {**plaats.leeg, **seen}
            velden = blank.copy()
            velden[PLEK] = element
            if plaats.reader is not None:
                plaats.reader.read(element, velden)
            for name, kept in plaats.keeps:
                seen[kept] = velden[name]
            for read, check, rule in plaats.rules:
                broken = check(*read(velden))
                if broken is not NIETS:
                    hits.add(seq, rule, broken)
            for name in plaats.member_of:
                if name in lists:
                    lists[name].records.append(velden)
        for opened in lists.values():
            hits.add_list(opened)
        return hits.found


class _List:
    """A list that is open: where it started, its rules, and its members so far."""

    __slots__ = ("element", "plaats", "records", "seq")

    def __init__(self, seq: int, plaats: Plaats, element: etree._Element) -> None:
        self.seq = seq
        self.plaats = plaats
        self.element = element
        self.records: list[Velden] = []


class _Hits:
    """Keeps what is broken until there is enough: more than anyone will read."""

    __slots__ = ("_room", "found")

    def __init__(self, most: int) -> None:
        self._room = most
        self.found: list[Hit] = []

    def add(self, seq: int, rule: Rule | ListRule, places: Plaatsen) -> None:
        for elements in places:
            if self._room <= 0:
                return
            self._room -= len(elements)
            self.found.append(Hit(seq, rule.order, rule.id, elements))

    def add_list(self, opened: _List) -> None:
        """Check a list that has all its members."""
        count = len(opened.records)
        for rule in opened.plaats.lists:
            if count >= rule.least:
                leden = list(map(rule.read, opened.records))
                broken = rule.check(opened.element, leden)
                if broken is not NIETS:
                    self.add(opened.seq, rule, broken)

"""The rules of one message type, and the one walk over a bericht that checks them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from ibroker.core.rules.broken import ELEMENT, LIJST, NOTHING, Broken, ListBroken, Values
from ibroker.core.rules.record import Reader, Record

__all__ = [
    "DAGTEKENING",
    "Check",
    "Hit",
    "ListCheck",
    "ListRule",
    "Plaats",
    "Read",
    "Rule",
    "Sheet",
]

DAGTEKENING = "Header.Dagtekening"
"""The field of every bericht that the walk is given."""

Check = Callable[..., Broken]
ListCheck = Callable[..., ListBroken]
Read = Callable[[Record], Values]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table for a record. `order` is its place in the table."""

    id: str
    order: int
    velden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListRule:
    """One row of the table for a list with at least so many members.

    `lijstvelden` are those of the list itself, `velden` those of each member.
    """

    id: str
    order: int
    least: int
    lijstvelden: tuple[str, ...]
    velden: tuple[str, ...]
    read_lijst: Read
    read: Read
    check: ListCheck


@dataclass(frozen=True, slots=True)
class Plaats:
    """What happens at an element that rules look at.

    `reader` fills its record, which starts as `blank`; `keeps` are fields that later
    records see too, with the name by which they do. `lists` are the rules of the list
    that starts here; `member_of` names the lists that the record joins.
    """

    name: str
    blank: Mapping[str, None]
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
        hits = _Hits(most, dagtekening)
        lists: dict[str, _List] = {}
        kept: Record = {DAGTEKENING: dagtekening.text}
        blanks: dict[str, Record] = {}
        seq = 0
        for element in root.iter(*self.tags):
            seq += 1
            tag = element.tag
            plaats = self.places[tag]
            blank = blanks.get(tag)
            if blank is None:
                blank = blanks[tag] = {**plaats.blank, **kept}
            record = blank.copy()
            if plaats.reader is not None:
                plaats.reader.read(element, record)
            for veld, name in plaats.keeps:
                kept[name] = record[veld]
                hits.keep(name, plaats, element, veld)
            for read, check, rule in plaats.rules:
                broken = check(*read(record))
                if broken is not NOTHING:
                    hits.add(seq, rule, plaats, element, broken)
            for name in plaats.member_of:
                if name in lists:
                    lists[name].members.append((plaats, element, record))
            if plaats.lists:
                if plaats.name in lists:
                    hits.add_list(lists[plaats.name])
                lists[plaats.name] = _List(seq, plaats, element, record)
        for opened in lists.values():
            hits.add_list(opened)
        return hits.found


_Member = tuple[Plaats, etree._Element, Record]


class _List:
    """A list that is open: where it started, and its members so far."""

    __slots__ = ("members", "own", "seq")

    def __init__(
        self, seq: int, plaats: Plaats, element: etree._Element, record: Record
    ) -> None:
        self.seq = seq
        self.own: _Member = (plaats, element, record)
        self.members: list[_Member] = []


class _Hits:
    """Keeps what is broken until there is enough: more than anyone will read."""

    __slots__ = ("_kept", "_room", "found")

    def __init__(self, most: int, dagtekening: etree._Element) -> None:
        self._room = most
        self._kept: dict[str, Callable[[], etree._Element]] = {
            DAGTEKENING: lambda: dagtekening
        }
        self.found: list[Hit] = []

    def keep(
        self, name: str, plaats: Plaats, element: etree._Element, veld: str
    ) -> None:
        """Remember where a field stands that later records see too."""
        self._kept[name] = lambda: self._element(plaats, element, veld)

    def add(
        self,
        seq: int,
        rule: Rule,
        plaats: Plaats,
        element: etree._Element,
        broken: Broken,
    ) -> None:
        """Keep that a record breaks a rule."""
        for fields in broken:
            self._keep_hit(
                seq,
                rule,
                [
                    self._element(plaats, element, _veld(rule.velden, field))
                    for field in fields
                ],
            )

    def add_list(self, opened: _List) -> None:
        """Check a list that has all its members."""
        members = opened.members
        for rule in opened.own[0].lists:
            if len(members) < rule.least:
                continue
            values = [rule.read(record) for _, _, record in members]
            broken = rule.check(rule.read_lijst(opened.own[2]), values)
            if broken is NOTHING:
                continue
            for places in broken:
                if self._room <= 0:
                    return
                found = list(self._elements(opened, rule, places))
                self._keep_hit(opened.seq, rule, found)

    def _elements(
        self, opened: _List, rule: ListRule, places: Sequence[tuple[int, int]]
    ) -> Iterator[etree._Element]:
        for member, field in islice(places, self._room):
            if member == LIJST:
                plaats, element, _ = opened.own
                yield self._element(plaats, element, _veld(rule.lijstvelden, field))
            else:
                plaats, element, _ = opened.members[member]
                yield self._element(plaats, element, _veld(rule.velden, field))

    def _keep_hit(
        self, seq: int, rule: Rule | ListRule, elements: Sequence[etree._Element]
    ) -> None:
        if self._room > 0:
            self._room -= len(elements)
            self.found.append(Hit(seq, rule.order, rule.id, tuple(elements)))

    def _element(
        self, plaats: Plaats, element: etree._Element, veld: str | None
    ) -> etree._Element:
        """The element that a rule names: the record's own, or that of a field."""
        if veld is None:
            return element
        if veld in self._kept:
            return self._kept[veld]()
        found = None if plaats.reader is None else plaats.reader.find(element, veld)
        if found is None:
            message = f"{plaats.name}: a rule blames the absent field {veld}"
            raise LookupError(message)
        return found


def _veld(velden: Sequence[str], field: int) -> str | None:
    return None if field == ELEMENT else velden[field]

"""The rules of one message type, and the one walk over a bericht that checks them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from lxml import etree

from ibroker.core.rules.broken import (
    ELEMENT,
    LIJST,
    NOTHING,
    Broken,
    ListBroken,
    Values,
)
from ibroker.core.rules.judge import Judge, Rule
from ibroker.core.rules.record import Reader, Record

__all__ = [
    "DAGTEKENING",
    "Hit",
    "ListCheck",
    "ListRule",
    "Plaats",
    "Read",
    "Sheet",
]

DAGTEKENING = "Header.Dagtekening"
"""The field of every bericht that the walk is given."""

ListCheck = Callable[..., ListBroken]
Read = Callable[[Record], Values]


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
    records see too, with the name by which they do; `judge` checks the record. `lists`
    are the rules of the list that starts here; `member_of` names the lists that the
    record joins.
    """

    name: str
    blank: Mapping[str, None]
    reader: Reader | None
    keeps: tuple[tuple[str, str], ...]
    judge: Judge | None
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
        run = _Run(most, dagtekening)
        blanks: dict[str, Record] = {}
        for seq, element in enumerate(root.iter(*self.tags)):
            tag: str = element.tag  # type: ignore[assignment] # of an element always
            plaats = self.places[tag]
            if tag not in blanks:
                blanks[tag] = {**plaats.blank, **run.kept}
            record = blanks[tag].copy()
            if plaats.reader is not None:
                plaats.reader.read(element, record)
            if plaats.keeps:
                run.keep(plaats, element, record)
            if plaats.judge is not None:
                for rule, broken in plaats.judge(record):
                    run.add(seq, rule, plaats, element, broken)
            if plaats.member_of:
                run.join(plaats, element, record)
            if plaats.lists:
                run.open(seq, plaats, element, record)
        return run.close()


class _List:
    """A list that is open: where it started, and its members so far."""

    __slots__ = ("elements", "members", "own", "records", "seq")

    def __init__(
        self, seq: int, plaats: Plaats, element: etree._Element, record: Record
    ) -> None:
        self.seq = seq
        self.own = (plaats, element, record)
        self.members: Plaats = plaats
        self.elements: list[etree._Element] = []
        self.records: list[Record] = []

    def add(self, plaats: Plaats, element: etree._Element, record: Record) -> None:
        """A member; they are all of one kind."""
        self.members = plaats
        self.elements.append(element)
        self.records.append(record)


class _Run:
    """One walk: the fields it keeps, the lists that are open, and what is broken.

    Of what is broken it keeps enough: more places than anyone will read.
    """

    __slots__ = ("_found", "_lists", "_room", "_where", "kept")

    def __init__(self, most: int, dagtekening: etree._Element) -> None:
        self._room = most
        self._found: list[Hit] = []
        self._lists: dict[str, _List] = {}
        self._where: dict[str, Callable[[], etree._Element]] = {
            DAGTEKENING: lambda: dagtekening
        }
        self.kept: Record = {DAGTEKENING: dagtekening.text}

    def keep(self, plaats: Plaats, element: etree._Element, record: Record) -> None:
        """Keep the fields that later records see too, and where they stand."""
        for veld, name in plaats.keeps:
            self.kept[name] = record[veld]
            self._where[name] = partial(self._element, plaats, element, veld)

    def join(self, plaats: Plaats, element: etree._Element, record: Record) -> None:
        """The record becomes a member of its lists, as far as they are open."""
        for name in plaats.member_of:
            if name in self._lists:
                self._lists[name].add(plaats, element, record)

    def open(
        self, seq: int, plaats: Plaats, element: etree._Element, record: Record
    ) -> None:
        """A list starts; an earlier one of that name has all its members."""
        if plaats.name in self._lists:
            self._check_list(self._lists[plaats.name])
        self._lists[plaats.name] = _List(seq, plaats, element, record)

    def close(self) -> Sequence[Hit]:
        """All lists have their members: what is broken in all."""
        for opened in self._lists.values():
            self._check_list(opened)
        return self._found

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

    def _check_list(self, opened: _List) -> None:
        plaats, _, record = opened.own
        for rule in plaats.lists:
            if len(opened.records) < rule.least:
                continue
            values = list(map(rule.read, opened.records))
            broken = rule.check(rule.read_lijst(record), values)
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
                element = opened.elements[member]
                veld = _veld(rule.velden, field)
                yield self._element(opened.members, element, veld)

    def _keep_hit(
        self, seq: int, rule: Rule | ListRule, elements: Sequence[etree._Element]
    ) -> None:
        if self._room > 0:
            self._room -= len(elements)
            self._found.append(Hit(seq, rule.order, rule.id, tuple(elements)))

    def _element(
        self, plaats: Plaats, element: etree._Element, veld: str | None
    ) -> etree._Element:
        """The element that a rule names: the record's own, or that of a field."""
        if veld is None:
            return element
        if veld in self._where:
            return self._where[veld]()
        found = None if plaats.reader is None else plaats.reader.find(element, veld)
        if found is None:
            message = f"{plaats.name}: a rule blames the absent field {veld}"
            raise LookupError(message)
        return found


def _veld(velden: Sequence[str], field: int) -> str | None:
    return None if field == ELEMENT else velden[field]

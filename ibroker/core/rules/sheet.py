"""The rules of one message type, and the one walk over a bericht that checks them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from ibroker.core.rules.broken import ELEMENT, LIJST, NOTHING, Broken
from ibroker.core.rules.plaats import Combinations, ListRule, Plaats, Record, Rule
from ibroker.core.rules.record import Node, Visit

__all__ = ["DAGTEKENING", "Hit", "Sheet"]

DAGTEKENING = "Header.Dagtekening"
"""The field of every bericht that the walk is given."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One time that a rule is broken; `seq` orders the places in the bericht."""

    seq: int
    order: int
    regel: str
    elements: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one message type, along the structure of its XSD.

    `root` is None where there are no rules.
    """

    root: Node | None

    def walk(
        self, root: etree._Element, dagtekening: etree._Element, most: int
    ) -> Sequence[Hit]:
        """Check a schema-valid bericht, and name at most `most` places for each rule.

        The hits are in no order.
        """
        if self.root is None:
            return ()
        run = _Run(most, dagtekening)
        run.visit(self.root, root)
        return run.found


class _List:
    """A list that is open: where it started, and its members so far."""

    __slots__ = ("elements", "members", "own", "records", "seq")

    def __init__(
        self, seq: int, node: Node, element: etree._Element, record: Record
    ) -> None:
        self.seq = seq
        self.own = (node, element, record)
        self.members = node
        self.elements: list[etree._Element] = []
        self.records: list[Record] = []


class _Run:
    """One walk: the fields it keeps, the lists that are open, and what is broken.

    Of each broken rule it keeps enough: more places than anyone will read.
    """

    __slots__ = (
        "_blanks",
        "_dagtekening",
        "_good",
        "_kept",
        "_lists",
        "_most",
        "_rooms",
        "_seq",
        "_where",
        "found",
    )

    def __init__(self, most: int, dagtekening: etree._Element) -> None:
        self._most = most
        self._rooms: dict[int, int] = {}
        self._seq = 0
        self._lists: dict[str, _List] = {}
        self._blanks: dict[Plaats, Record] = {}
        self._good: dict[Plaats, Combinations] = {}
        self._kept: Record = {DAGTEKENING: dagtekening.text}
        self._dagtekening = dagtekening
        self._where: dict[str, tuple[Node, etree._Element, str]] = {}
        self.found: list[Hit] = []

    def visit(self, node: Node, element: etree._Element) -> None:
        """Check an element and everything below."""
        onward: list[Visit] = []
        if node.plaats is not None:
            self._visit_plaats(node, node.plaats, element, onward)
        elif node.read is not None:
            node.read(element, {}, onward)
        if node.members is not None:
            for member in element:
                self.visit(node.members, member)
        for there, child in onward:
            self.visit(there, child)
        if node.plaats is not None and node.plaats.lists:
            self._check_list(self._lists.pop(node.plaats.name), node.plaats.lists)

    def _visit_plaats(
        self, node: Node, plaats: Plaats, element: etree._Element, onward: list[Visit]
    ) -> None:
        self._seq += 1
        blank = self._blanks.get(plaats)
        if blank is None:
            blank = self._blanks[plaats] = {**plaats.blank, **self._kept}
        record = blank.copy()
        if node.read is not None:
            node.read(element, record, onward)
        for veld, name in plaats.keeps:
            self._kept[name] = record[veld]
            self._where[name] = (node, element, veld)
            self._good.clear()
        if plaats.judge is not None:
            good = self._good.get(plaats)
            if good is None:
                good = self._good[plaats] = set()
            for rule, broken in plaats.judge(record, good):
                self._add(rule, node, element, broken)
        for name in plaats.member_of:
            opened = self._lists.get(name)
            if opened is not None:
                opened.members = node
                opened.elements.append(element)
                opened.records.append(record)
        if plaats.lists:
            self._lists[plaats.name] = _List(self._seq, node, element, record)

    def _add(
        self, rule: Rule, node: Node, element: etree._Element, broken: Broken
    ) -> None:
        """Keep that a record breaks a rule."""
        for fields in broken:
            velden = [_veld(rule.velden, field) for field in fields]
            elements = [self._element(node, element, veld) for veld in velden]
            self._keep_hit(self._seq, rule, elements)

    def _check_list(self, opened: _List, rules: Sequence[ListRule]) -> None:
        """Check a list that has all its members."""
        for rule in rules:
            if len(opened.records) < rule.least:
                continue
            values = list(map(rule.read, opened.records))
            broken = rule.check(rule.read_lijst(opened.own[2]), values)
            if broken is NOTHING:
                continue
            for places in broken:
                room = self._rooms.get(rule.order, self._most)
                if room <= 0:
                    break
                found = list(self._elements(opened, rule, places[:room]))
                self._keep_hit(opened.seq, rule, found)

    def _elements(
        self, opened: _List, rule: ListRule, places: Sequence[tuple[int, int]]
    ) -> Iterator[etree._Element]:
        for member, field in places:
            if member == LIJST:
                node, element, _ = opened.own
                yield self._element(node, element, _veld(rule.lijstvelden, field))
            else:
                element = opened.elements[member]
                veld = _veld(rule.velden, field)
                yield self._element(opened.members, element, veld)

    def _keep_hit(
        self, seq: int, rule: Rule | ListRule, elements: Sequence[etree._Element]
    ) -> None:
        room = self._rooms.get(rule.order, self._most)
        if room > 0:
            self._rooms[rule.order] = room - len(elements)
            self.found.append(Hit(seq, rule.order, rule.id, tuple(elements)))

    def _element(
        self, node: Node, element: etree._Element, veld: str | None
    ) -> etree._Element:
        """The element that a rule names: the record's own, or that of a field."""
        if veld is None:
            return element
        if veld == DAGTEKENING:
            return self._dagtekening
        if veld in self._where:
            return self._element(*self._where[veld])
        found = None if node.reader is None else node.reader.find(element, veld)
        if found is None:
            message = f"a rule blames the absent field {veld}"
            raise LookupError(message)
        return found


def _veld(velden: Sequence[str], field: int) -> str | None:
    return None if field == ELEMENT else velden[field]

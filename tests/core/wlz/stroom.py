"""The Wlz stream over a state of its own, and the gemeenten that read what comes of it.

All goes in and out as records: what is kept of the signals is read from their XML.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from itertools import islice
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from ibroker.core.record import Outgoing, Position, Record
from ibroker.core.wlz.feit import Feit, encode_feit
from ibroker.core.wlz.gevolg import Gevolg, WlzTables
from ibroker.core.wlz.persoon import Persoonssleutels, hide_bsn
from ibroker.core.wlz.standvorm import decode_stand
from ibroker.core.wlz.step import find_due, take_fact
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.core.wlz.weging import next_moment
from ibroker.feiten import load_uitgaand, load_wlztabel
from tests.core.kept import Kept
from tests.core.routed import register
from tests.core.wlz.gehoord import Told, read_signal
from tests.core.wlz.keys import keys
from tests.core.wlz.orakel import Staat
from tests.core.wlz.verhaal import day
from tests.loaded import standards

__all__ = ["BSN", "Stroom", "fact", "message_of", "moment_on", "tables_of"]

BSN = "999988001"
_NAMES = UUID("00000000-0000-4000-8000-000000000000")
_TOPIC = "ggk.intern.wlz.feiten"


def tables_of(
    tabel: Wlztabel | None = None, sleutels: Persoonssleutels | None = None
) -> WlzTables:
    """Give what the stream of the tests knows."""
    return WlzTables(
        register=register(),
        tabel=load_wlztabel() if tabel is None else tabel,
        uitgaand=load_uitgaand(standards().catalogue),
        sleutels=keys() if sleutels is None else sleutels,
        signalen="ggk.wlz.signalen",
        bron="urn:test:wlz",
        zone=ZoneInfo("Europe/Amsterdam"),
    )


def moment_on(number: int) -> int:
    """Give noon of the day of that number, in milliseconds."""
    noon = datetime.combine(day(number), time(12), UTC)
    return int(noon.timestamp()) * 1000


def message_of(name: str) -> str:
    """Give the message id of the bericht that a test calls so."""
    return str(uuid5(_NAMES, name))


def fact(feit: Feit, bsn: str = BSN, sleutels: Persoonssleutels | None = None) -> bytes:
    """Give a fact as the router writes it, about the person with that BSN."""
    oorzaak = replace(feit.oorzaak, bericht=message_of(feit.oorzaak.bericht))
    persoon = hide_bsn(bsn, oorzaak, keys() if sleutels is None else sleutels)
    return encode_feit(replace(feit, oorzaak=oorzaak, persoon=persoon))


@dataclass
class Stroom:
    """One partition: what came in, and all that was written."""

    tables: WlzTables = field(default_factory=tables_of)
    state: Kept = field(default_factory=Kept)
    written: list[Outgoing] = field(default_factory=list)
    events: list[Outgoing] = field(default_factory=list)

    def record(self, value: bytes, on: int) -> Record:
        """Give the record of a fact."""
        return Record(_TOPIC, 3, 7, moment_on(on), b"kk", value)

    def hear(self, value: bytes, on: int = 0) -> tuple[Outgoing, ...]:
        """Take in a fact on that day; give what is written of it."""
        return self.commit(take_fact(self.record(value, on), self.state, self.tables))

    def turn(
        self, on: int, most: int | None = None, *, commit: bool = True
    ) -> list[Outgoing]:
        """Be woken once, for at most so much; give what is written.

        Without `commit` it is as where the process is killed before that.
        """
        kept = dict(self.state.entries)
        due: list[Gevolg] = []
        for one in islice(find_due(self.state, moment_on(on), self.tables), most):
            self.state.apply(one.changes)  # each sees those before it
            due.append(one)
        if not commit:
            self.state.entries = kept
            return []
        self.turned = len(due)
        return [made for one in due for made in self._write(one)]

    def wake(self, on: int, most: int = 3) -> list[Outgoing]:
        """Be woken again and again, until nothing is due; give what is written."""
        found: list[Outgoing] = []
        for _ in range(1000):
            found += self.turn(on, most)
            if self.turned < most:
                return found
        raise AssertionError("there is no end to what is due")

    def commit(self, gevolg: Gevolg) -> tuple[Outgoing, ...]:
        """Keep what comes of one record."""
        self.state.apply(gevolg.changes)
        return self._write(gevolg)

    def timers(self) -> set[bytes]:
        """Give the entries by which someone is woken."""
        return {key for key in self.state.entries if key.startswith(b"d")}

    def needed(self) -> set[bytes]:
        """Give the entries that must be there, by what is known of each person."""
        found = set()
        for key, data in self.state.scan(b"p"):
            due = next_moment(decode_stand(data), self.tables.tabel)
            if due is not None:
                found.add(b"d" + due.isoformat().encode() + key[1:])
        return found

    def standing(self, bsn: str = BSN) -> list[Staat]:
        """Give what stands on a person, as the gemeenten have it.

        They keep signals by their id, and drop what a later one herroept.
        """
        kept: dict[str, Told] = {}
        seen: set[str] = set()
        for offset, one in enumerate(self.written):
            headers = dict(one.headers)
            if headers["ce_type"] != b"nl.ggk.wlzsignaal":
                continue
            identity = (headers["ce_id"] or b"").decode()
            told = read_signal((one.topic, 0, offset), identity, one.value)
            assert told.id == told.said_id
            assert told.id not in seen, "a signal was given twice"
            seen.add(told.id)
            if told.herroept is not None:
                former = kept.pop(told.herroept)
                assert former.bsn == told.bsn
                assert (former.staat, former.reden) != (told.staat, told.reden)
            if told.reden != "ingetrokken":
                kept[told.id] = told
        return sorted(one.staat for one in kept.values() if one.bsn == bsn)

    def _write(self, gevolg: Gevolg) -> tuple[Outgoing, ...]:
        first = len(self.written)
        self.written += gevolg.outgoing
        self.events += gevolg.follow_up(_places(gevolg.outgoing, first))
        return gevolg.outgoing


def _places(outgoing: Sequence[Outgoing], first: int) -> list[Position]:
    return [Position(one.topic, 0, first + n) for n, one in enumerate(outgoing)]

"""Reads what the Wlz stream was told and what it told, to compare the two.

The stream may go on meanwhile. Its offsets are looked up before and after what it told
is read: whoever a fact in between is about is left out, since it may count or not.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ibroker.core.record import Record
from ibroker.core.wlz.afstemming import Soort, Verschil, compare
from ibroker.core.wlz.feit import Gevraagd, Hartslag, decode_feit
from ibroker.core.wlz.gevolg import WlzTables
from ibroker.core.wlz.kennis import holds_stand
from ibroker.core.wlz.opname import take_in
from ibroker.core.wlz.persoon import rehide
from ibroker.core.wlz.signaal import Reden
from ibroker.core.wlz.stand import Staand, Stand
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.kafka.changelog import Portion
from ibroker.post.kladblok import Kladblok

__all__ = ["Afstemming", "Bronnen", "Telling"]

# The first byte of a key says what is under it. Persons are under their pseudonym.
_KNOWN, _TOLD, _MOVING, _SIGNAL, _STATE = b"f", b"p", b"m", b"s", b"x"
_RECALLED, _SEEN = b"-", b"="


class Bronnen(Protocol):
    """What the stream was told, and what it told: as it is in the log now.

    Each raises LogError where the log does not give it.
    """

    async def committed(self) -> Mapping[int, int]:
        """Where the stream goes on, by partition of the facts; 0 where it never was."""
        ...

    def feiten(self) -> AsyncGenerator[Record, None]:
        """All facts, partition after partition."""
        ...

    def signalen(self) -> AsyncGenerator[Record, None]:
        """All events that explain a signal, partition after partition."""
        ...

    def stand(self) -> AsyncGenerator[Portion, None]:
        """What the stream keeps, in order for each partition."""
        ...


@dataclass(slots=True)
class Telling:
    """What was compared. `achterstand` are facts that the stream has yet to handle.

    `in_beweging` are people whom it was at work on, and `te_oud` people and signals of
    whom the log no longer has all: they were left out. `oude_sleutel` are people that
    it still keeps under a former key.
    """

    feiten: int = 0
    personen: int = 0
    signalen: int = 0
    achterstand: int = 0
    in_beweging: int = 0
    te_oud: int = 0
    oude_sleutel: int = 0


class Afstemming:
    """One comparison: `read` all, then go through the `differences`."""

    def __init__(self, bronnen: Bronnen, tables: WlzTables, pad: Kladblok) -> None:
        self._bronnen = bronnen
        self._tables = tables
        self._pad = pad
        self._has_all_facts = self._has_all_signals = True
        self.telling = Telling()

    async def read(self) -> None:
        """Read what was told, and the facts.

        Raises FeitError or SleutelError for what cannot be read, LogError where Kafka
        does not give it.
        """
        before = await self._bronnen.committed()
        # What explains a signal is committed with the stand, so this order misses none.
        await self._read_signals()
        await self._read_told()
        await self._read_facts(before, await self._bronnen.committed())

    def differences(self, moment: date) -> Iterator[Verschil]:
        """Give all differences, by what must stand on that day."""
        for key, data in self._pad.scan(_KNOWN):
            yield from self._compare(key, decode_stand(data), moment)
        for key, _ in self._pad.scan(_TOLD):
            if self._pad.get(_KNOWN + key) is None:
                yield from self._compare(key, None, moment)
        # A signal may have gone from a stand that was left out: which, nobody can tell.
        if not self.telling.in_beweging:
            yield from self._forgotten()

    def _compare(
        self, key: bytes, known: Stand | None, moment: date
    ) -> Iterator[Verschil]:
        if self._pad.get(_MOVING + key) is not None:
            return
        data = self._pad.get(_TOLD + key)
        told = () if data is None else decode_stand(data).staand
        if known is None and not self._has_all_facts:
            self.telling.te_oud += 1
        else:
            self.telling.personen += 1
            yield from compare(known, told, self._tables.tabel, moment)
        for one in told:
            self.telling.signalen += 1
            yield from self._explained(one)

    def _explained(self, one: Staand) -> Iterator[Verschil]:
        """Hold a signal that must stand beside its event."""
        key = _SIGNAL + one.id.encode()
        event = self._pad.get(key)
        if event is None and not self._has_all_signals:
            self.telling.te_oud += 1
        elif event is None or event == _RECALLED:
            yield Verschil(Soort.NOOIT_VERTELD, one.gemeente, (), one.id)
        self._pad.put(key, _SEEN)

    def _forgotten(self) -> Iterator[Verschil]:
        for key, value in self._pad.scan(_SIGNAL):
            if value not in {_SEEN, _RECALLED}:
                signaal, gemeente = key.decode(), value.decode()
                yield Verschil(Soort.NIET_BIJGEHOUDEN, gemeente, (), signaal)

    async def _read_signals(self) -> None:
        """Keep of each signal its gemeente, unless a later one is in its place."""
        partition: int | None = None
        async with aclosing(self._bronnen.signalen()) as records:
            async for record in records:
                if record.partition != partition:
                    partition = record.partition
                    self._has_all_signals &= record.offset == 0
                self._take_signal(record)

    def _take_signal(self, record: Record) -> None:
        event = json.loads(record.value or b"{}")
        data = event["data"]
        if data["herroept"] is not None:
            self._pad.put(_SIGNAL + data["herroept"].encode(), _RECALLED)
        key = _SIGNAL + event["id"].encode()
        if data["reden"] != Reden.INGETROKKEN and self._pad.get(key) is None:
            self._pad.put(key, data["gemeente"].encode())

    async def _read_told(self) -> None:
        """Keep each stand as the stream left it, under the pseudonym of today."""
        async with aclosing(self._bronnen.stand()) as portions:
            async for portion in portions:
                for key, value in portion.changes.items():
                    if holds_stand(key):
                        self._pad.put(_STATE + key, value or b"")
        for _, data in self._pad.scan(_STATE):
            if data:
                kept = decode_stand(data).persoon
                persoon = rehide(kept, self._tables.sleutels)
                self.telling.oude_sleutel += persoon is not kept
                self._pad.put(_TOLD + persoon.pseudoniem, data)

    async def _read_facts(
        self, before: Mapping[int, int], after: Mapping[int, int]
    ) -> None:
        """Take in what the stream has handled, and see what it was at work on."""
        partition: int | None = None
        async with aclosing(self._bronnen.feiten()) as records:
            async for record in records:
                if record.partition != partition:
                    partition = record.partition
                    self._has_all_facts &= record.offset == 0
                if record.offset >= after[record.partition]:
                    self.telling.achterstand += 1
                else:
                    is_sure = record.offset < before[record.partition]
                    self._take_fact(record, is_sure=is_sure)

    def _take_fact(self, record: Record, *, is_sure: bool) -> None:
        feit = decode_feit(record.value or b"")
        if isinstance(feit, Hartslag):
            return
        self.telling.feiten += 1
        if isinstance(feit, Gevraagd):
            return
        persoon = rehide(feit.persoon, self._tables.sleutels)
        if not is_sure:
            key = _MOVING + persoon.pseudoniem
            self.telling.in_beweging += self._pad.get(key) is None
            self._pad.put(key, b"")
            return
        key = _KNOWN + persoon.pseudoniem
        data = self._pad.get(key)
        stand = Stand(persoon) if data is None else decode_stand(data)
        known = take_in(stand, feit, self._tables.tabel)
        if known is not stand:
            self._pad.put(key, encode_stand(known))

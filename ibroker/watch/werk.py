"""What the watch does with an event, and with what that tells of a reference.

It knows no Faust: the tables are given as something to look up in and to put in.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.doorlooptijd import Antwoordsoort, Doorloopbord
from ibroker.core.watch.draad import Draad, Klok, Stand, klokken, neem, snoei
from ibroker.core.watch.klokkenbord import Klokkenbord
from ibroker.core.watch.melding import Melding, draadfeiten, read_melding
from ibroker.core.watch.vorm import (
    Snoei,
    decode_draad,
    decode_post,
    decode_telling,
    encode_draad,
    encode_post,
    encode_spreiding,
    encode_telling,
    split_weeksleutel,
    weeksleutel,
)
from ibroker.core.watch.week import ONBEKEND, tel, week_of
from ibroker.metrics.watch import WatchMeter
from ibroker.watch.tabellen import WatchTables

__all__ = ["Kanalen", "Tabel", "Werk"]

_MS: Final = 1000
_GEWEIGERD: Final = frozenset({Uitkomsttype.RETOUR, Uitkomsttype.FOUT})


class Tabel(Protocol):
    """What is kept of the partition of the record that is being handled."""

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key, or None."""
        ...

    def put(self, key: bytes, value: bytes | None) -> None:
        """Keep a value; None forgets the key."""
        ...

    def scan(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """Give all that is kept of a partition."""
        ...


@dataclass(frozen=True, slots=True)
class Kanalen:
    """What is kept of references and of weeks; `stuur` sends to a reference."""

    draden: Tabel
    weken: Tabel
    stuur: Callable[[bytes, bytes], None]


class Werk:
    """The work of one process; `clock` is the time in seconds since 1970."""

    def __init__(
        self,
        tables: WatchTables,
        kanalen: Kanalen,
        meter: WatchMeter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tables = tables
        self._draden = kanalen.draden
        self._weken = kanalen.weken
        self._stuur = kanalen.stuur
        self._meter = meter
        self._clock = clock
        self._bord = Klokkenbord()
        self._doorloop = Doorloopbord(tables.kalender)
        # What is kept of these is not what follows from the draden, by partition.
        self._achter: dict[int, set[Antwoordsoort]] = {}

    def open(self) -> dict[tuple[str, str], tuple[int, int]]:
        """See `Klokstanden.open`."""
        today = self._tables.kalender.dag(round(self._clock() * _MS))
        return dict(self._bord.totals(today))

    def lees(self, partition: int, offset: int, value: bytes | None) -> None:
        """Take an event in: into the counts of its week, and on to its references.

        Raises GebeurtenisError where it cannot be read.
        """
        melding = read_melding(value)
        if melding is None:
            return
        self._meter.see(melding.tijd / _MS, melding.kenmerk)
        if melding.berichttype in self._tables.antwoorden.geen_post:
            return
        self._tel(partition, offset, melding)
        for waarde, feit in draadfeiten(melding, self._tables.antwoorden):
            self._stuur(waarde.encode(), encode_post(feit))

    def _tel(self, partition: int, offset: int, melding: Melding) -> None:
        week = week_of(melding.tijd, self._tables.kalender)
        key = weeksleutel(partition, week, melding.berichttype or ONBEKEND)
        before = decode_telling(self._weken.get(key))
        after = tel(before, offset, melding)
        if after is before:
            return
        self._meter.event()
        if melding.uitkomst in _GEWEIGERD:
            for regel in melding.regels:
                self._meter.reject(regel, melding.berichttype)
        self._weken.put(key, encode_telling(after))

    def volg(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take in what is told of a reference. Raises GebeurtenisError."""
        post = decode_post(value)
        before = decode_draad(self._draden.get(key))
        after: Draad | None
        match post:
            case Snoei(voor):
                after = snoei(before, voor)
            case feit:
                after = neem(before, feit)
        achter = self._achter.pop(partition, set())
        if after != before:
            self._draden.put(key, None if after is None else encode_draad(after))
            old = self._klokken(before)
            new = () if after is None else self._klokken(after)
            self._bord.change(partition, old, new)
            achter |= self._doorloop.change(partition, old, new)
            self._count_answers(old, new)
        for soort in achter:
            self._weken.put(*self._looptijd(partition, soort))

    def vergeet(self) -> None:
        """Forget what was counted: the partitions that are ours change."""
        self._bord.keep(())
        self._doorloop.keep(())
        self._achter.clear()

    def begin(self, partition: int) -> Iterable[None]:
        """Count what is kept of a partition that is ours now; yields now and then.

        What answers took may have been kept without its draad, or the other way round:
        it is put right with the next record, since only then can anything be kept.
        """
        for number, (_, value) in enumerate(self._draden.scan(partition)):
            found = self._klokken(decode_draad(value))
            self._bord.change(partition, (), found)
            self._doorloop.change(partition, (), found)
            if number % 500 == 0:
                yield
        kept = {
            Antwoordsoort(week, antwoord, berichttype): value
            for key, value in self._weken.scan(partition)
            for week, berichttype, antwoord in (split_weeksleutel(key),)
            if antwoord is not None
        }
        self._achter[partition] = {
            soort
            for soort in {*kept, *self._doorloop.soorten(partition)}
            if kept.get(soort) != self._looptijd(partition, soort)[1]
        }

    def _looptijd(
        self, partition: int, soort: Antwoordsoort
    ) -> tuple[bytes, bytes | None]:
        """Give what must be kept of a turnaround; None forgets its key."""
        spreiding = self._doorloop.spreiding(partition, soort)
        key = weeksleutel(partition, soort.week, soort.berichttype, soort.antwoord)
        return key, None if spreiding is None else encode_spreiding(spreiding)

    def ruim_op(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """Give the records by which the draden of a partition forget what is old."""
        voor = self._voor()
        for key, value in self._draden.scan(partition):
            draad = decode_draad(value)
            if snoei(draad, voor) != draad:
                yield key, encode_post(Snoei(voor))

    def ruim_weken_op(self, partition: int) -> None:
        """Forget the counts of weeks that are too old; while an event is handled."""
        oldest = week_of(self._voor(), self._tables.kalender)
        for key, _ in tuple(self._weken.scan(partition)):
            if split_weeksleutel(key)[0] < oldest:
                self._weken.put(key, None)

    def _voor(self) -> int:
        return round(self._clock() * _MS) - self._tables.antwoorden.bewaren

    def _klokken(self, draad: Draad) -> tuple[Klok, ...]:
        return klokken(draad, self._tables.antwoorden, self._tables.kalender)

    def _count_answers(self, old: Iterable[Klok], new: Iterable[Klok]) -> None:
        """Count the clocks that stopped by this change."""
        stopped = {klok.vraag for klok in old if klok.stand is not Stand.OPEN}
        for klok in new:
            if klok.stand is not Stand.OPEN and klok.vraag not in stopped:
                self._meter.answer(
                    klok.termijn.antwoord, klok.vraag.berichttype, klok.stand.value
                )

"""What the watch does with an event, and with what that tells of a reference.

It knows no Faust: the tables are given as something to look up in and to put in.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.draad import Draad, Klok, Stand, klokken, neem, snoei
from ibroker.core.watch.klokkenbord import Klokkenbord
from ibroker.core.watch.melding import Melding, draadfeiten, read_melding
from ibroker.core.watch.vorm import (
    Snoei,
    decode_draad,
    decode_post,
    encode_draad,
    encode_post,
)
from ibroker.metrics.watch import WatchMeter
from ibroker.watch.tabellen import WatchTables
from ibroker.watch.weekboek import Tabel, Weekboek

__all__ = ["Kanalen", "Werk"]

_MS: Final = 1000
_GEWEIGERD: Final = frozenset({Uitkomsttype.RETOUR, Uitkomsttype.FOUT})


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
        self._hartslag = tables.catalogue.hartslag.type
        self._draden = kanalen.draden
        self._weekboek = Weekboek(kanalen.weken, tables.kalender)
        self._stuur = kanalen.stuur
        self._meter = meter
        self._clock = clock
        self._bord = Klokkenbord()

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
        if self._is_hartslag(melding):
            self._meter.heartbeat(melding.kenmerk)
            return
        if self._weekboek.tel(partition, offset, melding):
            self._meter.event(melding.tijd / _MS)
            if melding.uitkomst in _GEWEIGERD:
                for regel in melding.regels:
                    self._meter.reject(regel, melding.berichttype)
        for waarde, feit in draadfeiten(melding, self._tables.antwoorden):
            self._stuur(waarde.encode(), encode_post(feit))

    def _is_hartslag(self, melding: Melding) -> bool:
        """Whether it is of a heartbeat: that is no post of any week."""
        is_type = melding.berichttype == self._hartslag
        return is_type and melding.uitkomst is Uitkomsttype.BEZORGD

    def volg(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take in what is told of a reference. Raises GebeurtenisError."""
        post = decode_post(value)
        before = decode_draad(self._draden.get(partition, key))
        after: Draad | None
        match post:
            case Snoei(voor):
                after = snoei(before, voor)
            case feit:
                after = neem(before, feit)
        if after == before:
            return
        self._draden.put(partition, key, None if after is None else encode_draad(after))
        old = self._klokken(before)
        new = () if after is None else self._klokken(after)
        self._bord.change(partition, old, new)
        self._weekboek.verander(partition, old, new)
        self._count_answers(old, new)

    def schrijf(self) -> None:
        """Write what was counted; what is committed before that may be lost."""
        self._weekboek.schrijf()

    def vergeet(self) -> None:
        """Forget what was counted: the partitions that are ours change."""
        self._bord.keep(())
        self._weekboek.vergeet()

    def begin(self, partition: int) -> Iterable[None]:
        """Count what is kept of a partition that is ours now; yields now and then."""
        for number, (_, value) in enumerate(self._draden.scan(partition)):
            found = self._klokken(decode_draad(value))
            self._bord.change(partition, (), found)
            self._weekboek.verander(partition, (), found)
            if number % 500 == 0:
                yield
        self._weekboek.begin(partition)

    def ruim_op(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """Give the records by which the draden of a partition forget what is old."""
        voor = self._voor()
        for key, value in self._draden.scan(partition):
            draad = decode_draad(value)
            if snoei(draad, voor) != draad:
                yield key, encode_post(Snoei(voor))

    def ruim_weken_op(self, partition: int) -> None:
        """Forget the counts of weeks that are too old."""
        self._weekboek.ruim_op(partition, self._voor())

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

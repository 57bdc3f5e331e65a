"""What is kept of weeks: counted in memory, and written before each commit.

Each event changes a count, and each answer a turnaround. Written one by one they would
be more than half of all that the watch writes. What was not written was not committed
either, so it comes again.
"""

from collections.abc import Iterable
from typing import Protocol

from ibroker.core.watch.doorlooptijd import Antwoordsoort, Doorloopbord
from ibroker.core.watch.draad import Klok
from ibroker.core.watch.melding import Melding
from ibroker.core.watch.termijn import Kalender
from ibroker.core.watch.vorm import (
    decode_telling,
    encode_spreiding,
    encode_telling,
    split_weeksleutel,
    weeksleutel,
)
from ibroker.core.watch.week import ONBEKEND, Weektelling, tel, week_of

__all__ = ["Tabel", "Weekboek"]


class Tabel(Protocol):
    """What is kept, by partition and key."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Give the value of a key, or None."""
        ...

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keep a value; None forgets the key."""
        ...

    def scan(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """Give all that is kept of a partition; nothing may change meanwhile."""
        ...


class Weekboek:
    """The weeks of the partitions that are ours."""

    def __init__(self, tabel: Tabel, kalender: Kalender) -> None:
        self._tabel = tabel
        self._kalender = kalender
        self._doorloop = Doorloopbord(kalender)
        # What is not written yet.
        self._tellingen: dict[tuple[int, bytes], Weektelling] = {}
        self._soorten: set[tuple[int, Antwoordsoort]] = set()

    def tel(self, partition: int, offset: int, melding: Melding) -> bool:
        """Count an event; False where it comes again. Raises GebeurtenisError."""
        week = week_of(melding.tijd, self._kalender)
        key = weeksleutel(partition, week, melding.berichttype or ONBEKEND)
        before = self._tellingen.get((partition, key))
        if before is None:
            before = decode_telling(self._tabel.get(partition, key))
        after = tel(before, offset, melding)
        if after is before:
            return False
        self._tellingen[partition, key] = after
        return True

    def verander(
        self, partition: int, before: Iterable[Klok], after: Iterable[Klok]
    ) -> None:
        """Take in that a draad changed, and with it what answers took."""
        for soort in self._doorloop.change(partition, before, after):
            self._soorten.add((partition, soort))

    def begin(self, partition: int) -> None:
        """Compare what is kept with what all draden of a partition came to.

        They were given to `verander` before. A crash may have left the one without the
        other, and what is kept of long ago may know of no turnaround.
        """
        kept = {
            Antwoordsoort(week, antwoord, berichttype): value
            for key, value in self._tabel.scan(partition)
            for week, berichttype, antwoord in (split_weeksleutel(key),)
            if antwoord is not None
        }
        for soort in {*kept, *self._doorloop.soorten(partition)}:
            place = partition, soort
            if kept.get(soort) == self._looptijd(*place)[1]:
                self._soorten.discard(place)
            else:
                self._soorten.add(place)

    def schrijf(self) -> None:
        """Write what changed."""
        for (partition, key), telling in self._tellingen.items():
            self._tabel.put(partition, key, encode_telling(telling))
        self._tellingen.clear()
        for partition, soort in self._soorten:
            self._tabel.put(partition, *self._looptijd(partition, soort))
        self._soorten.clear()

    def vergeet(self) -> None:
        """Forget what was counted: the partitions that are ours change."""
        self._doorloop.keep(())
        self._tellingen.clear()
        self._soorten.clear()

    def ruim_op(self, partition: int, voor: int) -> None:
        """Forget the counts of weeks that ended before a moment (ms)."""
        oldest = week_of(voor, self._kalender)
        for key, _ in tuple(self._tabel.scan(partition)):
            if split_weeksleutel(key)[0] < oldest:
                self._tabel.put(partition, key, None)

    def _looptijd(
        self, partition: int, soort: Antwoordsoort
    ) -> tuple[bytes, bytes | None]:
        """Give what must be kept of a turnaround; None forgets its key."""
        spreiding = self._doorloop.spreiding(partition, soort)
        key = weeksleutel(partition, soort.week, soort.berichttype, soort.antwoord)
        return key, None if spreiding is None else encode_spreiding(spreiding)

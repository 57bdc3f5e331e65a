"""A cluster in memory that is watched as Kafka is, and that a test may make ill."""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from ibroker.core.record import Outgoing, Record
from ibroker.errors import ClusterUnreachable
from ibroker.exporter.heartbeats import STAGES
from ibroker.exporter.port import (
    Committed,
    Condition,
    Disk,
    Extent,
    Found,
    Place,
)

__all__ = ["MemoryPulse", "MemoryWatched"]

_KINDS = dict(zip(STAGES, (b"nl.ggk.hartslag", b"nl.ggk.hartslag.wlz"), strict=True))


class MemoryWatched:
    """A `Watched` of one broker; `write` and `commit` are what others do on it.

    A mark of a transaction takes an offset, as on Kafka.
    """

    def __init__(self) -> None:
        self.is_away = False
        self.questions = 0
        self._condition = Condition(frozenset({1}), True, 0, 0, 0, {1: Disk(2, 1)}, {})
        self._logs: dict[Place, list[int]] = {}
        self._begins: defaultdict[Place, int] = defaultdict(int)
        self._offsets: defaultdict[str, dict[Place, int]] = defaultdict(dict)

    def make(self, topic: str, partitions: int) -> None:
        """Make a topic."""
        for number in range(partitions):
            self._logs[Place(topic, number)] = []
        sizes = {**self._condition.partitions, topic: partitions}
        self._condition = replace(self._condition, partitions=sizes)

    def write(self, place: Place, *timestamps: int) -> None:
        """Write records in one transaction, and its mark."""
        self._logs[place] += [*timestamps, timestamps[-1]]

    def warm(self, topic: str) -> None:
        """Write to each place of a topic and undo it, as processes do at first."""
        for place, log in self._logs.items():
            if place.topic == topic:
                log += [0, 0]

    def forget(self, place: Place, begin: int) -> None:
        """Let retention take what is before an offset."""
        self._begins[place] = begin

    def commit(self, group: str, place: Place, offset: int) -> None:
        """Let a group go on at an offset."""
        self._offsets[group][place] = offset

    def condition(self) -> Condition:
        """See `Watched.condition`."""
        self._answer()
        return self._condition

    def committed(self, groups: Collection[str], begin: str) -> Committed:
        """See `Watched.committed`."""
        self._answer()
        return {
            group: dict(offsets)
            for group, offsets in self._offsets.items()
            if group in groups or (begin and group.startswith(begin))
        }

    def extents(self, places: Collection[Place]) -> Mapping[Place, Extent]:
        """See `Watched.extents`."""
        self._answer()
        return {
            place: Extent(self._begins[place], len(self._logs[place]))
            for place in places
        }

    def first_since(self, moments: Mapping[Place, int]) -> Mapping[Place, Found | None]:
        """See `Watched.first_since`."""
        self._answer()
        self.questions += len(moments)
        return {place: self._first(place, since) for place, since in moments.items()}

    def _first(self, place: Place, moment: int) -> Found | None:
        begin, log = self._begins[place], self._logs[place]
        offset = begin + bisect_left(list(accumulate(log[begin:], max)), moment)
        return Found(offset, log[offset]) if offset < len(log) else None

    def _answer(self) -> None:
        if self.is_away:
            raise ClusterUnreachable("memory")


class MemoryPulse:
    """A `Pulse` over two stages in memory; those in `stuck` let nothing through."""

    def __init__(self, partitions: int) -> None:
        self.is_away = False
        self.stuck: set[str] = set()
        self.sent: list[Outgoing] = []
        self._partitions = partitions
        self._through: list[Record] = []

    async def partitions(self) -> int:
        """See `Pulse.partitions`."""
        self._answer()
        return self._partitions

    async def send(self, beat: Outgoing) -> None:
        """See `Pulse.send`."""
        self._answer()
        self.sent.append(beat)
        for stage, kind in _KINDS.items():
            if self.stuck.intersection(STAGES[: STAGES.index(stage) + 1]):
                break
            headers = (*beat.headers, ("ce_type", kind))
            offset = len(self.sent)
            self._through.append(Record("hartslag", 0, offset, 0, b"", b"", headers))

    async def arrivals(self, seconds: float) -> Sequence[Record]:
        """See `Pulse.arrivals`."""
        self._answer()
        if not self._through:
            await asyncio.sleep(seconds)
        found, self._through = self._through, []
        return found

    def _answer(self) -> None:
        if self.is_away:
            raise ClusterUnreachable("memory")

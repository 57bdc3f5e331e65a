"""The heartbeat: which was sent when, and how far each stage has come with them.

One is sent each minute, to one partition after the other, so that a partition that
stands still shows within as many minutes as there are partitions. Where it comes out it
is known by its kenmerk, which says when it was sent.
"""

from collections.abc import Sequence
from typing import Final

from ibroker.core.delivery import GGK
from ibroker.core.hartslag import DOOR_WLZ, kenmerk_of, sent_at
from ibroker.core.record import Headers, Outgoing, Record

__all__ = ["STAGES", "Heartbeats", "build_beat", "partition_of"]

STAGES: Final = ("route", "wlz")
"""What a heartbeat passes."""


def partition_of(moment: float, every: float, partitions: int) -> int:
    """Give the partition whose turn it is; `every` so many seconds is the next's."""
    return int(moment // every) % partitions


def build_beat(topic: str, partition: int, moment: float, bericht: bytes) -> Outgoing:
    """Make the record of the heartbeat of a moment, in seconds since 1970."""
    headers = (("zender", GGK.encode()), ("kenmerk", kenmerk_of(moment).encode()))
    return Outgoing(topic, GGK.encode(), bericht, headers, partition)


class Heartbeats:
    """What became of the heartbeats; all times are in seconds since 1970.

    `begun` is when this process began: an age counts from there as long as none that
    was sent later came through. Values are set in the event loop, each as a whole, and
    read in other threads.
    """

    def __init__(self, begun: float) -> None:
        self.handed_in = 0
        self._newest = dict.fromkeys(STAGES, begun)
        self._outstanding: dict[str, tuple[float, ...]] = dict.fromkeys(STAGES, ())

    def begin(self, moment: float) -> None:
        """Begin to wait for a heartbeat, from when it is offered to the log."""
        for stage in STAGES:
            self._outstanding[stage] += (moment,)

    def take(self, arrived: Sequence[Record], every: float, partitions: int) -> None:
        """See what came through.

        Stages keep the order of a partition, so that none before it is still to come:
        the log did not take it, or it is there twice.
        """
        for record in arrived:
            moment = sent_at(_header(record.headers, "kenmerk"))
            if moment is None:
                continue
            stage = _stage(record.headers)
            self._newest[stage] = max(self._newest[stage], moment)
            partition = partition_of(moment, every, partitions)
            self._outstanding[stage] = tuple(
                one
                for one in self._outstanding[stage]
                if one > moment or partition_of(one, every, partitions) != partition
            )

    def age(self, stage: str, now: float) -> float:
        """Give how long ago the newest that came through a stage was sent."""
        return max(0.0, now - self._newest[stage])

    def outstanding(self, stage: str, now: float) -> float:
        """Give how long the oldest waits that did not come through; 0 where none."""
        return max(0.0, now - min(self._outstanding[stage], default=now))


def _stage(headers: Headers) -> str:
    kind = _header(headers, "ce_type") or ""
    return STAGES[1] if kind.endswith(DOOR_WLZ) else STAGES[0]


def _header(headers: Headers, name: str) -> str | None:
    for key, value in headers:
        if key == name and value is not None:
            return value.decode("ascii", errors="replace")
    return None

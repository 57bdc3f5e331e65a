"""How the exporter sees a cluster. Kafka and its in-memory twin both do it.

All of it can be asked with the right to describe alone: no bericht is ever read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ibroker.core.record import Outgoing, Record

__all__ = [
    "Committed",
    "Condition",
    "Disk",
    "Extent",
    "Found",
    "Place",
    "Pulse",
    "Watched",
]


class Place(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Extent(NamedTuple):
    """The first offset that is there, and the one after the last committed record.

    `end` is Kafka's last stable offset: what an open transaction wrote lies behind it.
    """

    begin: int
    end: int


class Found(NamedTuple):
    """A record: its offset and its timestamp, in milliseconds since 1970."""

    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Disk:
    """What a broker has for its logs, in bytes, over all its folders."""

    total: int
    usable: int


@dataclass(frozen=True, slots=True)
class Condition:
    """How a cluster is.

    `brokers` are the numbers of those that take part, and `disks` the disks of those
    that tell. `offline` partitions have no leader, `under_replicated` ones fewer
    copies in sync than there are, and `under_min_isr` ones fewer than a write needs.
    `partitions` says how many each topic has; only topics that we may see count.
    """

    brokers: frozenset[int]
    has_controller: bool
    offline: int
    under_replicated: int
    under_min_isr: int
    disks: Mapping[int, Disk]
    partitions: Mapping[str, int]


Committed = Mapping[str, Mapping[Place, int]]
"""Of each group the offset where it goes on, in each place where it ever committed."""


class Watched(Protocol):
    """A cluster as the exporter sees it; each call blocks.

    Each raises ClusterUnreachable where no broker answers, LogError where one does not
    tell.
    """

    def condition(self) -> Condition:
        """Say how the cluster is."""
        ...

    def committed(self, groups: Collection[str], begin: str) -> Committed:
        """Say where these groups go on, and all whose names begin with `begin`."""
        ...

    def extents(self, places: Collection[Place]) -> Mapping[Place, Extent]:
        """Say what each of these places holds."""
        ...

    def first_since(self, moments: Mapping[Place, int]) -> Mapping[Place, Found | None]:
        """Find in each place the first committed record of that moment or later.

        Moments are in milliseconds since 1970. None where there is no such record.
        """
        ...


class Pulse(Protocol):
    """The way of heartbeats: into the log, and out at its end.

    Each raises ClusterUnreachable where no broker answers, LogError where the log does
    not do it; then the same can be tried again.
    """

    async def partitions(self) -> int:
        """Say over how many partitions heartbeats are divided."""
        ...

    async def send(self, beat: Outgoing) -> None:
        """Put one in the log, and wait until the brokers have it."""
        ...

    async def arrivals(self, seconds: float) -> Sequence[Record]:
        """Give what came out since the last time; wait so long for the first.

        The first time it is all that the topic still holds.
        """
        ...

"""The changelog of a partition: every change of its state, on a compacted topic.

It is written in the transactions of the lane, so whoever reads what was committed there
to its end has the state, whatever became of the disk of who wrote it.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ibroker.errors import LogError
from ibroker.kafka.store import Changes

__all__ = ["Changelog", "Changelogs", "Extent", "Portion", "check_counts"]


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is of it: offsets from `begin` to before `end`.

    `log` tells it from every other: of another cluster, or of a topic of that name that
    was deleted and made again.
    """

    log: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of it, in order: what keys came to hold, of how many records, where next."""

    changes: Changes
    records: int
    following: int


class Changelog(Protocol):
    """The changelog of one partition, as who reads what was committed has it."""

    async def extent(self) -> Extent:
        """What there is now. Raises DeliveryFailed where the log does not tell."""
        ...

    def read(self, begin: int, end: int) -> AsyncGenerator[Portion, None]:
        """All from `begin` to before `end`, in portions that are soon applied.

        The last portion ends at `end`, also where there is nothing in it. Lets others
        go first between portions. Raises DeliveryFailed where the log does
        not give it, StateDangling where it ends in a transaction that stays open,
        LogError where it is broken.
        """
        ...


Changelogs = Callable[[int], AbstractAsyncContextManager[Changelog]]
"""Opens the changelog of a partition, once its former owner has been fenced.

Raises TopicMissing, and LogError where it has not as many partitions as the input.
"""


def check_counts(topic: str, count: int, source: str, source_count: int) -> None:
    """Raise LogError unless each input partition has a partition of the changelog."""
    if count != source_count:
        raise LogError(
            f"{topic} has {count} partitions, and {source} has {source_count}"
        )

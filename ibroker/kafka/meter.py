"""What a process at work tells of itself, and the `Meter` that it tells it to.

The loop and the member tell a `Notice` for each batch or change, never for a record.
What they hand over is only looked at: a meter keeps numbers, no berichten.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from ibroker.core.record import Handled
from ibroker.errors import Fenced
from ibroker.kafka.port import Transaction

__all__ = [
    "SILENT",
    "Assigned",
    "Committed",
    "MemoryMeter",
    "Meter",
    "Notice",
    "Restarted",
    "Revoked",
    "Taken",
    "Undone",
    "metered",
]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The group was divided: these partitions are ours. It may be none at all."""

    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Revoked:
    """No partition is ours: the group is being divided anew, or we are leaving it."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The lane of a partition starts anew from the last commit."""

    partition: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch is under way: so many records, the first of them of `timestamp` (ms)."""

    partition: int
    records: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Committed:
    """The batch under way is done, and its transaction committed.

    `handled` is what was made of each record, `seconds` what the transaction took.
    """

    partition: int
    handled: Sequence[Handled] = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class Undone:
    """A transaction was left without a commit that is certain."""

    partition: int
    fenced: bool


Notice = Assigned | Revoked | Restarted | Taken | Committed | Undone


class Meter(Protocol):
    """Counts what a process tells of itself; never raises, and is quick."""

    def tell(self, notice: Notice) -> None:
        """Take notice."""
        ...


class _Silent:
    def tell(self, notice: Notice) -> None:
        """Forget it."""


SILENT: Final[Meter] = _Silent()
"""The meter of who does not count."""


class MemoryMeter:
    """The twin of what Prometheus reads, as plain numbers.

    `kind_of` gives the uitkomst and the berichttype of what was made of a record, as
    labels. `oldest` is the time (ms) of the first record under way, by partition.
    """

    def __init__(self, kind_of: Callable[[Handled], tuple[str, str]]) -> None:
        self._kind_of = kind_of
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.transactions: Counter[str] = Counter()
        self.batches: list[int] = []
        self.in_progress: dict[int, int] = {}
        self.oldest: dict[int, int] = {}
        self.restarts = 0
        self.assignments = 0
        self.partitions: frozenset[int] = frozenset()

    def tell(self, notice: Notice) -> None:
        """See `Meter.tell`."""
        match notice:
            case Taken(partition, records, timestamp):
                self.in_progress[partition] = records
                self.oldest[partition] = timestamp
            case Committed(partition, handled, _):
                self._end(partition)
                self.transactions["committed"] += 1
                self.batches.append(len(handled))
                self.outcomes.update(map(self._kind_of, handled))
            case Undone(_, fenced):
                self.transactions["fenced" if fenced else "aborted"] += 1
            case Restarted():
                self.restarts += 1
            case Assigned(partitions):
                self.assignments += 1
                self._hold(partitions)
            case Revoked():
                self._hold(frozenset())

    def _hold(self, partitions: frozenset[int]) -> None:
        self.partitions = partitions
        self.in_progress.clear()
        self.oldest.clear()

    def _end(self, partition: int) -> None:
        self.in_progress.pop(partition, None)
        self.oldest.pop(partition, None)


@asynccontextmanager
async def metered(
    transaction: AbstractAsyncContextManager[Transaction],
    meter: Meter,
    partition: int,
    handled: Sequence[Handled],
) -> AsyncIterator[Transaction]:
    """Tell the meter how a transaction ends; the last thing done in it is the commit.

    A commit that gets no answer counts as undone, though the log may have it.
    """
    began = time.perf_counter()
    try:
        async with transaction as opened:
            yield opened
    except BaseException as error:
        meter.tell(Undone(partition, isinstance(error, Fenced)))
        raise
    meter.tell(Committed(partition, handled, time.perf_counter() - began))

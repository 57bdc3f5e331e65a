"""What a process at work tells of itself, and the `Meter` that it tells it to.

The loop and the member tell a `Notice` for each batch or change, never for a record.
What they hand over is only looked at: a meter keeps numbers, no berichten.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from ibroker.core.record import Handled, Outgoing, Record, Unreadable
from ibroker.errors import Fenced
from ibroker.kafka.port import Transaction
from ibroker.kafka.restoring import Restoring

__all__ = [
    "SILENT",
    "Assigned",
    "Committed",
    "Counted",
    "Kind",
    "Meter",
    "Notice",
    "Restarted",
    "Restoring",
    "Revoked",
    "Stored",
    "Taken",
    "Undone",
    "Woken",
    "metered",
]

Kind = tuple[str, str | None]
"""What was made of a record: an uitkomst and a berichttype."""


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

    `handled` is what was made of each record of `batch`, and `judged` the seconds that
    this took; `written` is all that it came to, without the changes of state. `seconds`
    is what the transaction took.
    """

    partition: int
    batch: Sequence[Record | Unreadable] = field(repr=False)
    handled: Sequence[Handled] = field(repr=False)
    judged: Sequence[float] = field(repr=False)
    written: Sequence[Outgoing] = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class Woken:
    """What became due by time alone is done, and its transaction committed.

    `handled` is what came to something that was written.
    """

    partition: int
    handled: Sequence[Handled] = field(repr=False)
    written: Sequence[Outgoing] = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class Undone:
    """A transaction was left without a commit that is certain."""

    partition: int
    fenced: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of each kind a partition ever came to, whoever owned it."""

    partition: int
    totals: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """There is state on disk: `size` tells at any time, in any thread, its bytes."""

    size: Callable[[], int]


Notice = (
    Assigned
    | Revoked
    | Restarted
    | Taken
    | Committed
    | Woken
    | Undone
    | Restoring
    | Counted
    | Stored
)


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


@asynccontextmanager
async def metered(
    transaction: AbstractAsyncContextManager[Transaction],
    meter: Meter,
    partition: int,
    done: Callable[[float], Notice],
) -> AsyncIterator[Transaction]:
    """Tell the meter how a transaction ends; the last thing done in it is the commit.

    `done` makes what it is told of that, by the seconds that all took. A commit that
    gets no answer counts as undone, though the log may have it.
    """
    began = time.perf_counter()
    try:
        async with transaction as opened:
            yield opened
    except BaseException as error:
        meter.tell(Undone(partition, isinstance(error, Fenced)))
        raise
    meter.tell(done(time.perf_counter() - began))

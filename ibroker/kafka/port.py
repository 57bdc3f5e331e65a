"""What the loop asks of a log. Kafka and its in-memory twin both give it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ibroker.core.record import Position, Record, Unreadable, Written

__all__ = ["Lane", "Member", "Transaction", "Work"]


class Transaction(Protocol):
    """An open transaction. Left without `commit`, nothing of it ever was."""

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        """Write records, in this order, and tell where each stands.

        Returns once the log has taken all of them. Raises DeliveryFailed where it has
        not, RecordRefused where it never will, Fenced where another owner has this
        partition.
        """
        ...

    async def commit(self) -> None:
        """Make all of it visible, and with it where the partition goes on.

        Raises Fenced or DeliveryFailed; then nothing is certain, and only a new
        owner, who starts by fencing this one, may go on.
        """
        ...


class Lane(Protocol):
    """One input partition, as long as it is ours."""

    @property
    def partition(self) -> int:
        """Its number in the input topic."""
        ...

    @property
    def position(self) -> int:
        """What is polled next; at first the offset that the last commit left off at."""
        ...

    def is_ours(self) -> bool:
        """Whether to go on: False once it is taken away, or the process must stop."""
        ...

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        """What is there now, from where the last commit left off, in order.

        At most `max_records`; waits up to `seconds` for the first one.
        """
        ...

    def transaction(
        self, next_offset: int | None
    ) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction: the only way to write, and to say where to go on.

        `next_offset` is where the partition goes on once it is committed; without it
        that stays where it is.
        """
        ...


Work = Callable[[Lane], Awaitable[None]]


class Member(Protocol):
    """A member of a consumer group that works on the partitions it is given."""

    async def run(self, work: Work) -> None:
        """Run `work` for each partition that is ours, as long as it is ours.

        Before `work` starts, any former owner of the partition is fenced, and the
        lane stands where the last transaction that committed left it. Where `work`
        raises DeliveryFailed or Fenced it is started anew that same way; anything
        else ends the run. Returns after `stop`, or raises what `work` raised.
        """
        ...

    def stop(self) -> None:
        """Drain: no new batch is begun, what is begun is finished."""
        ...

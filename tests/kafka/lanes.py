"""Lanes, disks and steps that misbehave, for tests of what the loop makes of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from ibroker.core.record import Position, Record, Unreadable, Written
from ibroker.core.state import State
from ibroker.kafka.port import Lane, Transaction
from ibroker.kafka.store import Changes, Mark, Stores
from tests.kafka.tally import (
    Counted,
    WakingTally,
)


class LongWinded(WakingTally):
    """Says more of what is due than the log takes."""

    def wake(self, state: State, moment: int) -> Iterator[Counted]:
        """The same, at length."""
        for one in super().wake(state, moment):
            (out,) = one.outgoing
            yield Counted((replace(out, value=out.value * 9),), one.changes)


class Failing:
    """A disk that fails at the first write of what was committed."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def size(self) -> int:
        return self._stores.size()

    @asynccontextmanager
    async def open(
        self, partition: int, *, fresh: bool = False
    ) -> AsyncIterator["_FailingStore"]:
        async with self._stores.open(partition, fresh=fresh) as store:
            failing = _FailingStore()
            failing.__dict__.update(
                get=store.get, scan=store.scan, mark=store.mark, keep=store.write
            )
            yield failing


class _FailingStore:
    get: Callable[[bytes], bytes | None]
    scan: Callable[..., Iterator[tuple[bytes, bytes]]]
    mark: Callable[[], Mark | None]
    keep: Callable[[Changes, Mark], None]

    def write(self, changes: Changes, mark: Mark) -> None:
        if changes:
            raise ZeroDivisionError
        self.keep(changes, mark)


class WrappedLane:
    """A lane, with something else about it."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    @property
    def partition(self) -> int:
        return self._lane.partition

    @property
    def position(self) -> int:
        return self._lane.position

    def is_ours(self) -> bool:
        return self._lane.is_ours()

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        return await self._lane.poll(max_records, seconds)

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield transaction


class NotedLane(WrappedLane):
    """One that notes the topics of each transaction that is committed."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane)
        self.committed: list[set[str]] = []

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield _NotedTransaction(transaction, self)


class _NotedTransaction:
    def __init__(self, transaction: Transaction, lane: NotedLane) -> None:
        self._transaction = transaction
        self._lane = lane
        self._topics: set[str] = set()

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        self._topics |= {one.topic for one in outgoing}
        return await self._transaction.send(outgoing)

    async def commit(self) -> None:
        self._lane.committed.append(self._topics)
        await self._transaction.commit()


class HeldLane(WrappedLane):
    """One that stands still just before its commit, as a stopped process does."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane)
        self.at_commit = asyncio.Event()
        self.released = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield _HeldTransaction(transaction, self)


class _HeldTransaction:
    def __init__(self, transaction: Transaction, lane: HeldLane) -> None:
        self._transaction = transaction
        self._lane = lane

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        return await self._transaction.send(outgoing)

    async def commit(self) -> None:
        self._lane.at_commit.set()
        await self._lane.released.wait()
        await self._transaction.commit()


class RottenLane(WrappedLane):
    """One on which a value cannot be decoded."""

    def __init__(self, lane: Lane, rotten: bytes) -> None:
        super().__init__(lane)
        self._rotten = rotten

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        return [
            Unreadable(one.topic, one.partition, one.offset, one.timestamp, b"raw")
            if isinstance(one, Record) and one.value == self._rotten
            else one
            for one in await self._lane.poll(max_records, seconds)
        ]


class BusyLane(WrappedLane):
    """One that always has a record, until there are none."""

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        found: Sequence[Record | Unreadable] = ()
        while not found:
            found = await self._lane.poll(max_records, max(seconds, 0.1))
        return found

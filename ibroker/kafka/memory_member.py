"""Members of a consumer group on the log in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from ibroker.core.record import Position, Record, Unreadable, Written
from ibroker.errors import DeliveryFailed, Fenced
from ibroker.kafka.memory import MemoryLog, MemoryTransaction
from ibroker.kafka.meter import SILENT, Assigned, Meter, Restarted, Revoked
from ibroker.kafka.port import Work

__all__ = ["MemoryGroup", "MemoryLane", "MemoryMember"]

_TICK = 0.001  # s; how often a lane looks whether something came


class MemoryGroup:
    """A consumer group on one topic: who owns which partition."""

    def __init__(self, log: MemoryLog, app: str, topic: str) -> None:
        self.log = log
        self.app = app
        self.topic = topic
        self._members: list[MemoryMember] = []

    def member(
        self, recipients: Sequence[str] = (), meter: Meter = SILENT
    ) -> "MemoryMember":
        """A new member, which joins once it runs; `recipients` must be there then."""
        return MemoryMember(self, recipients, meter)

    def join(self, member: "MemoryMember") -> None:
        """Give the member its share of the partitions."""
        self._members.append(member)

    def leave(self, member: "MemoryMember") -> None:
        """Take all partitions of the member away."""
        self._members.remove(member)

    def share(self, member: "MemoryMember") -> frozenset[int]:
        """The partitions that are the member's now."""
        if member not in self._members:
            return frozenset()
        count, index = len(self._members), self._members.index(member)
        return frozenset(range(index, self.log.partitions(self.topic), count))


class MemoryMember:
    """A member of a group on the log in memory; it is a `Member`."""

    def __init__(
        self,
        group: MemoryGroup,
        recipients: Sequence[str] = (),
        meter: Meter = SILENT,
    ) -> None:
        self._group = group
        self._recipients = recipients
        self._meter = meter
        self._share: frozenset[int] | None = None
        self._stopping = False
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def stop(self) -> None:
        """Drain."""
        self._stopping = True

    def owns(self, partition: int) -> bool:
        """Whether the partition is this member's, and it is to go on."""
        return not self._stopping and partition in self._group.share(self)

    async def run(self, work: Work) -> None:
        """See `Member.run`."""
        self._group.join(self)
        try:
            try:
                while not self._stopping:
                    self._start(work)
                    await asyncio.sleep(_TICK)
                    self._reap()
            finally:
                self._meter.tell(Revoked())
            await asyncio.gather(*self._tasks.values())
        finally:
            for task in self._tasks.values():
                task.cancel()
            self._group.leave(self)

    def _start(self, work: Work) -> None:
        share = self._group.share(self)
        if share != self._share:
            self._share = share
            self._meter.tell(Assigned(share))
        for partition in share:
            if partition not in self._tasks:
                self._tasks[partition] = asyncio.create_task(self._own(partition, work))

    def _reap(self) -> None:
        for partition, task in tuple(self._tasks.items()):
            if task.done():
                del self._tasks[partition]
                task.result()

    async def _own(self, partition: int, work: Work) -> None:
        while self.owns(partition):
            try:
                await work(
                    MemoryLane(
                        self._group,
                        partition,
                        lambda: self.owns(partition),
                        self._recipients,
                    )
                )
            except DeliveryFailed:
                self._meter.tell(Restarted(partition))
                await asyncio.sleep(_TICK)
            except Fenced:
                await asyncio.sleep(_TICK)


class MemoryLane:
    """A lane of the log in memory, owned from the moment it is made."""

    def __init__(
        self,
        group: MemoryGroup,
        partition: int,
        is_ours: Callable[[], bool],
        recipients: Sequence[str],
    ) -> None:
        for topic in recipients:
            group.log.partitions(topic)
        self._group = group
        self._partition = partition
        self._is_ours = is_ours
        self._id = f"{group.app}-{group.topic}-{partition}"
        self._epoch = group.log.own(self._id)
        start = group.log.committed(group.app, group.topic, partition)
        self._next = 0 if start is None else start

    @property
    def partition(self) -> int:
        """See `Lane.partition`."""
        return self._partition

    @property
    def position(self) -> int:
        """See `Lane.position`."""
        return self._next

    def is_ours(self) -> bool:
        """See `Lane.is_ours`."""
        return self._is_ours()

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        """See `Lane.poll`."""
        waited = 0.0
        while True:
            records = self._group.log.read(
                self._group.topic, self._partition, self._next
            )[:max_records]
            if records or waited >= seconds or not self.is_ours():
                break
            await asyncio.sleep(_TICK)
            waited += _TICK
        if records:
            self._next = records[-1].offset + 1
        return records

    @asynccontextmanager
    async def transaction(
        self, next_offset: int | None
    ) -> AsyncIterator["_MemoryLaneTransaction"]:
        """See `Lane.transaction`."""
        group = self._group
        place = group.app, group.topic, self._partition
        offsets = {} if next_offset is None else {place: next_offset}
        transaction = group.log.begin(self._id, self._epoch)
        try:
            yield _MemoryLaneTransaction(transaction, offsets)
        finally:
            transaction.abort()


class _MemoryLaneTransaction:
    def __init__(
        self, transaction: MemoryTransaction, offsets: dict[tuple[str, str, int], int]
    ) -> None:
        self._transaction = transaction
        self._offsets = offsets

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        await asyncio.sleep(0)
        return self._transaction.send(outgoing)

    async def commit(self) -> None:
        await asyncio.sleep(0)
        self._transaction.commit(self._offsets)

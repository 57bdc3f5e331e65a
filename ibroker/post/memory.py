"""The twins in memory of what hands in, collects, reads and puts back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ibroker.core.record import Outgoing, Position, Record
from ibroker.errors import Fenced, RecordRefused
from ibroker.kafka.changelog import Portion
from ibroker.kafka.memory import MemoryLog, MemoryTransaction
from ibroker.kafka.memory_state import MemoryChangelogs
from ibroker.post.submission import Refusal

__all__ = [
    "MemoryArchive",
    "MemoryBronnen",
    "MemoryIntake",
    "MemoryMailbox",
    "MemoryPostvak",
    "MemoryRestorer",
]


class MemoryIntake:
    """An `Intake` on a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def take(self, outgoing: Sequence[Outgoing]) -> Sequence[Position | Refusal]:
        """See `Intake.take`."""
        return [self._take(one) for one in outgoing]

    def _take(self, one: Outgoing) -> Position | Refusal:
        try:
            return self._log.append(one)
        except RecordRefused:
            return Refusal.TE_GROOT


class MemoryMailbox:
    """A `Mailbox` on a log in memory, and the only member of its group.

    `lapse` makes it what a process is that was stopped for too long: another has the
    partitions.
    """

    def __init__(
        self, log: MemoryLog, topic: str, group: str, *, key: bytes | None = None
    ) -> None:
        self._log = log
        self._topic = topic
        self._group = group
        count = log.partitions(topic)
        numbers = range(count) if key is None else (sum(key) % count,)
        self._next = {
            number: log.committed(group, topic, number) or 0 for number in numbers
        }
        self._ends = {
            number: max((one.offset + 1 for one in log.read(topic, number)), default=0)
            for number in numbers
        }
        self._lapsed = False

    def lapse(self) -> None:
        """Lose the membership."""
        self._lapsed = True

    async def poll(self, max_records: int, seconds: float) -> Sequence[Record]:
        """See `Mailbox.poll`; never waits."""
        del seconds
        records: list[Record] = []
        for number, start in self._next.items():
            if not self._lapsed:
                records += self._log.read(self._topic, number, start)
        records = records[:max_records]
        for one in records:
            self._next[one.partition] = one.offset + 1
        return records

    async def commit(self, records: Sequence[Record]) -> None:
        """See `Mailbox.commit`."""
        if self._lapsed:
            raise Fenced(self._group)
        for one in records:
            self._log.commit(self._group, self._topic, one.partition, one.offset + 1)

    async def is_drained(self) -> bool:
        """See `Mailbox.is_drained`."""
        return all(self._next[number] >= end for number, end in self._ends.items())

    def is_shared_out(self) -> bool:
        """See `Mailbox.is_shared_out`."""
        return self._lapsed


class MemoryArchive:
    """An `Archive` on a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def read(self, topic: str) -> AsyncGenerator[Record, None]:
        """See `Archive.read`."""
        for number in range(self._log.partitions(topic)):
            for record in self._log.read(topic, number):
                yield record


class MemoryPostvak:
    """A `Postvak` on a log in memory; lets others go first, and never waits longer."""

    def __init__(self, log: MemoryLog, topic: str) -> None:
        self._log = log
        self._topic = topic
        numbers = range(log.partitions(topic))
        self._next = {number: log.end(topic, number) for number in numbers}

    async def poll(self) -> Sequence[Record]:
        """See `Postvak.poll`."""
        await asyncio.sleep(0)
        records: list[Record] = []
        for number, start in self._next.items():
            records += self._log.read(self._topic, number, start)
        for one in records:
            self._next[one.partition] = one.offset + 1
        return records


@dataclass(frozen=True, slots=True)
class MemoryBronnen:
    """`Bronnen` on a log in memory."""

    log: MemoryLog
    topic_feiten: str
    topic_stand: str
    topic_signalen: str
    group: str

    async def committed(self) -> Mapping[int, int]:
        """See `Bronnen.committed`."""
        topic = self.topic_feiten
        return {
            number: self.log.committed(self.group, topic, number) or 0
            for number in range(self.log.partitions(topic))
        }

    def feiten(self) -> AsyncGenerator[Record, None]:
        """See `Bronnen.feiten`."""
        return MemoryArchive(self.log).read(self.topic_feiten)

    def signalen(self) -> AsyncGenerator[Record, None]:
        """See `Bronnen.signalen`."""
        return MemoryArchive(self.log).read(self.topic_signalen)

    async def stand(self) -> AsyncGenerator[Portion, None]:
        """See `Bronnen.stand`."""
        changelogs = MemoryChangelogs(self.log, self.topic_stand, self.topic_feiten)
        for partition in range(self.log.partitions(self.topic_stand)):
            async with changelogs(partition) as changelog:
                extent = await changelog.extent()
                async for portion in changelog.read(extent.begin, extent.end):
                    yield portion


class MemoryRestorer:
    """A `Restorer` on a log in memory."""

    def __init__(self, log: MemoryLog, transactional_id: str) -> None:
        self._log = log
        self._id = transactional_id
        self._epoch: int | None = None

    async def own(self) -> None:
        """See `Restorer.own`."""
        self._epoch = self._log.own(self._id)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["_MemoryRestoreTransaction"]:
        """See `Restorer.transaction`."""
        if self._epoch is None:
            raise Fenced(self._id)
        transaction = self._log.begin(self._id, self._epoch)
        try:
            yield _MemoryRestoreTransaction(transaction)
        finally:
            transaction.abort()


class _MemoryRestoreTransaction:
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def send(self, outgoing: Sequence[Outgoing]) -> Sequence[Position]:
        return self._transaction.send(outgoing)

    async def commit(self) -> None:
        self._transaction.commit({})

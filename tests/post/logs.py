"""Kafka and the twins behind one face, so that one suite holds for both."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from ibroker.core.record import Outgoing, Position, Record
from ibroker.kafka.memory import MemoryLog
from ibroker.kafka.producer import TransactionalProducer
from ibroker.post.afstemming import Bronnen
from ibroker.post.kafka_bronnen import KafkaBronnen
from ibroker.post.kafka_mailbox import KafkaMailbox
from ibroker.post.kafka_postvak import KafkaPostvak
from ibroker.post.kafka_replay import KafkaArchive, KafkaRestorer
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.mailbox import Mailbox
from ibroker.post.memory import (
    MemoryArchive,
    MemoryBronnen,
    MemoryIntake,
    MemoryMailbox,
    MemoryPostvak,
    MemoryRestorer,
)
from ibroker.post.registertoets import Postvak
from ibroker.post.replay import Archive, Restorer
from ibroker.post.submission import Intake
from tests.kafka.broker_address import Topics

__all__ = ["BRONNEN", "KafkaPost", "MemoryPost", "PostUnderTest"]

BRONNEN = ("feiten", "stand", "signalen")
"""What the topics of the Wlz stream are called in these tests."""

_SESSION = 6.0  # s; the shortest that a broker takes
_ID = "herstel"


class PostUnderTest(Protocol):
    """What a test does with a log from outside, and what it tests."""

    def name(self, topic: str) -> str:
        """What a topic of this test is called on the log."""

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        """Make a topic; `name` says what it is called."""

    async def put(
        self, outgoing: Sequence[Outgoing], *, commit: bool = True
    ) -> Sequence[Position]:
        """Write records in one transaction, which is aborted without `commit`."""

    async def read(self, topic: str) -> list[Record]:
        """All that a reader of committed records may see."""

    async def committed(self, group: str, topic: str, partition: int) -> int | None:
        """Where a group goes on."""

    async def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Say where a group goes on, by partition."""

    def intake(self, topic: str) -> AbstractAsyncContextManager[Intake]:
        """Where records are handed in."""

    def postvak(self, topic: str) -> AbstractAsyncContextManager[Postvak]:
        """What comes in from now on."""

    def bronnen(self, group: str) -> Bronnen:
        """What the Wlz stream of that group was told, and what it told."""

    def mailbox(
        self, topic: str, group: str, key: bytes | None = None
    ) -> AbstractAsyncContextManager[Mailbox]:
        """The mailbox of a group."""

    def lapse(self, mailbox: Mailbox) -> None:
        """Be away for so long that the group goes on without this member."""

    def archive(self) -> Archive:
        """What reads topics whole."""

    def restorer(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Restorer]:
        """Who puts back."""


class MemoryPost:
    """The twins."""

    def __init__(self) -> None:
        self._log = MemoryLog({})

    def name(self, topic: str) -> str:
        return topic

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        self._log.add(topic, partitions, max_bytes)

    async def put(
        self, outgoing: Sequence[Outgoing], *, commit: bool = True
    ) -> Sequence[Position]:
        transaction = self._log.begin("put", self._log.own("put"))
        positions = transaction.send(outgoing)
        if commit:
            transaction.commit({})
        else:
            transaction.abort()
        return positions

    async def read(self, topic: str) -> list[Record]:
        return [record async for record in self.archive().read(topic)]

    async def committed(self, group: str, topic: str, partition: int) -> int | None:
        return self._log.committed(group, topic, partition)

    async def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        for partition, offset in offsets.items():
            self._log.commit(group, topic, partition, offset)

    def intake(self, topic: str) -> AbstractAsyncContextManager[Intake]:
        del topic
        return nullcontext(MemoryIntake(self._log))

    def postvak(self, topic: str) -> AbstractAsyncContextManager[Postvak]:
        return nullcontext(MemoryPostvak(self._log, topic))

    def bronnen(self, group: str) -> Bronnen:
        return MemoryBronnen(self._log, *BRONNEN, group)

    def mailbox(
        self, topic: str, group: str, key: bytes | None = None
    ) -> AbstractAsyncContextManager[Mailbox]:
        return nullcontext(MemoryMailbox(self._log, topic, group, key=key))

    def lapse(self, mailbox: Mailbox) -> None:
        assert isinstance(mailbox, MemoryMailbox)
        mailbox.lapse()

    def archive(self) -> Archive:
        return MemoryArchive(self._log)

    def restorer(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Restorer]:
        del topics
        return nullcontext(MemoryRestorer(self._log, _ID))


class KafkaPost:
    """The real one; each test has topics, groups and ids of its own."""

    def __init__(self, topics: Topics) -> None:
        self.connection = {"bootstrap_servers": [topics.address]}
        self.prefix = topics.name("")
        self._topics = topics

    def name(self, topic: str) -> str:
        return self._topics.name(topic)

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        settings = {} if max_bytes is None else {"max_message_bytes": str(max_bytes)}
        await self._topics.create(topic, partitions, **settings)

    async def put(
        self, outgoing: Sequence[Outgoing], *, commit: bool = True
    ) -> Sequence[Position]:
        topics = sorted({one.topic for one in outgoing})
        producer = await self._owner(topics)
        async with producer.transaction() as transaction:
            positions = await transaction.send(outgoing)
            if commit:
                await transaction.commit()
        await producer.close()
        # It may still be on its way; whoever owns the id next waits for that.
        await (await self._owner(topics)).close()
        return positions

    async def _owner(self, topics: Sequence[str]) -> TransactionalProducer:
        producer = TransactionalProducer(f"{self.prefix}put", self.connection)
        await producer.start(topics)
        return producer

    async def read(self, topic: str) -> list[Record]:
        return [record async for record in self.archive().read(topic)]

    async def committed(self, group: str, topic: str, partition: int) -> int | None:
        async with AIOKafkaConsumer(
            **self.connection, group_id=self.prefix + group
        ) as consumer:
            found: int | None = await consumer.committed(
                TopicPartition(topic, partition)
            )
            return found

    async def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        async with AIOKafkaConsumer(
            **self.connection, group_id=self.prefix + group, enable_auto_commit=False
        ) as consumer:
            places = {TopicPartition(topic, one): at for one, at in offsets.items()}
            consumer.assign(list(places))
            await consumer.commit(places)

    def intake(self, topic: str) -> AbstractAsyncContextManager[Intake]:
        return KafkaIntake(self.connection, topic)

    def postvak(self, topic: str) -> AbstractAsyncContextManager[Postvak]:
        return KafkaPostvak(self.connection, topic)

    def bronnen(self, group: str) -> Bronnen:
        feiten, stand, signalen = (self.name(topic) for topic in BRONNEN)
        group = self.prefix + group
        return KafkaBronnen(feiten, stand, signalen, group, self.connection)

    def mailbox(
        self, topic: str, group: str, key: bytes | None = None
    ) -> AbstractAsyncContextManager[Mailbox]:
        return KafkaMailbox(
            self.connection, topic, self.prefix + group, key=key, session=_SESSION
        )

    def lapse(self, mailbox: Mailbox) -> None:
        del mailbox
        time.sleep(_SESSION + 2)  # as a stopped process: not even a heartbeat goes out

    def archive(self) -> Archive:
        return KafkaArchive(self.connection)

    def restorer(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Restorer]:
        return KafkaRestorer(self.connection, topics, self.prefix + _ID)

"""Kafka and its twin behind one face, so that one suite holds for both."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import ConsumerRecord

from ibroker.core.record import Headers, Outgoing, Record
from ibroker.kafka.changelog import Changelogs
from ibroker.kafka.kafka_changelog import KafkaChangelogs
from ibroker.kafka.lane import KafkaLane
from ibroker.kafka.member import KafkaMember, Patience
from ibroker.kafka.memory import MemoryLog
from ibroker.kafka.memory_member import MemoryGroup, MemoryLane
from ibroker.kafka.memory_state import MemoryChangelogs
from ibroker.kafka.port import Lane, Member

_QUIET = 5  # empty answers; then what is left is of an open transaction
QUICK = Patience(drain=3, session=6, again=0.1)


class LogUnderTest(Protocol):
    """What a test does with a log from outside. Topics are named as the test likes."""

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        """Make a topic."""

    async def put(self, topic: str, partition: int, values: Sequence[bytes]) -> None:
        """Write records as a sender does, with the header `zender`."""

    async def read(self, topic: str) -> list[Record]:
        """All that a reader of committed records may see, partition by partition."""

    async def committed(self, topic: str, partition: int) -> int | None:
        """Where the group goes on, 0 or None where it never began."""

    async def exists(self, topic: str) -> bool:
        """Whether there is such a topic."""

    def member(self, topic: str, recipients: Sequence[str]) -> Member:
        """A new member of the one group."""

    def owner(
        self, topic: str, partition: int, recipients: Sequence[str]
    ) -> AbstractAsyncContextManager[Lane]:
        """A lane as its owner has it, whoever else believes to own it."""

    def changelogs(self, topic: str, source: str) -> Changelogs:
        """The changelogs on `topic` of what comes in on `source`."""


class MemoryUnderTest:
    """The twin."""

    def __init__(self) -> None:
        self._log = MemoryLog({})
        self._groups: dict[str, MemoryGroup] = {}

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        self._log.add(topic, partitions, max_bytes)

    async def put(self, topic: str, partition: int, values: Sequence[bytes]) -> None:
        for value in values:
            self._log.append(Outgoing(topic, b"k", value, HEADERS, partition))

    async def read(self, topic: str) -> list[Record]:
        return [
            record
            for partition in range(self._log.partitions(topic))
            for record in self._log.read(topic, partition)
        ]

    async def committed(self, topic: str, partition: int) -> int | None:
        return self._log.committed("app", topic, partition)

    async def exists(self, topic: str) -> bool:
        return self._log.has(topic)

    def member(self, topic: str, recipients: Sequence[str]) -> Member:
        return self._group(topic).member(recipients)

    @asynccontextmanager
    async def owner(
        self, topic: str, partition: int, recipients: Sequence[str]
    ) -> AsyncIterator[Lane]:
        yield MemoryLane(self._group(topic), partition, lambda: True, recipients)

    def changelogs(self, topic: str, source: str) -> Changelogs:
        return MemoryChangelogs(self._log, topic, source)

    def _group(self, topic: str) -> MemoryGroup:
        return self._groups.setdefault(topic, MemoryGroup(self._log, "app", topic))


class KafkaUnderTest:
    """The real one; each test has topics and a group of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection = {"bootstrap_servers": address}
        self.prefix = f"t{secrets.token_hex(4)}."
        self._counts: dict[str, int] = {}

    async def make(self, topic: str, partitions: int, max_bytes: int | None) -> None:
        self._counts[topic] = partitions
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        configs = {"message.timestamp.type": "LogAppendTime"}
        if max_bytes is not None:
            configs["max.message.bytes"] = str(max_bytes)
        try:
            await admin.create_topics(
                [NewTopic(self.prefix + topic, partitions, 1, topic_configs=configs)]
            )
        finally:
            await admin.close()

    async def put(self, topic: str, partition: int, values: Sequence[bytes]) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self.address, acks="all", max_request_size=30_000_000
        ) as producer:
            sent = [
                await producer.send(
                    self.prefix + topic,
                    value,
                    b"k",
                    partition=partition,
                    headers=list(HEADERS),
                )
                for value in values
            ]
            await asyncio.gather(*sent)

    async def read(self, topic: str) -> list[Record]:
        places = [
            TopicPartition(self.prefix + topic, number)
            for number in range(self._counts[topic])
        ]
        async with AIOKafkaConsumer(bootstrap_servers=self.address) as consumer:
            ends = await consumer.end_offsets(places)
        async with AIOKafkaConsumer(
            bootstrap_servers=self.address,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        ) as consumer:
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            found: list[Record] = []
            for place in places:
                quiet = 0
                # Past the end of what is committed, markers may still be on their way.
                while await consumer.position(place) < ends[place] and quiet < _QUIET:
                    batch = await consumer.getmany(place, timeout_ms=200)
                    found += [_record(topic, one) for one in batch.get(place, ())]
                    quiet = 0 if batch else quiet + 1
            return found

    async def committed(self, topic: str, partition: int) -> int | None:
        place = TopicPartition(self.prefix + topic, partition)
        async with AIOKafkaConsumer(
            bootstrap_servers=self.address, group_id=self._app, enable_auto_commit=False
        ) as consumer:
            consumer.assign([place])
            offset: int | None = await consumer.committed(place)
            return offset

    async def exists(self, topic: str) -> bool:
        async with AIOKafkaConsumer(bootstrap_servers=self.address) as consumer:
            return self.prefix + topic in await consumer.topics()

    def member(self, topic: str, recipients: Sequence[str]) -> Member:
        return KafkaMember(
            self._app,
            self.prefix + topic,
            [self.prefix + name for name in recipients],
            self.connection,
            QUICK,
        )

    @asynccontextmanager
    async def owner(
        self, topic: str, partition: int, recipients: Sequence[str]
    ) -> AsyncIterator[Lane]:
        place = TopicPartition(self.prefix + topic, partition)
        async with AIOKafkaConsumer(
            bootstrap_servers=self.address,
            group_id=self._app,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        ) as consumer:
            consumer.assign([place])
            lane = KafkaLane(self._app, place, consumer, self.connection, lambda: True)
            await lane.open([self.prefix + name for name in recipients])
            try:
                yield lane
            finally:
                await lane.close()

    def changelogs(self, topic: str, source: str) -> Changelogs:
        return KafkaChangelogs(
            self.connection, self.prefix + topic, self.prefix + source
        )

    @property
    def _app(self) -> str:
        return self.prefix + "app"


def _record(topic: str, one: ConsumerRecord) -> Record:
    """Named as the test names the topic."""
    return Record(
        topic,
        one.partition,
        one.offset,
        one.timestamp,
        one.key,
        one.value,
        one.headers,
    )


HEADERS: Headers = (("zender", b"0344"),)

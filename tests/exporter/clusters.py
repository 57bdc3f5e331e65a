"""Kafka and its twin behind one face, so that one suite holds for both."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from ibroker.exporter.kafka_cluster import KafkaWatched
from ibroker.exporter.memory import MemoryWatched
from ibroker.exporter.port import Condition, Place, Watched
from ibroker.kafka.warming import warm
from tests.kafka.broker_address import Topics

__all__ = ["KafkaUnderTest", "MemoryUnderTest", "WatchedUnderTest", "see_condition"]


def see_condition(address: str) -> Condition:
    """See how a real cluster is."""
    with KafkaWatched({"bootstrap_servers": address.split(",")}) as cluster:
        return cluster.condition()


class WatchedUnderTest(Protocol):
    """What a test does with a cluster from outside."""

    async def make(self, topic: str, partitions: int) -> str:
        """Make a topic, and give its full name."""

    async def warm(self, topic: str) -> str:
        """Write to each place of a topic and undo it, and give its name."""

    async def write(self, place: Place, *timestamps: int) -> None:
        """Write records of those times in one transaction."""

    async def commit(self, group: str, place: Place, offset: int) -> None:
        """Let a group go on at an offset."""

    def open(self) -> AbstractContextManager[Watched]:
        """See it as the exporter does."""


class MemoryUnderTest:
    """The twin."""

    def __init__(self) -> None:
        self.cluster = MemoryWatched()

    async def make(self, topic: str, partitions: int) -> str:
        self.cluster.make(topic, partitions)
        return topic

    async def warm(self, topic: str) -> str:
        self.cluster.warm(topic)
        return topic

    async def write(self, place: Place, *timestamps: int) -> None:
        self.cluster.write(place, *timestamps)

    async def commit(self, group: str, place: Place, offset: int) -> None:
        self.cluster.commit(group, place, offset)

    def open(self) -> AbstractContextManager[Watched]:
        return nullcontext(self.cluster)


class KafkaUnderTest:
    """The real one."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._connection: Mapping[str, list[str]] = {
            "bootstrap_servers": topics.address.split(",")
        }

    async def make(self, topic: str, partitions: int) -> str:
        return await self._topics.create(topic, partitions)

    async def warm(self, topic: str) -> str:
        assert 0 < await warm(f"t.{topic}", [topic], self._connection)
        return topic

    async def write(self, place: Place, *timestamps: int) -> None:
        async with self.transaction() as producer:
            for moment in timestamps:
                await producer.send(
                    place.topic,
                    b"bericht",
                    partition=place.partition,
                    timestamp_ms=moment,
                )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AIOKafkaProducer]:
        """A transaction that is open meanwhile."""
        async with (
            AIOKafkaProducer(
                **self._connection, transactional_id=f"t.{secrets.token_hex(8)}"
            ) as producer,
            producer.transaction(),
        ):
            yield producer

    async def commit(self, group: str, place: Place, offset: int) -> None:
        async with AIOKafkaConsumer(
            **self._connection, group_id=group, enable_auto_commit=False
        ) as consumer:
            where = TopicPartition(*place)
            consumer.assign([where])
            await consumer.commit({where: offset})

    def open(self) -> AbstractContextManager[Watched]:
        return KafkaWatched(self._connection)

"""The cluster of the benchmark: its topics, and where groups stand in them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ibroker.kafka.connection import connection
from ibroker.settings import read_settings

__all__ = ["Broker"]

OURS: Final = "ggk."
WAITING: Final = 90.0  # s, for a group to be left by its members, or topics to vanish
AGAIN: Final = 0.5  # s


class Broker:
    """An open connection to the cluster, to be used in an `async with`."""

    def __init__(self) -> None:
        self._arguments = connection(read_settings())
        self._admin = AIOKafkaAdminClient(**self._arguments)

    async def __aenter__(self) -> Self:
        await self._admin.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()

    async def counts(self) -> dict[str, int]:
        """How many partitions each of our topics has."""
        described = await self._admin.describe_topics()
        return {
            one["topic"]: len(one["partitions"])
            for one in described
            if one["topic"].startswith(OURS)
        }

    async def places(self, topics: Iterable[str]) -> list[TopicPartition]:
        """Every partition of these topics."""
        counts = await self.counts()
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in range(counts[topic])
        ]

    async def delete(self) -> None:
        """Delete all our topics, and wait until they are gone."""
        topics = list(await self.counts())
        if topics:
            await self._admin.delete_topics(topics)
        async with asyncio.timeout(WAITING):
            while await self.counts():  # noqa: ASYNC110 - no one tells us
                await asyncio.sleep(AGAIN)

    async def ends(
        self, places: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Up to where a read_committed reader can read."""
        wanted = list(places)
        consumer = self.reader()
        await consumer.start()
        try:
            consumer.assign(wanted)
            found: Mapping[TopicPartition, int] = await consumer.end_offsets(wanted)
            return found
        finally:
            await consumer.stop()

    async def stand_at(self, group: str, at: Mapping[TopicPartition, int]) -> None:
        """Let a group without members go on from there, once the last one left."""
        consumer = AIOKafkaConsumer(
            **self._arguments, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign(list(at))
            async with asyncio.timeout(WAITING):
                while True:
                    try:
                        await consumer.commit(dict(at))
                    except KafkaError:
                        await asyncio.sleep(AGAIN)
                    else:
                        return
        finally:
            await consumer.stop()

    async def committed(
        self, group: str, places: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Where a group stands: its offsets commit together with its outcomes."""
        found = await self._admin.list_consumer_group_offsets(
            group, partitions=list(places)
        )
        return {place: one.offset for place, one in found.items()}

    async def has_records(
        self,
        starts: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> bool:
        """Whether a record is committed in any place from its start to its end."""
        reader = self.reader()
        await reader.start()
        try:
            reader.assign(list(starts))
            for place, start in starts.items():
                reader.seek(place, start)
            while not await reader.getmany(timeout_ms=100):
                stand = [await reader.position(place) for place in starts]
                if all(a >= ends[p] for a, p in zip(stand, starts, strict=True)):
                    return False
        finally:
            await reader.stop()
        return True

    def reader(self) -> AIOKafkaConsumer:
        """A reader of what is committed, of no group."""
        return AIOKafkaConsumer(
            **self._arguments,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=100,
        )

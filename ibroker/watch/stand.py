"""What the watch knows, read from its changelogs, and how it is thrown away.

Whoever asks reads the changelog: so no process has to be asked, and the answer is what
was known a moment ago, also while the watch stands still.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.errors import LogError
from ibroker.kafka.connection import name_no_topic
from ibroker.kafka.kafka_changelog import KafkaChangelogs
from ibroker.post.cluster import unreachable
from ibroker.watch.tabellen import WATCH_GROUP, WatchTopics

__all__ = ["forget", "read_stand"]

_Connection = Mapping[str, Any]


async def read_stand(
    connection: _Connection, topic: str, source: str, partitions: int
) -> dict[tuple[int, bytes], bytes]:
    """Give what a changelog holds, by partition and key; `source` is the input's topic.

    Raises DeliveryFailed, and LogError where it cannot be read to its end.
    """
    found: dict[tuple[int, bytes], bytes] = {}
    changelogs = KafkaChangelogs(connection, topic, source)
    async for partition, portion in changelogs.whole(partitions):
        for key, value in portion.changes.items():
            if value is None:
                found.pop((partition, key), None)
            else:
                found[partition, key] = value
    return found


async def forget(connection: _Connection, topics: WatchTopics, partitions: int) -> None:
    """Let the group begin anew at the first event, and its changelogs hold nothing.

    The group is asked first: while a member runs it refuses, and nothing has changed.
    Where this is cut off after that, what is known is taken in again, which changes
    nothing. Raises ClusterUnreachable, and LogError where a member runs.
    """
    events = [TopicPartition(topics.gebeurtenissen, n) for n in range(partitions)]
    own = [TopicPartition(topics.verwijzingen, n) for n in range(partitions)]
    async with _reader(connection) as consumer:
        consumer.assign([*events, *own])
        begin = await consumer.beginning_offsets(events)
        # What it told itself before it will tell itself again.
        end = await consumer.end_offsets(own)
        try:
            await consumer.commit({**begin, **end})
        except KafkaError as error:
            raise LogError("er draait nog een ibroker watch: stop die eerst") from error
    async with _writer(connection) as producer:
        for topic in (topics.stand, topics.week):
            source = topics.gebeurtenissen
            known = await read_stand(connection, topic, source, partitions)
            await _delete(producer, topic, known)


async def _delete(
    producer: AIOKafkaProducer, topic: str, keys: Iterable[tuple[int, bytes]]
) -> None:
    for partition, key in keys:
        await producer.send(topic, key=key, value=None, partition=partition)
    await producer.flush()


@asynccontextmanager
async def _reader(connection: _Connection) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **connection, group_id=WATCH_GROUP, enable_auto_commit=False
    )
    name_no_topic(consumer._client)  # noqa: SLF001 - what the client hides
    async with _started(consumer, connection):
        yield consumer


@asynccontextmanager
async def _writer(connection: _Connection) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**connection, acks="all", enable_idempotence=True)
    name_no_topic(producer.client)
    async with _started(producer, connection):
        yield producer


@asynccontextmanager
async def _started(
    client: AIOKafkaConsumer | AIOKafkaProducer, connection: _Connection
) -> AsyncIterator[None]:
    try:
        try:
            await client.start()
        except KafkaError as error:
            raise unreachable(connection, type(error).__name__) from error
        yield
    finally:
        await client.stop()

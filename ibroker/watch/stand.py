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
from ibroker.post.cluster import unreachable
from ibroker.watch.tabellen import WATCH_GROUP, WatchTopics

__all__ = ["forget", "read_stand"]

_WAIT = 500  # ms
_IDLE = 20  # times in a row that nothing comes

_Connection = Mapping[str, Any]


async def read_stand(
    connection: _Connection, topic: str, partitions: int
) -> dict[tuple[int, bytes], bytes]:
    """Give what a changelog holds, by partition and key.

    Raises ClusterUnreachable, and LogError where it cannot be read to its end.
    """
    places = [TopicPartition(topic, one) for one in range(partitions)]
    found: dict[tuple[int, bytes], bytes] = {}
    async with _reader(connection) as consumer:
        consumer.assign(places)
        begins = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            # Before it looks for a position itself, which would be the end.
            consumer.seek(place, begins[place])
        idle = 0
        while [one for one in places if await consumer.position(one) < ends[one]]:
            batches = await consumer.getmany(timeout_ms=_WAIT)
            idle = 0 if batches else idle + 1
            if idle > _IDLE:
                raise LogError(f"{topic}: is niet tot het einde te lezen")
            for place, records in batches.items():
                for record in records:
                    key = (place.partition, record.key or b"")
                    if record.value is None:
                        found.pop(key, None)
                    else:
                        found[key] = record.value
    return found


async def forget(connection: _Connection, topics: WatchTopics, partitions: int) -> None:
    """Let the group begin anew at the first event, and its changelogs hold nothing.

    No member may run. Raises ClusterUnreachable, and LogError where one does.
    """
    async with _writer(connection) as producer:
        for topic in (topics.stand, topics.week):
            known = await read_stand(connection, topic, partitions)
            await _delete(producer, topic, known)
    events = [TopicPartition(topics.gebeurtenissen, n) for n in range(partitions)]
    own = [TopicPartition(topics.verwijzingen, n) for n in range(partitions)]
    async with _reader(connection, WATCH_GROUP) as consumer:
        consumer.assign([*events, *own])
        begin = await consumer.beginning_offsets(events)
        # What it told itself before it will tell itself again.
        end = await consumer.end_offsets(own)
        try:
            await consumer.commit({**begin, **end})
        except KafkaError as error:
            raise LogError("er draait nog een ibroker watch: stop die eerst") from error


async def _delete(
    producer: AIOKafkaProducer, topic: str, keys: Iterable[tuple[int, bytes]]
) -> None:
    for partition, key in keys:
        await producer.send(topic, key=key, value=None, partition=partition)
    await producer.flush()


@asynccontextmanager
async def _reader(
    connection: _Connection, group: str | None = None
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **connection,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    name_no_topic(consumer._client)  # noqa: SLF001 - what the client hides
    try:
        await consumer.start()
    except KafkaError as error:
        await consumer.stop()
        raise unreachable(connection, type(error).__name__) from error
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _writer(connection: _Connection) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**connection, acks="all", enable_idempotence=True)
    name_no_topic(producer.client)
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise unreachable(connection, type(error).__name__) from error
    try:
        yield producer
    finally:
        await producer.stop()

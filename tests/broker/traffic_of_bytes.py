"""Writes and reads plain bytes, as any client does."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def make_topic(address: str, name: str, **settings: str) -> None:
    """Make a topic of one partition with a replica on each node.

    In `settings` a dot of Kafka's own name is an underscore.
    """
    replicas = address.count(",") + 1
    configs = {key.replace("_", "."): value for key, value in settings.items()}
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, replicas, topic_configs=configs)])
    finally:
        await admin.close()


async def write(
    address: str, topic: str, values: Sequence[bytes], seconds: int = 40
) -> None:
    """Write values in their order, each acknowledged by all replicas in sync."""
    async with AIOKafkaProducer(
        bootstrap_servers=address,
        acks="all",
        max_request_size=30_000_000,
        request_timeout_ms=seconds * 1000,
    ) as producer:
        await asyncio.gather(*[await producer.send(topic, value) for value in values])


async def read(address: str, topic: str) -> list[bytes | None]:
    """Read all values of partition 0."""
    place = TopicPartition(topic, 0)
    # Not seek_to_beginning: that races with the client's own start at the end.
    async with AIOKafkaConsumer(
        bootstrap_servers=address, auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([place])
        [end] = (await consumer.end_offsets([place])).values()
        found: list[bytes | None] = []
        async with asyncio.timeout(60):
            while len(found) < end:
                batch = await consumer.getmany(place, timeout_ms=500)
                found += [record.value for record in batch.get(place, ())]
        return found

"""Puts many records on a topic, fast: in batches, and none is waited for by itself."""

from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from ibroker.kafka.connection import connection
from ibroker.settings import read_settings

__all__ = ["fill"]

BATCH: Final = 512 * 1024  # bytes


async def fill(topic: str, records: Iterable[tuple[int, bytes, bytes]]) -> int:
    """Publish all, given as partition, key and value; gives how many there are."""
    producer = AIOKafkaProducer(
        **connection(read_settings()), acks=1, max_batch_size=BATCH
    )
    await producer.start()
    batches: dict[int, BatchBuilder] = {}
    count = 0
    try:
        for partition, key, value in records:
            count += 1
            batch = batches.get(partition)
            line = {"timestamp": None, "key": key, "value": value}
            if batch is not None and batch.append(**line) is not None:
                continue
            if batch is not None:
                await producer.send_batch(batch, topic, partition=partition)
            batches[partition] = batch = producer.create_batch()
            batch.append(**line)
        for partition, batch in batches.items():
            await producer.send_batch(batch, topic, partition=partition)
    finally:
        await producer.stop()
    return count

"""How far topics go, and whether a group has taken in all that stands on one."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.reading import read_messages

__all__ = ["extents", "until_taken_in"]

_LOOK = 1.0  # s

Offsets = dict[TopicPartition, int]


async def extents(address: str, topics: Sequence[str]) -> tuple[Offsets, Offsets]:
    """Where each partition begins and ends: of these topics, or of all of ours."""
    async with AIOKafkaConsumer(bootstrap_servers=address) as consumer:
        there = await consumer.topics()
        cluster = await consumer._client.fetch_all_metadata()
        places = [
            TopicPartition(topic, partition)
            for topic in topics or [one for one in there if one.startswith("ggk.")]
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        return (
            await consumer.beginning_offsets(places),
            await consumer.end_offsets(places),
        )


async def until_taken_in(address: str, group: str, topic: str, patience: float) -> None:
    """Wait until a group has committed all records that stand on a topic now.

    Raises TimeoutError after so many seconds.
    """
    behind = await _following(address, topic)
    async with (
        AIOKafkaConsumer(
            bootstrap_servers=address, group_id=group, enable_auto_commit=False
        ) as consumer,
        asyncio.timeout(patience),
    ):
        while True:
            behind = {
                place: offset
                for place, offset in behind.items()
                if (await consumer.committed(place) or 0) < offset
            }
            if not behind:
                return
            await asyncio.sleep(_LOOK)


async def _following(address: str, topic: str) -> Offsets:
    """The offset after the last record of each partition that has any.

    What ends a transaction stands after that, and nobody commits past it.
    """
    starts, ends = await extents(address, [topic])
    found: Offsets = {}

    def read() -> None:
        for one in read_messages(address, starts, ends, "read_committed"):
            place = TopicPartition(topic, one.partition() or 0)
            found[place] = max(found.get(place, 0), (one.offset() or 0) + 1)

    await asyncio.to_thread(read)
    return found

"""A watch in the storm, and the account of what it knows in the end."""

import asyncio
import time
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from ibroker.settings import Settings
from ibroker.watch.tabellen import WATCH_GROUP, load_watch_tables
from tests.faults.reading import read_messages
from tests.faults.wlz_storm import extents
from tests.watch.uninterrupted import find_kept, uninterrupted

__all__ = ["WatchAccount", "settle_watch", "until_watched"]

_LOOK = 1.0  # s


@dataclass(frozen=True, slots=True)
class WatchAccount:
    """How many references and weeks it must know, and how many of those it does not.

    Also what it knows of others counts as wrong.
    """

    references: int
    weeks: int
    wrong: int

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        return [f"the watch: {self.wrong} differ"] if self.wrong else []


async def settle_watch(address: str) -> WatchAccount:
    """Hold what it knows beside one run over all events, which nothing happens to."""
    tables = load_watch_tables(Settings())
    starts, ends = await extents(address, [tables.topics.gebeurtenissen])
    events = await asyncio.to_thread(
        lambda: [
            (one.partition() or 0, one.offset() or 0, one.value() or b"")
            for one in read_messages(address, starts, ends, "read_committed")
        ]
    )
    wanted = await asyncio.to_thread(uninterrupted, events, tables, time.time)
    found = await find_kept(address, tables)
    wrong = [
        key
        for must, does in zip(wanted, found, strict=True)
        for key in must.keys() | does.keys()
        if must.get(key) != does.get(key)
    ]
    return WatchAccount(len(wanted[0]), len(wanted[1]), len(wrong))


async def until_watched(address: str, patience: float) -> None:
    """Wait until the group has all events there are, and all it tells itself of them.

    Raises TimeoutError after so many seconds.
    """
    topics = load_watch_tables(Settings()).topics
    for topic in (topics.gebeurtenissen, topics.verwijzingen):
        following = await _following(address, topic)
        async with (
            asyncio.timeout(patience),
            AIOKafkaConsumer(
                bootstrap_servers=address,
                group_id=WATCH_GROUP,
                enable_auto_commit=False,
            ) as consumer,
        ):
            while behind := [
                place
                for place, offset in following.items()
                if (await consumer.committed(place) or 0) < offset
            ]:
                following = {place: following[place] for place in behind}
                await asyncio.sleep(_LOOK)


async def _following(address: str, topic: str) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition that has any.

    What ends a transaction stands after that, and nobody commits past it.
    """
    starts, ends = await extents(address, [topic])
    found: dict[TopicPartition, int] = {}

    def read() -> None:
        for one in read_messages(address, starts, ends, "read_committed"):
            place = TopicPartition(topic, one.partition() or 0)
            found[place] = max(found.get(place, 0), (one.offset() or 0) + 1)

    await asyncio.to_thread(read)
    return found

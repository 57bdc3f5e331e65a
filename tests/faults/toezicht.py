"""A watch in the storm, and the account of what it knows in the end."""

import asyncio
import time
from dataclasses import dataclass

from ibroker.settings import Settings
from ibroker.watch.tabellen import WATCH_GROUP, load_watch_tables
from tests.faults.groups import extents, until_taken_in
from tests.faults.reading import read_messages
from tests.watch.uninterrupted import find_kept, uninterrupted

__all__ = ["WatchAccount", "settle_watch", "until_watched"]


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

    Raises TimeoutError where either takes longer than so many seconds.
    """
    topics = load_watch_tables(Settings()).topics
    for topic in (topics.gebeurtenissen, topics.verwijzingen):
        await until_taken_in(address, WATCH_GROUP, topic, patience)

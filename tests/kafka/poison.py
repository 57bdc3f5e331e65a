"""What a poisoned partition must come to: each offset once, the neighbours whole."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from ibroker.core.record import Record
from ibroker.kafka.loop import Bounds, Loop
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.relay import Relay

OUT = ["uit", "apart", "notes"]
SMALL = Bounds(records=50, idle=0.1)
GOOD = [b"een", b"twee", b"drie"]


async def make(log: KafkaUnderTest, limit: int | None = None) -> None:
    """The topics of the relay; `limit` bounds what `apart` takes."""
    await log.make("in", 1, None)
    await log.make("uit", 1, None)
    await log.make("apart", 1, limit)
    await log.make("notes", 1, None)


@asynccontextmanager
async def at_work(
    log: KafkaUnderTest, bounds: Bounds = SMALL
) -> AsyncIterator[asyncio.Task[None]]:
    """A member that relays, drained at the end."""
    member = log.member("in", OUT)
    task = asyncio.create_task(member.run(Loop(lambda: Relay(log.prefix), bounds)))
    try:
        yield task
    finally:
        member.stop()
        await asyncio.wait_for(task, 20)


async def settled(log: KafkaUnderTest, count: int, work: asyncio.Task[None]) -> None:
    """Wait until so many inputs have an outcome, and a moment for any that are double.

    Fails where they do not come, as in a loop that never gets past one record, or where
    the work has ended.
    """
    for _ in range(400):
        if work.done():
            work.result()
        if len(await log.read("notes")) >= count:
            await asyncio.sleep(0.3)
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{len(await log.read('notes'))} of {count} have an outcome")


async def inputs(log: KafkaUnderTest) -> list[int]:
    """The offset of each input that has an outcome, in the order of the outcomes."""
    notes = [record.value or b"" for record in await log.read("notes")]
    return [int(note.partition(b">")[0]) for note in notes]


async def values(log: KafkaUnderTest, topic: str) -> list[bytes]:
    """What stands in a topic."""
    return contents(await log.read(topic))


def contents(records: Sequence[Record]) -> list[bytes]:
    """The values of records."""
    return [record.value or b"" for record in records]

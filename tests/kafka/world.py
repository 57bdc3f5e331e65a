"""A log with state, and machines with disks: what tests of keyed state work with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ibroker.kafka.loop import Bounds
from ibroker.kafka.port import Member, Work
from ibroker.kafka.restoring import Keeper, Restoring
from ibroker.kafka.stateful import StatefulLoop, WakeBounds
from ibroker.kafka.store import Stores
from tests.kafka.logs import KafkaUnderTest, LogUnderTest
from tests.kafka.tally import IN, OUT, STAND, TOPICS, Clock, WakingTally

SMALL = Bounds(records=7, idle=0.1, large=100)
QUICK = WakeBounds(every=0.1)


class World:
    """A log, and machines with disks."""

    def __init__(self, log: LogUnderTest, disks: Callable[[str], Stores]) -> None:
        self.log = log
        self._disks = disks
        self._stores: dict[str, Stores] = {}
        self.clock = Clock()
        self.heard: list[Restoring] = []

    @property
    def prefix(self) -> str:
        """What topics begin with."""
        return self.log.prefix if isinstance(self.log, KafkaUnderTest) else ""

    async def make(self, partitions: int = 1, limit: int | None = None) -> None:
        """The topics; `limit` bounds what `uit` takes."""
        await self.log.make(IN, partitions, None)
        await self.log.make(OUT, 1, limit)
        await self.log.make(STAND, partitions, None)

    def stores(self, machine: str) -> Stores:
        """The disk of a machine."""
        return self._stores.setdefault(machine, self._disks(machine))

    def keeper(self, machine: str = "one") -> Keeper:
        """What keeps state on a machine."""
        return Keeper(
            self.prefix + STAND,
            self.stores(machine),
            self.log.changelogs(STAND, IN),
            self.clock,
            self.heard.append,
        )

    def loop(
        self,
        machine: str = "one",
        bounds: Bounds = SMALL,
        wake: WakeBounds = QUICK,
        **how: bytes,
    ) -> StatefulLoop:
        """The loop on a machine."""
        return StatefulLoop(
            lambda: WakingTally(self.prefix, crash_at=how.get("crash_at")),
            self.keeper(machine),
            bounds,
            wake,
        )

    async def out(self) -> list[bytes]:
        """What was written, in order."""
        return [record.value or b"" for record in await self.log.read(OUT)]

    async def until(self, amount: int) -> list[bytes]:
        """What was written, once it is so much."""
        for _ in range(300):
            out = await self.out()
            if len(out) >= amount:
                return out
            await asyncio.sleep(0.1)
        pytest.fail(f"{len(await self.out())} of {amount}")

    def member(self) -> Member:
        """A new member of the group."""
        return self.log.member(IN, TOPICS)


@asynccontextmanager
async def running(member: Member, work: Work) -> AsyncIterator[asyncio.Task[None]]:
    """A member at work, drained at the end."""
    task = asyncio.create_task(member.run(work))
    try:
        yield task
    finally:
        member.stop()
        await asyncio.wait_for(task, 20)

"""Router and Wlz stream together on the log in memory: berichten in, signals out.

Their steps, their loops and their state are the real ones; the log, the disks and the
clock are the twins. A process can be killed at any moment, and lose its disk.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache

from ibroker.core.delivery import message_id
from ibroker.core.record import Outgoing, Record
from ibroker.core.step import RouteTables
from ibroker.feiten import load_feiten_topic, load_wlztabel
from ibroker.kafka.loop import Bounds
from ibroker.kafka.memory import MemoryLog
from ibroker.kafka.memory_member import MemoryGroup, MemoryMember
from ibroker.kafka.memory_state import MemoryChangelogs, MemoryStores
from ibroker.kafka.restoring import Keeper
from ibroker.kafka.stateful import StatefulLoop, StatefulSteps, WakeBounds
from ibroker.routing import RouterSteps
from ibroker.states import changelog_of
from ibroker.wlz import SIGNALEN, WLZ_GROUP, WlzSteps
from tests.core.routed import register, tables
from tests.core.wlz.gehoord import Told, read_signal
from tests.core.wlz.keys import afleiding
from tests.core.wlz.stroom import tables_of
from tests.faults.signalen import SOORT, WlzAccount, settle_signals
from tests.faults.town import GEMEENTEN
from tests.faults.wlz_post import Brief

__all__ = ["Keten", "type_of"]

_TOPICS = register().topics
_FEITEN = load_feiten_topic()
_PARTITIONS = 2
_FEW = Bounds(records=3, idle=0.001)
_SOON = WakeBounds(every=0.001, most=2)
_NOW = 1_790_000_000_000  # ms; about when the log in memory takes records in
_PATIENCE = 20.0  # s in which all must be through
_PROFIELEN = {code: one.value for code, one in load_wlztabel().profielen.items()}


@dataclass(slots=True)
class _Process:
    """A process, which may run or not, and the disk of its machine."""

    group: MemoryGroup
    steps: Callable[[], StatefulSteps]
    stand: str
    disk: MemoryStores = field(default_factory=MemoryStores)
    member: MemoryMember | None = None
    task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start it, as a new process on the same disk."""
        group = self.group
        changelogs = MemoryChangelogs(group.log, self.stand, group.topic)
        keeper = Keeper(self.stand, self.disk, changelogs, lambda: _NOW)
        self.member = group.member()
        loop = StatefulLoop(self.steps, keeper, _FEW, _SOON)
        self.task = asyncio.create_task(self.member.run(loop))

    async def kill(self) -> None:
        """End it wherever it is."""
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def stop(self) -> None:
        """Let it finish what it began."""
        if self.member is not None and self.task is not None:
            self.member.stop()
            await self.task

    async def finish(self) -> None:
        """Wait until all that there is to read is taken in."""
        while not self._is_done():
            if self.task is not None and self.task.done():
                self.task.result()
            await asyncio.sleep(0.001)

    def _is_done(self) -> bool:
        log, group = self.group.log, self.group
        for number in range(log.partitions(group.topic)):
            at = log.committed(group.app, group.topic, number) or 0
            if log.is_open(group.topic, number) or log.read(group.topic, number, at):
                return False
        return True


class Keten:
    """The two processes, and the parties around them."""

    def __init__(self) -> None:
        partijen = [f"ggk.gemeente.{code}" for code in GEMEENTEN]
        stands = changelog_of("ibroker.route"), changelog_of(WLZ_GROUP)
        shared = {s.topic for s in register().soorten.values() if not s.has_own_topics}
        wide = (_TOPICS.aanlevering, _TOPICS.gebeurtenissen, _FEITEN, *stands)
        self.log = MemoryLog(
            {
                **dict.fromkeys((*partijen, *shared, SIGNALEN), 1),
                _TOPICS.onbestelbaar: 1,
                **dict.fromkeys(wide, _PARTITIONS),
            }
        )
        group = MemoryGroup(self.log, "ibroker.route", _TOPICS.aanlevering)
        wlz = tables_of()
        self.router = _Process(group, lambda: RouterSteps(_tables()), stands[0])
        group = MemoryGroup(self.log, WLZ_GROUP, _FEITEN)
        self.wlz = _Process(group, lambda: WlzSteps(wlz), stands[1])
        self._heard: dict[str, int] = {}

    def hand_in(self, zender: str, value: bytes) -> str:
        """Let a party hand in a bericht; give its message id."""
        code = zender.encode()
        headers = (("zender", code),)
        topic = _TOPICS.aanlevering
        made = Outgoing(topic, code, value, headers, sum(code) % _PARTITIONS)
        place = self.log.append(made)
        return str(message_id(place.topic, place.partition, place.offset))

    async def settle(self) -> None:
        """Let both work until all that was handed in is through, and end them."""
        for process in (self.router, self.wlz):
            process.start()
        async with asyncio.timeout(_PATIENCE):
            # In this order: what the router is done with is there to be taken in.
            for process in (self.router, self.wlz):
                await process.finish()
        for process in (self.router, self.wlz):
            await process.stop()

    def outcomes(self) -> Counter[str]:
        """How often each outcome stands on the topic of events."""
        return Counter(
            json.loads(one.value or b"")["type"].rpartition(".")[2]
            for one in self._read(_TOPICS.gebeurtenissen)
        )

    def hear(self, code: str) -> list[Record]:
        """What was delivered to a gemeente since the last time."""
        topic = f"ggk.gemeente.{code}"
        found = self.log.read(topic, 0, self._heard.get(topic, 0))
        self._heard[topic] = self.log.end(topic, 0)
        return list(found)

    def account(self, briefs: Iterable[Brief]) -> WlzAccount:
        """Hold all signals, and what explains them, against the oracle."""
        signals = [
            told
            for code in GEMEENTEN
            for one in self.log.read(f"ggk.gemeente.{code}", 0)
            if (told := _told(one)) is not None
        ]
        events = [
            ((one.key or b"").decode(), one.value or b"")
            for one in self._read(SIGNALEN)
        ]
        return settle_signals(briefs, signals, events, _PROFIELEN)

    def _read(self, topic: str) -> list[Record]:
        numbers = range(self.log.partitions(topic))
        return [one for number in numbers for one in self.log.read(topic, number)]


@cache
def _tables() -> RouteTables:
    return replace(tables(), afleiding=afleiding())


def type_of(one: Record) -> str:
    """Give the ce_type of what was delivered."""
    return (dict(one.headers)["ce_type"] or b"").decode()


def _told(one: Record) -> Told | None:
    if type_of(one) != SOORT:
        return None
    identity = (dict(one.headers)["ce_id"] or b"").decode()
    place = one.topic, one.partition, one.offset
    return read_signal(place, identity, one.value or b"")

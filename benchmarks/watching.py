"""`ibroker watch` on Kafka: a backlog, what it keeps, a restore and a rebuild.

Three processes, one after the other. The first works off the backlog. The second finds
no state on its disk, and reads it from the changelogs. The third throws away all that
is kept, and begins at the first event. In the end the same must be kept as before.
"""

import asyncio
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition
from contender import Contender, Work, is_running, running
from drain import Clocks, Setting, wait_for
from dubbelen import size_of
from filling import fill
from usage import peak_memory

from ibroker.core.watch.weekoverzicht import Weekstand
from ibroker.settings import read_settings
from ibroker.watch.inzage import read_weken
from ibroker.watch.tabellen import WATCH_GROUP, load_watch_tables

__all__ = ["measure_watch"]

WATCH: Final = (sys.executable, "-m", "ibroker", "watch")
LOOK: Final = 0.05  # s
MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Places:
    """Where the group reads, and where things lie on disk."""

    events: Sequence[TopicPartition]
    own: Sequence[TopicPartition]
    state: Path
    kafka: Path

    def changelog_bytes(self) -> int:
        """What is kept of the watch on the disk of the brokers."""
        found = self.kafka.rglob("ggk.intern.watch.*")
        return sum(size_of(one) for one in found if one.is_dir())


async def measure_watch(
    events: Iterable[tuple[int, bytes, bytes]],
    warm: float,
    folders: tuple[Path, Path],
    on: Setting,
) -> dict[str, Any]:
    """Work off the events, of which that share is not timed; restore; and rebuild.

    `folders` are those of the state of the process and of the brokers. SystemExit where
    not every event is in what is kept.
    """
    tables = load_watch_tables(read_settings())
    topics = tables.topics
    places = Places(
        await on.broker.places([topics.gebeurtenissen]),
        await on.broker.places([topics.verwijzingen]),
        *folders,
    )
    # Until a group has committed anything, nobody knows where it stands.
    await on.broker.stand_at(
        WATCH_GROUP, dict.fromkeys([*places.events, *places.own], 0)
    )
    began = time.monotonic()
    count = await fill(topics.gebeurtenissen, events)
    publishing = time.monotonic() - began
    worked = await _work(count, int(count * warm), places, on)
    kept = await read_weken(read_settings(), tables)
    _check(kept, count)
    found = {
        "events": count,
        "publishing_per_second": round(count / publishing),
        **worked,
        "state_mb": round(size_of(places.state) / MB, 1),
        "topics_mb": round(places.changelog_bytes() / MB, 1),
        "restore": await _restore(places, on),
        "rebuild": await _rebuild(count, places, on),
    }
    if await read_weken(read_settings(), tables) != kept:
        raise SystemExit("after the rebuild it keeps something else")
    return found


async def _work(count: int, warm: int, places: Places, on: Setting) -> dict[str, Any]:
    async with running(_watch(), WATCH_GROUP, on.environment, on.log) as pids:
        start = await wait_for(warm, WATCH_GROUP, places.events, pids, on)
        first = Clocks.read(pids, on.brokers)
        await _caught_up(count, places, pids, on)
        last = Clocks.read(pids, on.brokers)
        memory = peak_memory(pids)
    took, cpu = last.time - first.time, last.router - first.router
    broker_cpu = last.brokers - first.brokers
    return {
        "per_second": round((count - start) / took),
        "cpu": round(cpu / (count - start) * 1e6, 1),
        "broker_cpu": round(broker_cpu / (count - start) * 1e6, 1),
        "others": round((last.all - first.all - cpu - broker_cpu) / took, 2),
        "memory_mb": round(memory / MB),
    }


async def _caught_up(
    count: int, places: Places, pids: Sequence[int], on: Setting
) -> None:
    """Wait for all events, and then for all that they told of references."""
    await wait_for(count, WATCH_GROUP, places.events, pids, on)
    ends = await on.broker.ends(places.own)
    await wait_for(sum(ends.values()), WATCH_GROUP, places.own, pids, on)


async def _restore(places: Places, on: Setting) -> dict[str, Any]:
    """Take the state off the disk, and time until a new process is ready."""
    shutil.rmtree(places.state)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**on.environment, "IBROKER_METRICS": address}
    began = time.monotonic()
    async with running(_watch(), WATCH_GROUP, environment, on.log) as pids:
        while not await asyncio.to_thread(_is_ready, address):
            _check_patience(began, pids, on)
            await asyncio.sleep(LOOK)
        took = time.monotonic() - began
        memory = peak_memory(pids)
    return {
        "seconds": round(took, 1),
        "memory_mb": round(memory / MB),
        "state_mb": round(size_of(places.state) / MB, 1),
    }


async def _rebuild(count: int, places: Places, on: Setting) -> dict[str, Any]:
    """Time how long it takes to throw all away, and to be as far again."""
    began = time.monotonic()
    rebuild = _watch("--rebuild")
    async with running(rebuild, WATCH_GROUP, on.environment, on.log) as pids:
        while sum((await on.broker.committed(WATCH_GROUP, places.events)).values()):
            _check_patience(began, pids, on)
            await asyncio.sleep(LOOK)
        forgotten = time.monotonic()
        await _caught_up(count, places, pids, on)
        took = time.monotonic() - began
        memory = peak_memory(pids)
    return {
        "seconds": round(took, 1),
        "forgetting_seconds": round(forgotten - began, 1),
        "per_second": round(count / took),
        "memory_mb": round(memory / MB),
    }


def _watch(*arguments: str) -> Contender:
    return Contender("watch", (*WATCH, *arguments), Work.EVERYTHING, 1, WATCH_GROUP)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=5):
            return True
    except OSError:
        return False


def _check(kept: Weekstand, count: int) -> None:
    counted = sum(
        number
        for telling in kept.tellingen.values()
        for number in telling.uitkomsten.values()
    )
    if counted != count:
        raise SystemExit(f"{counted} events are kept of {count}")


def _check_patience(began: float, pids: Sequence[int], on: Setting) -> None:
    if time.monotonic() - began > on.stuck or not all(map(is_running, pids)):
        raise SystemExit(f"it does not get there: {on.log}")

"""`ibroker wlz` on Kafka: a backlog of facts, what it keeps of them, and restoring it.

What is kept is measured once all is done; then the process is stopped, its state taken
off the disk, and another one is started, which makes it anew of the changelog.
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.partitioner import murmur2
from contender import Contender, Work, is_running, running
from drain import Clocks, Setting, wait_for
from dubbelen import size_of
from filling import fill
from usage import memory_now, peak_memory

from ibroker.feiten import load_feiten_topic
from ibroker.states import changelog_of

__all__ = ["Keeping", "measure_join"]

GROUP: Final = "ibroker.wlz"
WLZ: Final = Contender(
    "wlz", (sys.executable, "-m", "ibroker", "wlz"), Work.EVERYTHING, 1, GROUP
)
SIGNALEN: Final = "ggk.wlz.signalen"
RESTORED: Final = '"event": "state restored"'
LOOK: Final = 0.05  # s
PATIENCE: Final = 600.0  # s, to restore everything
READING: Final = 120.0  # s, to count the signals


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where things lie: the data of the process, and the logs of the brokers."""

    data: Path
    kafka: Path

    @property
    def state(self) -> Path:
        """The stores of the process."""
        return self.data / "state"

    def changelog_bytes(self) -> int:
        """What the changelog takes on the disk of the brokers."""
        name = f"{changelog_of(GROUP)}-*"
        return sum(size_of(one) for one in self.kafka.rglob(name) if one.is_dir())


async def measure_join(
    facts: Iterable[tuple[bytes, bytes]], warm: float, keeping: Keeping, on: Setting
) -> dict[str, Any]:
    """Work off the facts, of which that share is not timed; then restore."""
    broker = on.broker
    places = await broker.places([load_feiten_topic()])
    before = await broker.ends(places)
    await broker.stand_at(GROUP, before)
    told = await broker.ends(await broker.places([SIGNALEN]))
    began = time.monotonic()
    count = await fill(load_feiten_topic(), _spread(facts, len(places)))
    publishing = time.monotonic() - began
    offset = sum(before.values())
    async with running(WLZ, GROUP, on.environment, on.log) as pids:
        start = await wait_for(offset + int(count * warm), GROUP, places, pids, on)
        first = Clocks.read(pids, on.brokers)
        end = await wait_for(offset + count, GROUP, places, pids, on)
        last = Clocks.read(pids, on.brokers)
        highest, afterwards = peak_memory(pids), memory_now(pids[0])
    signals = await _count(told, on)
    took, cpu = last.time - first.time, last.router - first.router
    others = last.all - first.all - cpu - (last.brokers - first.brokers)
    return {
        "facts": count,
        "signals": signals,
        "per_second": round((end - start) / took),
        "signals_per_second": round(signals / count * (end - start) / took),
        "cpu": round(cpu / (end - start) * 1e6, 1),
        "broker_cpu": round((last.brokers - first.brokers) / (end - start) * 1e6, 1),
        "others": round(others / took, 2),
        "publishing_per_second": round(count / publishing),
        "memory_mb": {
            "highest": round(highest / 1e6),
            "afterwards": round(afterwards / 1e6),
        },
        "state_mb": round(size_of(keeping.state) / 1e6, 1),
        "changelog_mb": round(keeping.changelog_bytes() / 1e6, 1),
        "restore": await _restore(len(places), keeping, on),
    }


def _spread(
    facts: Iterable[tuple[bytes, bytes]], partitions: int
) -> Iterator[tuple[int, bytes, bytes]]:
    """Give each its partition, as the router does."""
    for key, value in facts:
        yield (murmur2(key) & 0x7FFFFFFF) % partitions, key, value


async def _count(told: Mapping[TopicPartition, int], on: Setting) -> int:
    """Count the signals that were given since, by what explains them."""
    ends = {p: e for p, e in (await on.broker.ends(told)).items() if e > told[p]}
    reader = on.broker.reader()
    await reader.start()
    count = 0
    try:
        reader.assign(list(ends))
        for place in ends:
            reader.seek(place, told[place])
        async with asyncio.timeout(READING):
            while ends:
                fetched = await reader.getmany(timeout_ms=1000)
                count += sum(map(len, fetched.values()))
                for place in list(ends):
                    if await reader.position(place) >= ends[place]:
                        del ends[place]
                        reader.pause(place)
    finally:
        await reader.stop()
    return count


async def _restore(partitions: int, keeping: Keeping, on: Setting) -> dict[str, Any]:
    """Take the state off the disk, and time how a new process makes it anew."""
    shutil.rmtree(keeping.state)
    said = on.log.stat().st_size
    began = time.monotonic()
    async with running(WLZ, GROUP, on.environment, on.log) as pids:
        lines: Sequence[dict[str, Any]] = ()
        while len(lines) < partitions:
            if time.monotonic() - began > PATIENCE or not all(map(is_running, pids)):
                raise SystemExit(f"restored {len(lines)} of {partitions}: {on.log}")
            await asyncio.sleep(LOOK)
            lines = _restored(on.log, said)
        took = time.monotonic() - began
        highest = peak_memory(pids)
    records = sum(line["records"] for line in lines)
    return {
        "seconds": round(took, 1),
        "reading_seconds": round(max(line["seconds"] for line in lines), 1),
        "records": records,
        "records_per_second": round(records / took),
        "memory_mb": round(highest / 1e6),
        "state_mb": round(size_of(keeping.state) / 1e6, 1),
    }


def _restored(log: Path, since: int) -> list[dict[str, Any]]:
    """What the process said of each partition that it restored."""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").splitlines(keepends=True)
    return [json.loads(one) for one in lines if RESTORED in one and one.endswith("\n")]

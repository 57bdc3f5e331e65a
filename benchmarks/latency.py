"""How long a bericht is under way: from being due to being readable by its receiver.

Berichten are published at a steady rate, whatever the router does (an open loop), by a
process of its own, and read by another from all topics of receivers, with
read_committed. Both share the machine with what is measured.
"""

import asyncio
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contender import PEERS, Contender, running
from drain import NOT_DELIVERED, Setting, wait_for
from posting import INPUT, due, publish
from traffic import Mix
from usage import busy_seconds, cpu_seconds

from ibroker.settings import read_settings

__all__ = ["Cores", "Latency", "Load", "measure_latency", "quantile"]

SOON: Final = 6.0  # s, for the publisher to start and make its berichten
PATIENCE: Final = 30.0  # s after the last one was due
PRIMING: Final = 5_000  # berichten that make the processes warm first
LAST: Final = 1.0  # s of the load over which CPU time is not counted
READER: Final = (
    *("java", "-Xms256m", "-Xmx256m", "-cp", f"{PEERS}/peers.jar:{PEERS}/lib/*"),
    "nl.ibroker.peers.Reader",
)


@dataclass(frozen=True, slots=True)
class Load:
    """So many berichten a second, for so many seconds after `warm` others."""

    rate: float
    seconds: float
    warm: float
    seed: int

    @property
    def count(self) -> int:
        """How many berichten that are."""
        return round(self.rate * (self.warm + self.seconds))


@dataclass(frozen=True, slots=True)
class Cores:
    """How many cores each party kept busy; the broker 0 where it is elsewhere."""

    router: float
    broker: float
    reader: float
    publisher: float
    others: float


@dataclass(frozen=True, slots=True)
class Latency:
    """The latencies of one run, in ms, and what it cost meanwhile."""

    berichten: int
    p50: float
    p90: float
    p99: float
    p999: float
    highest: float
    cores: Cores


async def measure_latency(
    contender: Contender, mix: Mix, load: Load, run: str, setting: Setting
) -> Latency:
    """Measure one contender. SystemExit where a bericht does not arrive in time."""
    broker = setting.broker
    group = contender.group or f"bench.{contender.name}.{run}"
    places = await broker.places([INPUT])
    await broker.stand_at(group, await broker.ends(places))
    await publish(list(mix.post(PRIMING, load.seed + 1)))
    async with running(contender, group, setting.environment, setting.log) as pids:
        primed = sum((await broker.ends(places)).values())
        await wait_for(primed, group, places, pids, setting)
        reader = await asyncio.create_subprocess_exec(
            *READER,
            *(read_settings().kafka, str(load.count)),
            *(str(round(SOON + load.warm + load.seconds + PATIENCE)), *NOT_DELIVERED),
            stdout=asyncio.subprocess.PIPE,
        )
        await _line(reader)
        start = time.monotonic() + SOON
        publisher = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).parent / "posting.py")),
            *(str(load.seed), str(load.count), str(load.rate), str(start)),
        )
        watched = (pids, setting.brokers, (reader.pid,), (publisher.pid,))
        await asyncio.sleep(start + load.warm - time.monotonic())
        before = [busy_seconds(), *map(cpu_seconds, watched)]
        await asyncio.sleep(start + load.warm + load.seconds - LAST - time.monotonic())
        after = [busy_seconds(), *map(cpu_seconds, watched)]
        seen = await _told(reader)
        await asyncio.gather(reader.wait(), publisher.wait())
    missing = load.count - len(seen)
    if missing:
        raise SystemExit(f"{contender.name}: {missing} did not arrive in time")
    measured = sorted(
        1000 * (at - due(number, load.rate, start))
        for number, at in seen.items()
        if number >= load.rate * load.warm
    )
    everything, router, brokers, reading, publishing = (
        (used - was) / (load.seconds - LAST)
        for used, was in zip(after, before, strict=True)
    )
    others = everything - router - brokers - reading - publishing
    return Latency(
        berichten=len(measured),
        p50=quantile(measured, 0.5),
        p90=quantile(measured, 0.9),
        p99=quantile(measured, 0.99),
        p999=quantile(measured, 0.999),
        highest=measured[-1],
        cores=Cores(router, brokers, reading, publishing, others),
    )


async def _line(process: asyncio.subprocess.Process) -> bytes:
    """The next line that a process says; it must say one."""
    line = b"" if process.stdout is None else await process.stdout.readline()
    if not line:
        raise SystemExit("the reader ended: make benchmarks/peers first")
    return line


async def _told(reader: asyncio.subprocess.Process) -> Mapping[int, float]:
    """When each bericht could first be read, by its number, in seconds."""
    told = b"" if reader.stdout is None else await reader.stdout.read()
    pairs = (line.split() for line in told.splitlines())
    return {int(number): int(moment) / 1e9 for number, moment in pairs}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them, in order, does not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)]

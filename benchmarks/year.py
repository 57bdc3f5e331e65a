"""A year like 2020 through the whole chain: router, Wlz stream and watch.

    python benchmarks/year.py [--scale SHARE] [--window N] [--seed N] [--json F]

In 2020 there were some 13,000,000 berichten. A share of so many is simulated, of people
who live through a year of the standard as it is now, and published as fast as the chain
works it off, on a Kafka that is started for it. In the end the truth of the simulation
is held beside what came of it, to the last outcome and signal. It is done twice, at a
quarter of the scale and at the scale itself, so that it shows how cost grows.
"""

import argparse
import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from broker import Broker
from cluster import cluster, renew_topics
from described import describe
from equipment import equip
from feeding import Fed, Feed
from following import EVENTS, Latencies, follow
from ground import changed
from processes import Usage, chain, disk_of
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ibroker.feiten import load_feiten_topic
from ibroker.simulatie.bevolking import MENSEN
from ibroker.simulatie.blok import Opdracht
from ibroker.simulatie.fabriek import Bestelling
from ibroker.simulatie.laden import Tabellen
from ibroker.simulatie.levensloop import LEVENS, Periode
from ibroker.watch.tabellen import WATCH_GROUP, WatchTopics
from ibroker.wlz import WLZ_GROUP

SEED: Final = 1
YEAR: Final = 13_000_000  # berichten: those of 2020
LIVES: Final = MENSEN * LEVENS  # that give so many in a year
PERIODE: Final = Periode(date(2026, 1, 1), date(2026, 12, 31))
BAD: Final = 0.02
SMALLER: Final = 4
WARM: Final = 15_000  # berichten
SLICES: Final = 10  # of the time, for the latencies
VERWIJZINGEN: Final = WatchTopics(gebeurtenissen=EVENTS).verwijzingen
LOOK: Final = 0.5  # s
SAY: Final = 30.0  # s, where nobody sees a bar
TRUTH: Final = "waarheid.jsonl"
CHECKING: Final = "120"  # s without news after which the check gives up


Beside = Callable[[Mapping[str, int]], Awaitable[None]]
"""What is done beside the chain, given the ids of its processes by name."""


@dataclass(frozen=True, slots=True)
class Went:
    """How a run went: in seconds until all was routed and until all was done.

    `disk` is in MB, and `grown` how much of it is of what was sent.
    """

    fed: Fed
    latencies: Latencies
    routed: float
    took: float
    used: Mapping[str, Any]
    disk: Mapping[str, float]
    grown: float


async def send(
    scale: float,
    options: argparse.Namespace,
    folder: Path,
    beside: Beside | None = None,
) -> Went:
    """Send that share of the year through the chain; the files are in `folder`.

    `beside` runs meanwhile, once the chain is warm; it must end before all was sent.
    """
    opdracht, environment = order(scale, options.seed), equip(folder)
    latencies = Latencies()
    feed = Feed(
        Bestelling(Tabellen(), opdracht, BAD, {}),
        options.window,
        lambda: len(latencies.values),
        folder / TRUTH,
    )
    async with Broker() as broker:
        await renew_topics(broker)
        with changed(environment), chain(folder, environment) as running:
            pids = {**running, "feeder": os.getpid()}
            places = Path(environment["IBROKER_DATA"]), folder / "kafka"
            empty = disk_of(*places)
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(follow(broker, latencies))
                before, began = Usage.read(pids), time.monotonic()
                looking = tasks.create_task(_look(beside, running, feed))
                with bar(feed, latencies, opdracht.blokken):
                    await feed.run()
                    if not looking.done():
                        raise SystemExit("all was sent before it was looked at")
                    await feed.wait(feed.fed.berichten)
                routed = time.monotonic() - began
                await drained(broker, WLZ_GROUP, load_feiten_topic())
                await drained(broker, WATCH_GROUP, EVENTS)
                await drained(broker, WATCH_GROUP, VERWIJZINGEN)
                took = time.monotonic() - began
                used = Usage.read(pids).since(before, feed.fed.berichten)
                disk = disk_of(*places)
                following.cancel()
    grown = sum(disk.values()) - sum(empty.values())
    return Went(feed.fed, latencies, routed, took, used, disk, grown)


async def _look(beside: Beside | None, pids: Mapping[str, int], feed: Feed) -> None:
    """Do what is to be done beside the chain, once it is warm."""
    if beside is not None:
        await feed.wait(WARM)
        await beside(pids)


def describe_run(scale: float, went: Went, ledger: str) -> dict[str, Any]:
    """What a run gave, as figures; `ledger` is what the check said."""
    fed = went.fed
    return {
        "scale": scale,
        "berichten": fed.berichten,
        "bytes_each": round(fed.bytes / fed.berichten),
        "seconds": {"routed": round(went.routed, 1), "all": round(went.took, 1)},
        "per_second": round(fed.berichten / went.took, 1),
        "year_hours": round(YEAR / fed.berichten * went.took / 3600, 2),
        "latency_ms": went.latencies.summary(SLICES),
        "processes": went.used,
        "cpu_us_each": round(sum(one["cpu_us_each"] for one in went.used.values()), 1),
        "disk_mb": went.disk,
        "disk_bytes_each": round(went.grown * 1e6 / fed.berichten),
        "ledger": {
            "uitkomsten": dict(fed.uitkomsten),
            "signalen": fed.signalen,
            "check": ledger,
        },
    }


def order(scale: float, seed: int) -> Opdracht:
    """Ask for that share of the lives: as many people as there are, or fewer."""
    lives = max(1, round(scale * LIVES))
    levens = -(-lives // MENSEN)
    return Opdracht(seed, PERIODE, 0, round(lives / levens), levens)


async def drained(broker: Broker, group: str, topic: str) -> None:
    """Wait until a group has all of a topic; offsets alone do not tell it.

    At the end of a partition stand marks of transactions, that nobody commits past.
    """
    places = await broker.places([topic])
    while True:
        ends = await broker.ends(places)
        stand = await broker.committed(group, places)
        behind = {p: max(stand[p], 0) for p in places if stand[p] < ends[p]}
        if not behind or not await broker.has_records(behind, ends):
            return
        await asyncio.sleep(LOOK)


@contextmanager
def bar(feed: Feed, latencies: Latencies, blokken: int) -> Iterator[None]:
    """Show how far it is: as a bar, or as lines where nobody watches."""
    console = Console(stderr=True)
    progress = Progress(
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = progress.add_task("", total=blokken, said="")
    began = said = time.monotonic()

    async def show() -> None:
        nonlocal said
        while True:
            await asyncio.sleep(LOOK)
            now, count = time.monotonic(), len(latencies.values)
            newest = latencies.values[-1] if count else 0.0
            text = (
                f"{count:,} berichten, {count / (now - began):,.0f}/s, {newest:.0f} ms"
            )
            progress.update(task, completed=feed.fed.blokken, said=text)
            if not console.is_terminal and now - said > SAY:
                said = now
                print(f"{feed.fed.blokken / blokken:.0%}: {text}", flush=True)

    showing = asyncio.create_task(show())
    try:
        with progress:
            yield
    finally:
        showing.cancel()


def check(waarheid: Path) -> str:
    """Hold the truth beside the log; SystemExit where anything differs."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ibroker", "simulate"),
            *("--check", waarheid, "--wait", CHECKING),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return done.stdout.strip()


def compare(smaller: Mapping[str, Any], larger: Mapping[str, Any]) -> dict[str, float]:
    """What a bericht costs at the larger scale over the smaller: 1 is linear."""
    seconds = [one["seconds"]["all"] / one["berichten"] for one in (smaller, larger)]
    keys = ("cpu_us_each", "disk_bytes_each")
    return {
        "berichten": round(larger["berichten"] / smaller["berichten"], 2),
        "seconds_each": round(seconds[1] / seconds[0], 2),
        **{key: round(larger[key] / smaller[key], 2) for key in keys},
    }


def print_run(run: Mapping[str, Any]) -> None:
    """Print what one scale gave."""
    seconds, latency = run["seconds"], run["latency_ms"]
    print(
        f"\n{run['berichten']:,} berichten, {run['scale']:.3%} of 2020:"
        f" {seconds['routed']:.0f} s until the last was routed, {seconds['all']:.0f} s"
        f" until all was done: {run['per_second']:,.0f}/s,"
        f" the year in {run['year_hours']:.1f} hours"
    )
    print(
        "latency, ms:  " + "  ".join(f"{k} {v:,.0f}" for k, v in latency["all"].items())
    )
    for name in ("p50", "p99"):
        parts = " ".join(f"{one[name]:,.0f}" for one in latency["over_time"])
        print(f"  {name} over time: {parts}")
    for name, one in run["processes"].items():
        print(
            f"  {name:8} {one['cpu_us_each']:8,.1f} µs CPU each,"
            f" {one['memory_mb']:,} MB, {one['highest_mb']:,} MB at its highest"
        )
    for name, size in run["disk_mb"].items():
        print(f"  {name:34} {size:10,.1f} MB")
    ledger = run["ledger"]
    counts = ", ".join(f"{n:,} {name}" for name, n in ledger["uitkomsten"].items())
    print(f"  {counts}; {ledger['signalen']:,} signals stand; {ledger['check']}")


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--scale", type=float, default=0.03, help="share of the year, up to 1")
    add("--window", type=int, default=6_000, help="berichten on their way at a time")
    add("--seed", type=int, default=SEED, help="of the traffic")
    add("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(arguments)
    if not 0 < options.scale <= 1:
        parser.error("--scale is more than 0, and at most 1")
    return options


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and write the figures where asked."""
    options = read_options(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    described = describe(
        "make bench-year",
        options,
        ("ibroker", "aiokafka", "rocksdict", "faust-streaming"),
    )
    print(described["machine"], flush=True)
    runs = []
    for scale in (options.scale / SMALLER, options.scale):
        with tempfile.TemporaryDirectory() as name, cluster(Path(name) / "kafka"):
            went = asyncio.run(send(scale, options, Path(name)))
            runs.append(describe_run(scale, went, check(Path(name) / TRUTH)))
        print_run(runs[-1])
    growth = compare(*runs)
    print("\nthe larger in terms of the smaller: ", growth)
    if options.json is not None:
        figures = {**described, "runs": runs, "growth": growth}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

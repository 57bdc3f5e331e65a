"""How ibroker scales: one thing at a time is changed, and all else stays as it is.

    python benchmarks/scaling.py [--messages N] [--rounds N] [--only NAME,...]

A backlog for gemeenten is worked off with other numbers of processes, of partitions, of
gemeenten and of brokers, and with berichten of other sizes. Each shape of cluster is
started anew for it; on each, all that is measured there takes turns.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from broker import Broker
from cluster import renew_topics
from contender import CONTENDERS
from declaratie import build_declaratie
from described import describe
from drain import Drained, Setting, broker_pids, drain
from equipment import equip
from ground import GEMEENTEN, Ground
from posting import own_mix
from results import TROUBLED, medians
from traffic import Mal, Mix

from ibroker.core.verdict import validate_bericht
from ibroker.standards import load_standards

SEED: Final = 1
WARM: Final = 3  # of so many berichten one is not timed
VOLUME: Final = 200_000_000  # bytes of a backlog at most
LEAST: Final = 9  # berichten of a backlog
ORDINARY: Final = Ground()
PER_CLIENT: Final = 10  # prestaties of a declaratie
ROW: Final = "{:12} {:>10} {:>9} {:>9} {:>7} {:>9} {:>9} {:>7} {:>7}"


@dataclass(frozen=True, slots=True)
class Point:
    """What is measured: all is ordinary but for what is named.

    `recipients` is how many gemeenten get berichten, and `size` the bytes of each, a
    323; 0 for the usual mixture.
    """

    ground: Ground = ORDINARY
    processes: int = 1
    recipients: int = GEMEENTEN
    size: int = 0

    @property
    def berichten(self) -> int:
        """How many may be in a backlog, for their size."""
        return max(LEAST, VOLUME // max(self.size, 1))

    def __str__(self) -> str:
        ground = self.ground
        parts = (
            f"{ground.brokers} brokers, {ground.partitions} partitions",
            f"{self.processes} processes, {self.recipients} gemeenten",
            *([f"{self.size} bytes"] if self.size else []),
        )
        return ", ".join(parts)


USUAL: Final = Point()
AXES: Final[Mapping[str, Mapping[int, Point]]] = {
    "processes": {n: replace(USUAL, processes=n) for n in (1, 2)},
    "partitions": {n: replace(USUAL, ground=Ground(partitions=n)) for n in (4, 12, 48)},
    "recipients": {
        1: replace(USUAL, recipients=1),
        GEMEENTEN: USUAL,
        5_000: replace(USUAL, ground=Ground(gemeenten=5_000), recipients=5_000),
    },
    "bytes": {
        n: replace(USUAL, size=n)
        for n in (2_000, 20_000, 200_000, 2_000_000, 20_000_000)
    },
    "brokers": {n: replace(USUAL, ground=Ground(brokers=n)) for n in (1, 3)},
}
"""What is changed, and to what; several mean the same point, which is measured once."""


class Scaling:
    """One run, and what came of it so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._series = 0
        wanted = [AXES[name].values() for name in options.only.split(",")]
        self._points = list(dict.fromkeys(point for axis in wanted for point in axis))
        self.results: dict[Point, list[Drained]] = {}

    def run(self, folder: Path) -> None:
        """Measure all, one ground after the other."""
        grounds = dict.fromkeys(point.ground for point in self._points)
        for number, ground in enumerate(grounds):
            points = [point for point in self._points if point.ground == ground]
            print(ground, flush=True)
            with ground.laid(folder / str(number)):
                asyncio.run(self._measure(points, folder / str(number)))

    async def _measure(self, points: Sequence[Point], folder: Path) -> None:
        options, mix = self._options, own_mix().towards("gemeente")
        async with Broker() as broker:
            await renew_topics(broker)
            setting = Setting(broker, broker_pids(), equip(folder), options.log)
            await self._drain(points[0], mix, "warming", setting)
            for number in range(options.rounds):
                for point in points:
                    what = f"round {number + 1} of {options.rounds}"
                    drained = await self._drain(point, mix, what, setting)
                    self.results.setdefault(point, []).append(drained)

    async def _drain(
        self, point: Point, mix: Mix, what: str, setting: Setting
    ) -> Drained:
        self._series += 1
        if point.size:
            mix = replace(mix, goed=((_mal(point.size), 1.0),), fout=())
        mix = replace(mix, gemeenten=mix.gemeenten[: point.recipients])
        count = min(self._options.messages, point.berichten)
        posts = list(mix.post(count, self._options.seed, self._series))
        one = CONTENDERS["ibroker" if point.processes == 1 else "ibroker-2"]
        run = f"{os.getpid()}.{self._series}"
        drained = await drain(one, posts, count // WARM, run, setting)
        print(f"{point}, {what}: {drained.per_second:,.1f} msg/s", flush=True)
        return drained


def tabulate(results: Mapping[Point, Sequence[Drained]]) -> dict[str, Any]:
    """The medians along each axis, and their speed in terms of the first."""
    found: dict[str, Any] = {}
    for name, axis in AXES.items():
        rows = {
            str(value): medians(results[point])
            for value, point in axis.items()
            if point in results
        }
        for value, row in rows.items():
            first = next(iter(rows.values()))["per_second"]
            row["ratio"] = round(row["per_second"] / first, 3)
            if name == "bytes":
                row["mb_per_second"] = round(row["per_second"] * int(value) / 1e6, 2)
        if len(rows) > 1:
            found[name] = rows
    return found


def print_tables(axes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Print the medians along each axis."""
    head = ("msg/s", "MB/s", "/ first", "start", "µs CPU", "broker", "MB", "others")
    for name, rows in axes.items():
        print()
        print(ROW.format(name, *head))
        for value, row in rows.items():
            print(
                ROW.format(
                    *(f"{int(value):,}", f"{row['per_second']:,.1f}"),
                    *(row.get("mb_per_second", ""), row["ratio"]),
                    *(f"{row['start']:.1f}", f"{row['cpu']:.0f}"),
                    *(f"{row['broker_cpu']:.0f}", f"{row['memory']:.0f}"),
                    f"{row['others']:.2f}",
                )
            )
    every = [row["others"] for rows in axes.values() for row in rows.values()]
    if max(every, default=0) > TROUBLED:
        print("Provisional: the machine was busy with something else.")


def _mal(size: int) -> Mal:
    """A declaratie of about so many bytes, to be filled in."""
    one, two = (len(build_declaratie(n, 1)) for n in (1, 2))
    prestaties = max(1, (size - one) // (two - one) + 1)
    data = build_declaratie(prestaties, -(-prestaties // PER_CLIENT))
    verdict = validate_bericht(data, load_standards())
    if verdict.berichttype is None:
        raise SystemExit(f"a declaratie of {size} bytes is {verdict.uitkomst}")
    return Mal.cut(data, verdict.berichttype, "bezorgd")


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--messages", type=int, default=60_000, help="of a backlog; of a third no time")
    add("--rounds", type=int, default=3, help="the median counts")
    add("--only", default=",".join(AXES), help="what is changed")
    add("--seed", type=int, default=SEED, help="of the traffic")
    add("--json", type=Path, help="write the figures to this file")
    add("--log", type=Path, default=Path("build/scaling.log"), help="what is said")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Measure, print tables, and write the figures where asked."""
    options = read_options(arguments)
    options.log = options.log.absolute()
    options.log.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    described = describe("make bench-scaling", options, ("ibroker", "aiokafka", "lxml"))
    print(described["machine"], flush=True)
    scaling = Scaling(options)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        scaling.run(Path(name))
    described["minutes"] = round((time.monotonic() - began) / 60, 1)
    axes = tabulate(scaling.results)
    print_tables(axes)
    if options.json is not None:
        figures = {**described, **axes}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

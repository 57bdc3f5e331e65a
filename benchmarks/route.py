"""How fast `ibroker route` is, beside its bound and beside Kafka Streams.

    python benchmarks/route.py [--berichten N] [--rounds N] [--only NAME,...] [--json F]

All take turns in one run, on one Kafka that is started for it, with the same traffic
(`traffic.py`): a backlog to work off, with everything cold and then warm, and a steady
load to measure how long a bericht is under way. Where IBROKER_KAFKA is set that cluster
is used, and must be there for this alone: `--wipe` says that its topics may go.
The peer must be built first, as `make bench-route` does.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from broker import Broker
from cluster import cluster, renew_topics
from contender import CONTENDERS, PEERS, Contender
from described import describe, describe_java, describe_traffic
from drain import Drained, Setting, broker_pids, drain
from equipment import equip
from latency import Latency, Load, measure_latency
from posting import own_mix
from results import Results, print_summary, summary
from traffic import Mix

SEED: Final = 1
ROUTERS: Final = ("ibroker", "ibroker-2", "streams", "bare", "bare-xsd")
IN_LATENCY: Final = ("ibroker", "streams", "bare")


class Benchmark:
    """One run of all, and what came of it so far."""

    def __init__(self, options: argparse.Namespace, mix: Mix, setting: Setting) -> None:
        self._options = options
        self._mix = mix
        self._setting = setting
        self._seed = options.seed
        chosen = options.only.split(",") if options.only else None
        self._contenders = [
            CONTENDERS[name] for name in ROUTERS if chosen is None or name in chosen
        ]
        self._latency = [one for one in self._contenders if one.name in IN_LATENCY]
        self._total = len(self._contenders) * (1 + options.rounds)
        self._total += len(self._latency) * options.latency_rounds
        self._done = 0
        self.results = Results()

    async def run(self) -> None:
        """Measure all: cold, warm, and under a steady load."""
        options = self._options
        results = self.results
        await renew_topics(self._setting.broker)
        # The broker itself must be warm, or who comes first pays for it.
        bare = CONTENDERS["bare"]
        await drain(bare, self._posts(options.warm), 0, self._run(), self._setting)
        for one in self._contenders:
            await renew_topics(self._setting.broker)
            posts = self._posts(options.berichten)
            drained = await drain(one, posts, 0, self._run(), self._setting)
            results.cold[one.name] = drained
            self._say(f"{one.name}, cold", drained)
        for number in range(options.rounds):
            for one in self._contenders:
                posts = self._posts(options.warm + options.berichten)
                drained = await drain(
                    one, posts, options.warm, self._run(), self._setting
                )
                results.warm.setdefault(one.name, []).append(drained)
                self._say(f"{one.name}, round {number + 1}", drained)
        if self._latency and options.latency_rounds:
            # Small transactions take other paths through the broker than a backlog
            # does, and its JVM compiles those for minutes. A broker runs for weeks.
            await self._load(bare, options.settle)
        for number in range(options.latency_rounds):
            for one in self._latency:
                await self._measure_latency(one, number)

    async def _load(self, one: Contender, seconds: float) -> Latency:
        self._seed += 2  # the berichten that make it warm have a seed of their own
        load = Load(self._options.rate, seconds, seconds / 4, self._seed)
        return await measure_latency(one, self._mix, load, self._run(), self._setting)

    async def _measure_latency(self, one: Contender, number: int) -> None:
        options = self._options
        found = await self._load(one, options.seconds)
        self.results.latencies.setdefault(one.name, []).append(found)
        self._tell(
            f"{one.name}, {options.rate:.0f}/s, round {number + 1}: "
            f"p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms, {found.cores.router:.2f} "
            f"cores, broker {found.cores.broker:.2f}, others {found.cores.others:.2f}"
        )

    def _posts(self, count: int) -> list[Any]:
        self._seed += 1
        return list(self._mix.post(count, self._seed))

    def _run(self) -> str:
        return f"{os.getpid()}.{self._seed}"

    def _say(self, what: str, drained: Drained) -> None:
        self._tell(
            f"{what}: {drained.per_second:,.0f} msg/s, {drained.cpu:.0f} µs CPU each,"
            f" broker {drained.broker_cpu:.0f} µs, first after {drained.start:.1f} s,"
            f" others {drained.others:.2f} cores"
        )

    def _tell(self, line: str) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {line}", flush=True)


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure all; the files of it are in `folder`."""
    mix = own_mix()
    described = describe(
        "make bench-route", options, ("ibroker", "aiokafka", "cramjam")
    )
    described["versions"] |= describe_java()
    described["traffic"] = describe_traffic(mix, SEED)
    print(described["machine"], flush=True)
    async with Broker() as broker:
        setting = Setting(broker, broker_pids(), equip(folder), options.log)
        benchmark = Benchmark(options, mix, setting)
        began = time.monotonic()
        await benchmark.run()
        described["minutes"] = round((time.monotonic() - began) / 60, 1)
    return {**described, **summary(benchmark.results)}


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--berichten", type=int, default=60_000, help="of a backlog, timed")
    add("--warm", type=int, default=20_000, help="of a backlog before those, not timed")
    add("--rounds", type=int, default=3, help="of the warm backlog; the median counts")
    add("--rate", type=float, default=1_000, help="berichten a second, steadily")
    add("--seconds", type=float, default=30, help="of the steady load, after a quarter")
    add("--settle", type=float, default=120, help="of a steady load before, not timed")
    add("--latency-rounds", type=int, default=3, help="of the steady load")
    add("--only", default="", help="contenders: " + ",".join(ROUTERS))
    add("--seed", type=int, default=SEED, help="of the traffic")
    add("--wipe", action="store_true", help="delete the topics of IBROKER_KAFKA")
    add("--json", type=Path, help="write the figures to this file")
    add("--log", type=Path, default=PEERS / "route.log", help="what they all say")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table, and write the figures where asked."""
    options = read_options(arguments)
    options.log = options.log.absolute()
    # Of what aiokafka tells, most is of groups that are just being made.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if not (PEERS / "peers.jar").exists():
        sys.exit("the peer is not built: mvn -f benchmarks/peers/pom.xml package")
    with (
        tempfile.TemporaryDirectory() as name,
        cluster(Path(name) / "kafka", wipe=options.wipe),
    ):
        figures = asyncio.run(measure(options, Path(name)))
    print_summary(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

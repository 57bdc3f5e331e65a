"""How fast ibroker is beside its peers, with all that it does and they do not.

    python benchmarks/peers.py [--messages N] [--rounds N] [--only NAME,...] [--json F]

All work off the same backlogs in turns, in one run, on one Kafka that is started for
it; the medians count. Where IBROKER_KAFKA is set that cluster is used, and must be
there for this alone: `--wipe` says that its topics may go. The peers in Java must be
built first, as `make bench-peers` does.
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
from pathlib import Path
from typing import Any, Final

from broker import Broker
from cluster import cluster, renew_topics
from contender import CONTENDERS, PEERS, Contender
from described import describe, describe_java, describe_traffic
from drain import Drained, Setting, broker_pids, drain
from equipment import equip
from posting import own_mix
from results import TROUBLED, medians
from traffic import Mix

SEED: Final = 1
WARM: Final = 3  # of so many berichten one is not timed
LIBRARIES: Final = ("ibroker", "aiokafka", "faust-streaming", "lxml")
TAKING_PART: Final = ("ibroker", "ibroker-2", "streams", "camel", "faust", "bare")
ROW: Final = "{:12} {:>10} {:>10} {:>9} {:>9} {:>7}   {:14} {}"


class Rounds:
    """Rounds in which all take turns, and what came of them so far."""

    def __init__(self, options: argparse.Namespace, mix: Mix, setting: Setting) -> None:
        self._messages: int = options.messages
        self._rounds: int = options.rounds
        self._contenders = [CONTENDERS[name] for name in options.only.split(",")]
        self._mix = mix
        self._setting = setting
        self._seed: int = options.seed
        self._series = 0
        self.results: dict[str, list[Drained]] = {}

    async def run(self) -> None:
        """Measure all; the round before the first warms the broker, and counts not."""
        for one in self._contenders:
            await self._drain(one, self._messages // WARM, self._seed, "warming")
        for number in range(self._rounds):
            for one in self._contenders:
                what = f"round {number + 1} of {self._rounds}"
                seed = self._seed + 1 + number
                drained = await self._drain(one, self._messages, seed, what)
                self.results.setdefault(one.name, []).append(drained)

    async def _drain(self, one: Contender, count: int, seed: int, what: str) -> Drained:
        """Let one work off the berichten of a seed, under names that nobody had yet."""
        self._series += 1
        posts = list(self._mix.post(count, seed, self._series))
        run = f"{os.getpid()}.{self._series}"
        drained = await drain(one, posts, count // WARM, run, self._setting)
        print(
            f"{one.name}, {what}: {drained.per_second:,.0f} msg/s,"
            f" {drained.cpu:.0f} µs CPU each, others {drained.others:.2f} cores",
            flush=True,
        )
        return drained


def compare(results: Mapping[str, Sequence[Drained]]) -> dict[str, dict[str, Any]]:
    """The medians of each, its guarantee, and its speed in terms of ibroker's."""
    rows = {name: medians(runs) for name, runs in results.items()}
    for name, row in rows.items():
        row["guarantee"] = CONTENDERS[name].guarantee.value
        row["work"] = CONTENDERS[name].work.name.lower()
        if "ibroker" in rows:
            own = rows["ibroker"]["per_second"]
            row["ratio"] = round(row["per_second"] / own, 2)
    return rows


def print_table(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the medians."""
    print()
    print(ROW.format("", "msg/s", "/ ibroker", "µs CPU", "MB", "others", "", ""))
    for name, row in rows.items():
        print(
            ROW.format(
                *(name, f"{row['per_second']:,.0f}", row.get("ratio", "")),
                *(f"{row['cpu']:.0f}", f"{row['memory']:.0f}"),
                *(f"{row['others']:.2f}", row["guarantee"], row["work"]),
            )
        )
    if max(row["others"] for row in rows.values()) > TROUBLED:
        print("Provisional: the machine was busy with something else.")


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure all; the files of it are in `folder`."""
    mix = own_mix()
    described = describe("make bench-peers", options, LIBRARIES)
    described["versions"] |= describe_java()
    described["traffic"] = describe_traffic(mix, options.seed)
    print(described["machine"], flush=True)
    began = time.monotonic()
    async with Broker() as broker:
        await renew_topics(broker)
        setting = Setting(broker, broker_pids(), equip(folder), options.log)
        rounds = Rounds(options, mix, setting)
        await rounds.run()
    described["minutes"] = round((time.monotonic() - began) / 60, 1)
    return {**described, "peers": compare(rounds.results)}


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--messages", type=int, default=45_000, help="of a backlog; of a third no time")
    add("--rounds", type=int, default=3, help="the median counts")
    add("--only", default=",".join(TAKING_PART), help="who takes part, in this order")
    add("--seed", type=int, default=SEED, help="of the traffic")
    add("--wipe", action="store_true", help="delete the topics of IBROKER_KAFKA")
    add("--json", type=Path, help="write the figures to this file")
    add("--log", type=Path, default=PEERS / "peers.log", help="what they all say")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table, and write the figures where asked."""
    options = read_options(arguments)
    options.log = options.log.absolute()
    # Of what aiokafka tells, most is of groups that are just being made.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if not (PEERS / "peers.jar").exists():
        sys.exit("the peers are not built: mvn -f benchmarks/peers/pom.xml package")
    with (
        tempfile.TemporaryDirectory() as name,
        cluster(Path(name) / "kafka", wipe=options.wipe),
    ):
        figures = asyncio.run(measure(options, Path(name)))
    print_table(figures["peers"])
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

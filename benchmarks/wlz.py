"""How fast the Wlz stream is, what it keeps of a million people, and how it restores.

    python benchmarks/wlz.py [--people N] [--facts N] [--only NAME,...] [--json F]

Four parts: `bare`, the join without Kafka; `join`, `ibroker wlz` on a Kafka that is
started for it; `entries`, what the router keeps of accepted berichten; and `steps`,
what a record costs the router with and without state and facts.
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
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from bare_join import measure_bare
from broker import Broker
from cluster import cluster
from described import describe
from drain import Setting, broker_pids
from dubbelen import measure_entries, measure_steps
from feiten import KINDS, People
from join import Keeping, measure_join
from posting import own_mix

from ibroker.register import load_register
from ibroker.routing import load_tables
from ibroker.settings import Settings, read_settings
from ibroker.sleutels import (
    make_persoonssleutels,
    make_sleutel,
    read_persoonssleutels,
)
from ibroker.wlz import load_wlz_tables

__all__ = ["main"]

SEED: Final = 1
PARTS: Final = ("bare", "steps", "entries", "join")


class Benchmark:
    """One run; the files of it are in `folder`."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder
        sleutels = folder / "sleutels"
        sleutels.mkdir()
        make_persoonssleutels(sleutels)
        make_sleutel(folder / "sleutel")
        # Also for the processes that are started.
        os.environ["IBROKER_PERSOONSSLEUTELS"] = str(sleutels)
        os.environ["IBROKER_VERWIJZING_SLEUTEL"] = str(folder / "sleutel")
        os.environ["IBROKER_DATA"] = str(folder / "data")

    def measure(self) -> dict[str, Any]:
        """Measure the parts that are asked for, one after the other."""
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "bare": self._bare,
            "steps": self._steps,
            "entries": self._entries,
            "join": self._join,
        }
        found: dict[str, Any] = {}
        for name in self._options.only.split(","):
            began = time.monotonic()
            found[name] = parts[name]()
            load = round(os.getloadavg()[0], 1)
            found[name] |= {"minutes": round((time.monotonic() - began) / 60, 1)}
            found[name] |= {"load_average": load}
            print(name, json.dumps(found[name], indent=1), flush=True)
        return found

    def _people(self, count: int) -> People:
        settings = read_settings()
        today = datetime.now(UTC).date()
        gemeenten = load_register(settings.partijen).postvakken(today)
        sleutels = read_persoonssleutels(settings.persoonssleutels)
        return People(count, gemeenten, sleutels, self._options.seed)

    def _bare(self) -> dict[str, Any]:
        options = self._options
        facts = [fact for _, fact in self._people(options.facts // 2).facts()]
        Random(options.seed).shuffle(facts)  # noqa: S311 - it must be repeatable
        return measure_bare(facts, load_wlz_tables(read_settings()), options.rounds)

    def _steps(self) -> dict[str, Any]:
        options = self._options
        posts = list(own_mix().post(options.records, options.seed))
        return measure_steps(posts, load_tables(read_settings()), options.rounds)

    def _entries(self) -> dict[str, Any]:
        return measure_entries(self._options.entries)

    def _join(self) -> dict[str, Any]:
        kafka = self._folder / "kafka"
        with cluster(kafka, wipe=self._options.wipe):
            apply = (sys.executable, "-m", "ibroker", "topics", "apply")
            subprocess.run(apply, check=True, stdout=subprocess.DEVNULL)
            return asyncio.run(self._on_kafka(read_settings(), kafka))

    async def _on_kafka(self, settings: Settings, kafka: Path) -> dict[str, Any]:
        options = self._options
        async with Broker() as broker:
            setting = Setting(broker, broker_pids(), {}, options.log)
            facts = self._people(options.people).facts()
            keeping = Keeping(settings.data, kafka)
            return await measure_join(facts, options.warm, keeping, setting)


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--people", type=int, default=1_000_000, help="with two facts each, on Kafka")
    add(
        "--warm", type=float, default=0.1, help="share of those facts that is not timed"
    )
    add("--facts", type=int, default=100_000, help="for the join without Kafka")
    add("--records", type=int, default=10_000, help="for the router without Kafka")
    add(
        "--entries",
        type=int,
        default=1_000_000,
        help="accepted, for the router to know",
    )
    add("--rounds", type=int, default=3, help="without Kafka; the median counts")
    add("--only", default=",".join(PARTS), help="parts: " + ",".join(PARTS))
    add("--seed", type=int, default=SEED, help="of the facts and berichten")
    add("--wipe", action="store_true", help="delete the topics of IBROKER_KAFKA")
    add("--json", type=Path, help="write the figures to this file")
    add(
        "--log", type=Path, default=Path("build/wlz.log"), help="what the processes say"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and write the figures where asked."""
    options = read_options(arguments)
    options.log = options.log.absolute()
    options.log.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    libraries = ("ibroker", "aiokafka", "msgspec", "rocksdict", "cryptography")
    described = {**describe("make bench-wlz", options, libraries), "kinds": KINDS}
    print(json.dumps(described, indent=1), flush=True)
    with tempfile.TemporaryDirectory() as name:
        figures = Benchmark(options, Path(name)).measure()
    if options.json is not None:
        options.json.write_text(json.dumps({**described, **figures}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

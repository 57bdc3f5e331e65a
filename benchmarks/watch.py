"""How fast the watch is, what it keeps, and how long it takes to make that anew.

    python benchmarks/watch.py [--events N] [--json FILE]

One process of `ibroker watch` as anyone starts it, on a Kafka that is started for it.
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
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from broker import Broker
from cluster import cluster
from described import describe
from drain import Setting, broker_pids
from gebeurtenissen import KINDS, Conversations
from watching import measure_watch

from ibroker.settings import read_settings
from ibroker.watch.proces import state_folder

__all__ = ["main"]

SEED: Final = 1
PATIENCE: Final = 1800.0  # s: while it reads its changelogs it commits nothing
LIBRARIES: Final = ("ibroker", "faust-streaming", "aiokafka", "rocksdict", "msgspec")


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure all; the files of it are in `folder`."""
    # Also for the processes that are started.
    os.environ["IBROKER_DATA"] = str(folder / "data")
    kafka = folder / "kafka"
    with cluster(kafka, wipe=options.wipe):
        apply = (sys.executable, "-m", "ibroker", "topics", "apply")
        subprocess.run(apply, check=True, stdout=subprocess.DEVNULL)
        return asyncio.run(_on_kafka(options, kafka))


async def _on_kafka(options: argparse.Namespace, kafka: Path) -> dict[str, Any]:
    # Of today: what is older than the watch remembers it throws away.
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    events = Conversations(options.events, end, options.seed).events()
    async with Broker() as broker:
        setting = Setting(broker, broker_pids(), {}, options.log, PATIENCE)
        folders = state_folder(read_settings()), kafka
        return await measure_watch(events, options.warm, folders, setting)


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--events", type=int, default=1_000_000, help="on ggk.gebeurtenissen")
    add("--warm", type=float, default=0.1, help="share of those that is not timed")
    add("--seed", type=int, default=SEED, help="of the events")
    add("--wipe", action="store_true", help="delete the topics of IBROKER_KAFKA")
    add("--json", type=Path, help="write the figures to this file")
    add("--log", type=Path, default=Path("build/watch.log"), help="what processes say")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and write the figures where asked."""
    options = read_options(arguments)
    options.log = options.log.absolute()
    options.log.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    described = {**describe("make bench-watch", options, LIBRARIES), "kinds": KINDS}
    print(json.dumps(described, indent=1), flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        figures = measure(options, Path(name))
    figures["minutes"] = round((time.monotonic() - began) / 60, 1)
    figures["load_average"] = round(os.getloadavg()[0], 1)
    print(json.dumps(figures, indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps({**described, **figures}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

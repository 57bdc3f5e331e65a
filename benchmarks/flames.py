"""Where router, Wlz stream and watch spend their time while a year goes through them.

    python benchmarks/flames.py [--scale SHARE] [--seconds N] [--json F] [--pictures D]

The traffic is that of `benchmarks/year.py`, of which a share is sent. Each process is
sampled for so many seconds.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cluster import cluster
from described import describe
from processes import STAGES
from profiling import profile
from year import SEED, send

LIBRARIES: Final = ("ibroker", "aiokafka", "faust-streaming", "lxml", "py-spy")


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--scale", type=float, default=0.01, help="share of the year")
    add("--seconds", type=float, default=20.0, help="that each process is sampled for")
    add("--window", type=int, default=6_000, help="berichten on their way at a time")
    add("--seed", type=int, default=SEED, help="of the traffic")
    add("--pictures", type=Path, help="where the flame graphs go")
    add("--json", type=Path, help="write the figures to this file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Sample, print, and write the figures where asked."""
    options = read_options(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    figures = describe("make flames", options, LIBRARIES)
    with tempfile.TemporaryDirectory() as name, cluster(Path(name) / "kafka"):
        folder = Path(name)
        stacks = folder / "stacks"
        stacks.mkdir()

        async def look(pids: Mapping[str, int]) -> None:
            own = {stage: pids[stage] for stage in STAGES}
            pictures = options.pictures or stacks
            figures["processes"] = await profile(own, options.seconds, stacks, pictures)

        went = asyncio.run(send(options.scale, options, folder, look))
    figures["berichten"] = went.fed.berichten
    print(json.dumps(figures, indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

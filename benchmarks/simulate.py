"""How fast `ibroker simulate` writes berichten to a zip.

    python benchmarks/simulate.py [--json FILE]

A year of 9,000 people, 2% bad, with the truth beside it, as the command itself does it,
over one process and two. `per_second` is by the clock, start of the command included,
the median of three; `us_cpu_each` by the CPU that the command took, with its pool.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from machine import machine

PEOPLE = 9_000
SEED = 1
ROUNDS = 3
LIBRARIES = ("ibroker", "lxml")


def run(jobs: int) -> dict[str, float]:
    """Write all of it once, and count what was written."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "verkeer.zip"
        begin = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "ibroker", "simulate", "--out", out),
                *("--personen", str(PEOPLE), "--seed", str(SEED), "--fout", "2%"),
                *("--jobs", str(jobs)),
            ],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = out.stat().st_size
        with out.with_suffix(".waarheid.jsonl").open("rb") as truth:
            count = sum(b'"gevolg"' in line for line in truth)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return {
        "berichten": count,
        "mb": size / 1e6,
        "per_second": count / seconds,
        "cpu_seconds": cpu,
    }


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    jobs: dict[str, dict[str, float]] = {}
    for number in (1, 2):
        runs = [run(number) for _ in range(ROUNDS)]
        rates = sorted(round(one["per_second"]) for one in runs)
        jobs[str(number)] = {
            "berichten": runs[0]["berichten"],
            "mb": round(runs[0]["mb"], 1),
            "per_second": median(rates),
            "slowest": rates[0],
            "fastest": rates[-1],
            "us_cpu_each": round(
                median(1e6 * one["cpu_seconds"] / one["berichten"] for one in runs), 1
            ),
        }
        print(f"{number} processes: {jobs[str(number)]}")
    figures = {
        "command": "make bench-simulate",
        "moment": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "versions": {name: version(name) for name in LIBRARIES},
        "seed": SEED,
        "people": PEOPLE,
        "load_average": round(os.getloadavg()[0], 1),
        "jobs": jobs,
    }
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

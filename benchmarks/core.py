"""What a verdict costs, beside what parsing and the XSD cost in the same run.

    python benchmarks/core.py [FOLDER ...] [--json FILE]

For each message type, in µs on one core: parsing alone, parsing and the XSD, the whole
verdict; the ratio is that of the last two. The berichten are those of our tests and of
the folders given, such as the official samples. Then a 323 that grows to 20,000
prestaties, the memory of one of 25 MB, and hostile ones of megabytes. Figures are the
best of several rounds, in which what is compared takes turns, so that what else the
machine does falls on all alike.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from declaratie import build_declaratie
from hostile import HostileCost, measure_hostile
from lxml import etree
from machine import machine

from ibroker.core.verdict import Standards, validate_bericht
from ibroker.standards import load_standards

SAMPLES = Path(__file__).parent.parent / "tests" / "berichten"
ROUNDS = 25
ROUND_SECONDS = 0.01  # of each of the three, in each round
GROWTH = (1_250, 2_500, 5_000, 10_000, 20_000)  # prestaties
LARGEST = 24_900_000  # bytes: just below the limit
PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one bericht costs, in µs."""

    bericht: str
    uitkomst: str
    size: int
    parse: float
    xsd: float
    verdict: float

    @property
    def ratio(self) -> float:
        """The verdict in terms of parsing and the XSD."""
        return self.verdict / self.xsd


def measure(name: str, data: bytes, standards: Standards, rounds: int = ROUNDS) -> Cost:
    """Measure one bericht that is valid for its XSD."""
    verdict = validate_bericht(data, standards)
    if verdict.berichttype is None:
        sys.exit(f"{name}: no berichttype")
    schema = etree.XMLSchema(
        _xsd(standards, verdict.berichttype.namespace).getroottree()
    )

    def parse() -> None:
        etree.fromstring(data, PARSER)

    def parse_and_xsd() -> None:
        schema.validate(etree.fromstring(data, PARSER))

    def judge() -> None:
        validate_bericht(data, standards)

    works = (parse, parse_and_xsd, judge)
    counts = [max(1, int(ROUND_SECONDS / _seconds(work, 1))) for work in works]
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, (work, count) in enumerate(zip(works, counts, strict=True)):
            best[place] = min(best[place], _seconds(work, count))
    return Cost(
        f"{verdict.berichttype.type} ({name})",
        str(verdict.uitkomst),
        len(data),
        *(round(seconds * 1e6, 1) for seconds in best),
    )


def _xsd(standards: Standards, namespace: str) -> etree._Element:
    """The XSD as anyone would load it: from the files, imports and all."""
    folder = Path(__file__).parent.parent / "schemas"
    for path in folder.rglob("*.xsd"):
        root = etree.parse(path).getroot()
        if root.get("targetNamespace") == namespace:
            return root
    sys.exit(f"no XSD for {namespace} ({len(standards.schemas.sources)} known)")


def _seconds(work: Callable[[], None], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - start) / count


def measure_folders(folders: list[Path], standards: Standards) -> Iterator[Cost]:
    """Measure each bericht that is valid for its XSD, in the order of its type."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*.xml"))]
    for path in paths:
        data = path.read_bytes()
        if validate_bericht(data, standards).niveau in (None, 2):
            yield measure(path.stem, data, standards)


def peak_memory(prestaties: int, clients: int) -> tuple[int, float]:
    """The size of a 323, and the memory at its peak in terms of that, message included.

    In a process of its own, over what that needed before it had the bericht.
    """
    command = [sys.executable, __file__, "--peak", str(prestaties), str(clients)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    size, peak = map(int, printed.split())
    return size, peak / size


def print_peak(prestaties: int, clients: int) -> None:
    """Judge one large 323 and print its size and what the memory grew, in bytes."""
    standards = load_standards()
    validate_bericht(build_declaratie(10, 2), standards)
    command = [sys.executable, __file__, "--write", str(prestaties), str(clients)]
    before = _high_water()
    with tempfile.TemporaryFile() as file:
        subprocess.run(command, check=True, stdout=file)
        file.seek(0)
        data = file.read()
    verdict = validate_bericht(data, standards)
    peak = _high_water()
    if verdict.niveau is not None:
        sys.exit(f"the large 323 should be valid: {verdict.fouten[:1]}")
    print(len(data), peak - before)


def _high_water() -> int:
    """The most memory that this program had so far, in bytes.

    Not ru_maxrss: that counts what the process was before it became this program.
    """
    status = Path("/proc/self/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def summary(
    costs: Iterable[Cost | HostileCost], digits: int
) -> dict[str, dict[str, float]]:
    """The ratios over all berichten, by uitkomst, in so many digits."""
    found: dict[str, list[float]] = {}
    for one in costs:
        found.setdefault(one.uitkomst, []).append(round(one.ratio, digits))
    return {
        uitkomst: {
            "berichten": len(ratios),
            "lowest": min(ratios),
            "median": round(median(ratios), digits),
            "highest": max(ratios),
        }
        for uitkomst, ratios in sorted(found.items(), reverse=True)
    }


def main(arguments: list[str]) -> None:
    """Measure, print a table, and write the figures where asked."""
    target = None
    if "--json" in arguments:
        place = arguments.index("--json")
        target = Path(arguments[place + 1])
        del arguments[place : place + 2]
    standards = load_standards()
    print(machine(), "\n")
    row = "{:34} {:9} {:>9} {:>9} {:>9} {:>9} {:>6}"
    print(row.format("bericht", "uitkomst", "bytes", "parse", "+ XSD", "verdict", "x"))
    costs = list(measure_folders([SAMPLES, *map(Path, arguments)], standards))
    for cost in sorted(costs, key=lambda one: one.bericht):
        _print(row, cost)
    print()
    growth = [
        measure(
            f"{count} prestaties", build_declaratie(count, count // 10), standards, 3
        )
        for count in GROWTH
    ]
    for cost in growth:
        _print(row, cost)
    per = len(build_declaratie(1000, 100)) / 1000
    count = int(LARGEST / per)
    memory = {
        shape: peak_memory(count, clients)
        for shape, clients in (("10 prestaties a client", count // 10), ("1 client", 1))
    }
    print()
    for shape, (size, times) in memory.items():
        print(f"323 of {size / 1e6:.1f} MB, {shape}: peak {times:.1f} times its size")
    print()
    hostile = []
    for one in measure_hostile(standards):
        hostile.append(one)
        print(f"{one.bericht[:34]:34} {one.uitkomst:9} {one.size:>9} {one.ratio:>6.2f}")
    if target is not None:
        figures = {
            "command": "make bench-core",
            "moment": datetime.now(UTC).isoformat(timespec="minutes"),
            "machine": machine(),
            "versions": {name: version(name) for name in ("ibroker", "lxml")},
            "seed": None,  # nothing is drawn
            "ratios": summary(costs, 2),
            "costs": [{**asdict(one), "ratio": round(one.ratio, 2)} for one in costs],
            "growth": [{**asdict(one), "ratio": round(one.ratio, 2)} for one in growth],
            "memory": {shape: round(times, 2) for shape, (_, times) in memory.items()},
            "hostile": summary(hostile, 3),
            "hostile_costs": [asdict(one) for one in hostile],
        }
        target.write_text(json.dumps(figures, indent=1) + "\n")


def _print(row: str, cost: Cost) -> None:
    print(
        row.format(
            cost.bericht,
            cost.uitkomst,
            cost.size,
            f"{cost.parse:.1f}",
            f"{cost.xsd:.1f}",
            f"{cost.verdict:.1f}",
            f"{cost.ratio:.2f}",
        )
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--peak", prestaties, clients]:
            print_peak(int(prestaties), int(clients))
        case ["--write", prestaties, clients]:
            sys.stdout.buffer.write(build_declaratie(int(prestaties), int(clients)))
        case arguments:
            main(arguments)

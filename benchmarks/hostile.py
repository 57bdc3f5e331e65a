"""What hostile berichten cost for each KB, beside a valid declaratie of some MB."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from declaratie import build_declaratie

from ibroker.core.verdict import Standards, validate_bericht
from tests.core.hostile_input import hostile_input
from tests.core.many import MANY

__all__ = ["HostileCost", "measure_hostile"]

PRESTATIES = 5_000  # of the valid one, some 5 MB
LEAST = 1_000_000  # bytes; what is smaller costs little, whatever it is
ROUNDS = 3
NOWHERE = "http://127.0.0.1:9/"  # what the berichten point at; nobody goes there


@dataclass(frozen=True, slots=True)
class HostileCost:
    """`verdict` is in µs for each KB; `ratio` is that over the valid one's."""

    bericht: str
    uitkomst: str
    size: int
    verdict: float
    ratio: float


def measure_hostile(standards: Standards) -> Iterator[HostileCost]:
    """Measure the large ones of our tests, in turns with the valid one."""
    valid = build_declaratie(PRESTATIES, PRESTATIES // 10)
    with tempfile.TemporaryDirectory() as folder:
        berichten = [
            *((one.name, one.make(one.times)) for one in MANY),
            *(
                (name, data)
                for name, _, make in hostile_input(Path(folder), NOWHERE)
                if len(data := make()) >= LEAST
            ),
        ]
    for name, data in berichten:
        uitkomst = str(validate_bericht(data, standards).uitkomst)
        best = usual = float("inf")
        for _ in range(ROUNDS):
            best = min(best, _us_a_kb(data, standards))
            usual = min(usual, _us_a_kb(valid, standards))
        yield HostileCost(
            name, uitkomst, len(data), round(best, 2), round(best / usual, 3)
        )


def _us_a_kb(data: bytes, standards: Standards) -> float:
    start = time.perf_counter()
    validate_bericht(data, standards)
    return (time.perf_counter() - start) * 1e6 / (len(data) / 1000)

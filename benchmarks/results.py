"""What the benchmark of the router found: as figures, and as a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Final

from drain import Drained
from latency import Latency

__all__ = ["TROUBLED", "Results", "medians", "print_summary", "summary"]

TROUBLED: Final = 0.3  # cores: with so much going on besides, figures are provisional
ROW: Final = "{:22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8}"


@dataclass(frozen=True, slots=True)
class Results:
    """What each contender gave: once cold, and in every round after that."""

    cold: dict[str, Drained] = field(default_factory=dict)
    warm: dict[str, list[Drained]] = field(default_factory=dict)
    latencies: dict[str, list[Latency]] = field(default_factory=dict)


def summary(results: Results) -> dict[str, Any]:
    """The figures by contender, medians first, and the ratios that matter."""
    rates = {
        name: median(one.per_second for one in runs)
        for name, runs in results.warm.items()
    }
    return {
        "warm": {name: medians(runs) for name, runs in results.warm.items()},
        "cold": {
            name: {key: round(value, 2) for key, value in asdict(one).items()}
            for name, one in results.cold.items()
        },
        "latency": {
            name: {
                key: round(median(getattr(one, key) for one in runs), 1)
                for key in ("p50", "p90", "p99", "p999", "highest")
            }
            | {
                "p99_runs": [round(one.p99, 1) for one in runs],
                "cores": {
                    key: round(median(asdict(one.cores)[key] for one in runs), 2)
                    for key in asdict(runs[0].cores)
                },
            }
            for name, runs in results.latencies.items()
        },
        "ratios": {
            f"{one} / {other}": round(rates[one] / rates[other], 2)
            for one in rates
            for other in ("streams", "bare", "bare-xsd", "ibroker")
            if one.startswith("ibroker") and other in rates and one != other
        },
    }


def medians(runs: Sequence[Drained]) -> dict[str, Any]:
    """The medians of several runs, and the speed of each."""
    return {
        key: round(median(asdict(one)[key] for one in runs), 2)
        for key in asdict(runs[0])
    } | {"runs": [round(one.per_second) for one in runs]}


def print_summary(figures: dict[str, Any]) -> None:
    """Print the medians as a table."""
    print()
    head = ("msg/s", "cold", "µs CPU", "broker", "MB", "others")
    print(ROW.format("backlog, warm", *head))
    for name, row in figures["warm"].items():
        cold = figures["cold"][name]["per_second"]
        print(
            ROW.format(
                *(name, f"{row['per_second']:,.0f}", f"{cold:,.0f}"),
                *(f"{row[key]:.0f}" for key in ("cpu", "broker_cpu", "memory")),
                f"{row['others']:.2f}",
            )
        )
    for name, ratio in figures["ratios"].items():
        print(f"{name}: {ratio:.2f}")
    for name, row in figures["latency"].items():
        shares = ", ".join(f"{key} {row[key]:.0f} ms" for key in ("p50", "p99", "p999"))
        print(f"{name} under a steady load: {shares}")
    troubled = max((row["others"] for row in figures["warm"].values()), default=0)
    if troubled > TROUBLED:
        print(f"Provisional: {troubled:.1f} cores were busy with something else.")

"""What a process said of itself at one moment: samples, by name and labels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

from prometheus_client.parser import text_string_to_metric_families

__all__ = ["Meting", "Sample", "parse_metrics"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at that moment: `labels` are without `instance`."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Meting:
    """What the process `naam` at `adres` said at `moment` (seconds since 1970).

    Where it did not answer, `waarom` says why and there are no samples.
    """

    naam: str
    adres: str
    moment: float
    samples: tuple[Sample, ...] = field(default=(), repr=False)
    waarom: str | None = None

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        """Give the series of that name with these labels among theirs."""
        for one in self.samples:
            if one.name == name and labels.items() <= one.labels.items():
                yield one

    def total(self, name: str, **labels: str) -> float | None:
        """Add those series up; None where there is none."""
        found = [one.value for one in self.of(name, **labels)]
        return sum(found) if found else None


def parse_metrics(text: str) -> tuple[Sample, ...]:
    """Read the text format of Prometheus.

    Raises ValueError where it is none. What is no number (NaN, infinite) is left out.
    """
    try:
        return tuple(_samples(text))
    except (IndexError, KeyError) as error:  # the parser raises these as well
        raise ValueError("not the text format of Prometheus") from error


def _samples(text: str) -> Iterable[Sample]:
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if isfinite(one.value):
                yield Sample(one.name, dict(one.labels), float(one.value))

"""What became of records, by kind: of this process, and of each partition ever.

The first is what this process committed since it began. The second is kept in the state
of the partition, so it is exact whatever happened to processes: over all processes,
the greatest of each series, then their sum, is what was ever committed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ibroker.core.record import Handled
from ibroker.kafka.meter import Counted, Kind
from ibroker.metrics.kinds import Kinds

__all__ = ["KeptOutcomes", "Outcomes"]

_LABELS = ("uitkomst", "berichttype", "versie")


class Outcomes:
    """Counts what this process committed."""

    def __init__(self, kinds: Kinds, registry: prometheus.CollectorRegistry) -> None:
        self._kinds = kinds
        self._series: dict[Kind, prometheus.Counter] = {}
        self._counter = prometheus.Counter(
            "ibroker_outcomes_total",
            "What became of each record, or came of time alone, committed.",
            _LABELS,
            registry=registry,
        )
        # Show each series from the start: else its first count is no increase.
        for uitkomst in kinds.uitkomsten:
            for berichttype in (None, *kinds.versies):
                self._series_of((uitkomst, berichttype))

    def count(self, handled: Sequence[Handled]) -> None:
        """Count what was committed."""
        for kind, count in Counter(map(self._kinds.of, handled)).items():
            # Looking for labels takes long.
            (self._series.get(kind) or self._series_of(kind)).inc(count)

    def _series_of(self, kind: Kind) -> prometheus.Counter:
        series = self._counter.labels(*self._kinds.label(*kind))
        self._series[kind] = series
        return series


class KeptOutcomes(Collector):
    """Shows what the partitions of this process ever came to."""

    def __init__(self, kinds: Kinds, registry: prometheus.CollectorRegistry) -> None:
        self._kinds = kinds
        self._ours: frozenset[int] = frozenset()
        self._totals: Mapping[int, Mapping[Kind, int]] = {}
        registry.register(self)

    def hold(self, partitions: frozenset[int]) -> None:
        """Show these from now on, as soon as their totals are known."""
        self._ours = partitions
        self._totals = {
            one: totals for one, totals in self._totals.items() if one in partitions
        }

    def keep(self, counted: Counted) -> None:
        """Take notice of totals, unless the partition is another's by now."""
        if counted.partition in self._ours:
            # A new mapping each time, since it is read in other threads.
            self._totals = {**self._totals, counted.partition: counted.totals}

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Give them as they are now."""
        family = CounterMetricFamily(
            "ibroker_outcomes_kept",
            "What each partition ever came to, whoever owned it; kept in its state.",
            labels=(*_LABELS, "partition"),
        )
        for partition, totals in sorted(self._totals.items()):
            found: Counter[tuple[str, str, str]] = Counter()
            for kind, count in totals.items():
                found[self._kinds.label(*kind)] += count
            for labels, count in found.items():
                family.add_metric((*labels, str(partition)), count)
        yield family

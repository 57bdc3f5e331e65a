"""A histogram that takes the values of a batch at once.

The one of the client takes each by itself, which costs more than some of what is
measured here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from threading import Lock

import prometheus_client as prometheus
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

__all__ = ["BatchHistogram"]


class BatchHistogram(Collector):
    """Counts values in buckets; `bounds` are their upper bounds, rising."""

    def __init__(
        self,
        name: str,
        documentation: str,
        bounds: Sequence[float],
        registry: prometheus.CollectorRegistry,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = bounds
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = Lock()
        registry.register(self)

    def observe(self, values: Iterable[float]) -> None:
        """Count values; one below zero, as two clocks may give, counts as zero."""
        ordered = sorted(values)
        negative = bisect_right(ordered, 0.0)
        below = [bisect_right(ordered, bound) for bound in self._bounds]
        with self._lock:
            begin = 0
            for number, end in enumerate((*below, len(ordered))):
                self._counts[number] += end - begin
                begin = end
            self._sum += sum(ordered[negative:])

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Give them as they are now."""
        with self._lock:
            counts, total = tuple(self._counts), self._sum
        buckets = list(zip(self._names, map(float, accumulate(counts)), strict=True))
        family = HistogramMetricFamily(self._name, self._documentation)
        family.add_metric([], buckets, total)
        yield family

"""What goes out, by where it goes."""

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

import prometheus_client as prometheus

from ibroker.core.bestemming import Bestemmingen
from ibroker.core.record import Outgoing

__all__ = ["Output"]

_topic_of = attrgetter("topic")


class Output:
    """Counts the records that this process committed."""

    def __init__(
        self, bestemmingen: Bestemmingen, registry: prometheus.CollectorRegistry
    ) -> None:
        self._bestemmingen = bestemmingen
        self._series: dict[str, prometheus.Counter] = {}
        self._counter = prometheus.Counter(
            "ibroker_records_out_total",
            "Records that were written and committed, without changes of state.",
            ["bestemming"],
            registry=registry,
        )
        for word in bestemmingen.words:
            self._counter.labels(word)

    def count(self, written: Sequence[Outgoing]) -> None:
        """Count what was committed."""
        for topic, count in Counter(map(_topic_of, written)).items():
            (self._series.get(topic) or self._series_of(topic)).inc(count)

    def _series_of(self, topic: str) -> prometheus.Counter:
        series = self._counter.labels(self._bestemmingen.word_for(topic))
        self._series[topic] = series
        return series

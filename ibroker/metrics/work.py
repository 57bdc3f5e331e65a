"""What route and wlz tell of their work: the `Meter` that Prometheus reads.

What is counted is committed; a process that is killed after a commit and before it
counted, or that hears nothing of its commit, counts less than the log has.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import prometheus_client as prometheus

from ibroker.core.record import Handled
from ibroker.kafka.meter import (
    Assigned,
    Committed,
    Notice,
    Restarted,
    Revoked,
    Taken,
    Undone,
)
from ibroker.metrics.kinds import Kind, Kinds
from ibroker.metrics.registry import begin_registry, metrics_app

__all__ = ["PrometheusMeter"]

_RECORDS: Final = (1, 10, 100, 500, 1000, 2000)
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_ENDS: Final = ("committed", "aborted", "fenced")
_MS: Final = 1000


class PrometheusMeter:
    """The meter of one process, such as `route`; it has a registry of its own.

    `clock` is the time in seconds since 1970.
    """

    def __init__(
        self, process: str, kinds: Kinds, clock: Callable[[], float] = time.time
    ) -> None:
        self._kinds = kinds
        self._clock = clock
        self._under_way: dict[int, Taken] = {}
        self._known: dict[Kind, prometheus.Counter] = {}
        self.registry = registry = begin_registry(process)
        self._records = prometheus.Counter(
            "ibroker_records_in_total",
            "Records taken in and done with: what became of them is committed.",
            registry=registry,
        )
        self._outcomes = prometheus.Counter(
            "ibroker_outcomes_total",
            "What became of each record, committed; their sum is the records in.",
            ["uitkomst", "berichttype", "versie"],
            registry=registry,
        )
        self._batches = prometheus.Histogram(
            "ibroker_batch_records",
            "Records in a batch, which is what one transaction holds.",
            buckets=_RECORDS,
            registry=registry,
        )
        ends = prometheus.Counter(
            "ibroker_transactions_total",
            "Transactions by how they ended; an aborted or fenced one is done again.",
            ["result"],
            registry=registry,
        )
        self._ends = {end: ends.labels(end) for end in _ENDS}
        self._seconds = prometheus.Histogram(
            "ibroker_transaction_seconds",
            "Time of a committed transaction, from its begin until the commit.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._restarts = prometheus.Counter(
            "ibroker_lane_restarts_total",
            "Times that a partition began anew from its last commit.",
            registry=registry,
        )
        self._assignments = prometheus.Counter(
            "ibroker_assignments_total",
            "Times that the group was divided and this process got its share.",
            registry=registry,
        )
        self._partitions = prometheus.Gauge(
            "ibroker_partitions_assigned",
            "Partitions that are of this process.",
            registry=registry,
        )
        self._commit = prometheus.Gauge(
            "ibroker_last_commit_timestamp_seconds",
            "When a transaction was last committed; 0 where none was yet.",
            registry=registry,
        )
        prometheus.Gauge(
            "ibroker_records_in_progress",
            "Records taken in of which nothing is committed yet.",
            registry=registry,
        ).set_function(self._in_progress)
        prometheus.Gauge(
            "ibroker_oldest_unprocessed_age_seconds",
            "Time since the broker took in the oldest of those records; 0 without any.",
            registry=registry,
        ).set_function(self._oldest_age)
        self._begin_at_zero()

    def tell(self, notice: Notice) -> None:
        """See `Meter.tell`."""
        match notice:
            case Taken(partition):
                self._under_way[partition] = notice
            case Committed(partition, handled, seconds):
                self._under_way.pop(partition, None)
                self._count(handled, seconds)
            case Undone(_, fenced):
                self._ends["fenced" if fenced else "aborted"].inc()
            case Restarted():
                self._restarts.inc()
            case Assigned(partitions):
                self._assignments.inc()
                self._hold(len(partitions))
            case Revoked():
                self._hold(0)

    @property
    def app(self) -> Callable[..., Any]:
        """The WSGI application that gives them, in the form that is asked for."""
        return metrics_app(self.registry)

    def _count(self, handled: Sequence[Handled], seconds: float) -> None:
        self._records.inc(len(handled))
        for kind, count in Counter(map(self._kinds.of, handled)).items():
            self._outcome(kind).inc(count)
        self._batches.observe(len(handled))
        self._ends["committed"].inc()
        self._seconds.observe(seconds)
        self._commit.set(self._clock())

    def _hold(self, partitions: int) -> None:
        self._under_way.clear()
        self._partitions.set(partitions)

    def _in_progress(self) -> float:
        return sum(taken.records for taken in tuple(self._under_way.values()))

    def _oldest_age(self) -> float:
        times = [taken.timestamp for taken in tuple(self._under_way.values())]
        # The clock of the broker may be ahead of ours.
        return max(0.0, self._clock() - min(times) / _MS) if times else 0.0

    def _begin_at_zero(self) -> None:
        """Show each series from the start: else its first count is no increase."""
        for uitkomst in self._kinds.uitkomsten:
            for berichttype in (None, *self._kinds.versies):
                self._known[uitkomst, berichttype] = self._series(uitkomst, berichttype)

    def _outcome(self, kind: Kind) -> prometheus.Counter:
        """The series of a kind, without its labels: looking for those takes long."""
        known = self._known.get(kind)
        return self._series(*kind) if known is None else known

    def _series(self, uitkomst: str, berichttype: str | None) -> prometheus.Counter:
        return self._outcomes.labels(*self._kinds.label(uitkomst, berichttype))

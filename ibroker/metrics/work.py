"""What route and wlz tell of their work: the `Meter` that Prometheus reads.

What is counted is committed; a process that is killed after a commit and before it
counted, or that hears nothing of its commit, counts less than the log has.
"""

import time
from collections.abc import Callable
from itertools import compress
from typing import Any, Final

import prometheus_client as prometheus

from ibroker.kafka.meter import (
    Assigned,
    Committed,
    Counted,
    Notice,
    Restarted,
    Restoring,
    Revoked,
    Stored,
    Taken,
    Undone,
    Woken,
)
from ibroker.metrics.heartbeat import Heartbeat
from ibroker.metrics.histogram import BatchHistogram
from ibroker.metrics.kinds import Kinds
from ibroker.metrics.outcomes import KeptOutcomes, Outcomes
from ibroker.metrics.output import Output
from ibroker.metrics.registry import begin_registry, metrics_app
from ibroker.metrics.restores import Restores

__all__ = ["PrometheusMeter"]

_RECORDS: Final = (1, 10, 100, 500, 1000, 2000)
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_VERDICT: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1, 1, 10)
_END_TO_END: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600)
_ENDS: Final = ("committed", "aborted", "fenced")
_MS: Final = 1000


class PrometheusMeter:
    """The meter of one process, such as `route`; it has a registry of its own.

    `clock` is the time in seconds since 1970.
    """

    def __init__(
        self, process: str, kinds: Kinds, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._kinds = kinds
        self._under_way: dict[int, Taken] = {}
        self.registry = registry = begin_registry(process)
        self._outcomes = Outcomes(kinds, registry)
        self._kept = KeptOutcomes(kinds, registry)
        self._output = Output(kinds.bestemmingen, registry)
        self._heartbeat = Heartbeat(registry)
        self._restores = Restores(registry, clock)
        self._records = prometheus.Counter(
            "ibroker_records_in_total",
            "Records taken in and done with: what became of them is committed.",
            registry=registry,
        )
        self._due = prometheus.Counter(
            "ibroker_outcomes_due_total",
            "Outcomes that came of time alone; the others are of the records in.",
            registry=registry,
        )
        self._judged = BatchHistogram(
            "ibroker_verdict_seconds",
            "Time to make the outcome of one record, heartbeats left out.",
            _VERDICT,
            registry,
        )
        self._end_to_end = BatchHistogram(
            "ibroker_end_to_end_seconds",
            "From when the broker took a record in until its outcome was committed; "
            "heartbeats left out.",
            _END_TO_END,
            registry,
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

    def tell(self, notice: Notice) -> None:  # noqa: C901 - one case a notice
        """See `Meter.tell`."""
        match notice:
            case Taken(partition):
                self._under_way[partition] = notice
            case Committed():
                self._count(notice)
            case Woken():
                self._due.inc(len(notice.handled))
                self._note(notice)
            case Undone(_, fenced):
                self._ends["fenced" if fenced else "aborted"].inc()
            case Restarted(partition):
                self._restarts.inc()
                self._restores.forget(partition)
            case Assigned(partitions):
                self._assignments.inc()
                self._hold(partitions)
            case Revoked():
                self._hold(frozenset())
            case Restoring():
                self._restores.see(notice)
            case Counted():
                self._kept.keep(notice)
            case Stored(size):
                self._restores.find_size(size)

    @property
    def app(self) -> Callable[..., Any]:
        """The WSGI application that gives them, in the form that is asked for."""
        return metrics_app(self.registry)

    def _count(self, notice: Committed) -> None:
        self._under_way.pop(notice.partition, None)
        self._records.inc(len(notice.batch))
        self._batches.observe(len(notice.batch))
        beats = [self._kinds.is_hartslag(one) for one in notice.handled]
        post = [not beat for beat in beats]
        self._judged.observe(compress(notice.judged, post))
        now = self._clock()
        self._end_to_end.observe(
            now - one.timestamp / _MS for one in compress(notice.batch, post)
        )
        for one in compress(notice.handled, beats):
            self._heartbeat.see_in(one.outgoing)
        self._note(notice)

    def _note(self, notice: Committed | Woken) -> None:
        """Count what came of a transaction, whatever it was for."""
        self._outcomes.count(notice.handled)
        self._output.count(notice.written)
        self._ends["committed"].inc()
        self._seconds.observe(notice.seconds)
        self._commit.set(self._clock())

    def _hold(self, partitions: frozenset[int]) -> None:
        self._under_way.clear()
        self._restores.clear()
        self._kept.hold(partitions)
        self._partitions.set(len(partitions))

    def _in_progress(self) -> float:
        return sum(taken.records for taken in tuple(self._under_way.values()))

    def _oldest_age(self) -> float:
        times = [taken.timestamp for taken in tuple(self._under_way.values())]
        # The clock of the broker may be ahead of ours.
        return max(0.0, self._clock() - min(times) / _MS) if times else 0.0

"""What the exporter shows of the chain as a whole.

All times are kept as moments, so that an age grows from one scrape to the next, also
where the cluster is away and nothing is heard of it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ibroker.exporter.backlog import Backlog
from ibroker.exporter.heartbeats import STAGES, Heartbeats
from ibroker.exporter.port import Condition
from ibroker.exporter.survey import Backlogs
from ibroker.metrics.registry import begin_registry, metrics_app

__all__ = ["ExporterMetrics"]

_MS: Final = 1000
_Family = GaugeMetricFamily | CounterMetricFamily
_POSTVAK: Final = (
    "not fetched by its party yet. Counted from the committed offset to the last one "
    "that may be read, without the last mark of a transaction; marks between count."
)


class ExporterMetrics(Collector):
    """The metrics of the exporter process; it has a registry of its own.

    What it shows is set by the exporter, in its event loop, and read in other threads:
    each is one value that is never changed. `clock` is in seconds since 1970.
    """

    def __init__(
        self, heartbeats: Heartbeats, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._hartslagen = heartbeats
        self._backlogs: Backlogs | None = None
        self._condition: Condition | None = None
        self._certificates: Mapping[str, float] = {}
        registry = begin_registry("exporter")
        rounds = prometheus.Counter(
            "ibroker_exporter_rounds_total",
            "Rounds over the cluster by how they ended; failed: some of it is old.",
            ["result"],
            registry=registry,
        )
        self._rounds = {result: rounds.labels(result) for result in ("ok", "failed")}
        self._last_round = prometheus.Gauge(
            "ibroker_exporter_last_round_timestamp_seconds",
            "When a round last ended well; 0 where none did yet.",
            registry=registry,
        )
        registry.register(self)
        self.registry = registry

    @property
    def app(self) -> Callable[..., Any]:
        """The WSGI application that gives them, in the form that is asked for."""
        return metrics_app(self.registry)

    def show_condition(self, condition: Condition | None) -> None:
        """Show how the cluster is; None: it is away."""
        self._condition = condition

    def show_certificates(self, ends: Mapping[str, float]) -> None:
        """Show when each kind of certificate ends, in seconds since 1970."""
        self._certificates = ends

    def end_round(self, backlogs: Backlogs | None) -> None:
        """Show what a round saw; None: it failed, and what was seen before stays."""
        self._rounds["failed" if backlogs is None else "ok"].inc()
        if backlogs is not None:
            self._backlogs = backlogs
            self._last_round.set(self._clock())

    def collect(self) -> Iterable[_Family]:
        """Give all of it, as it is now."""
        yield from self._of_condition()
        if self._certificates:
            yield _gauge(
                "ibroker_certificate_expiry_timestamp_seconds",
                "When the first certificate of a kind ends; only with TLS.",
                "certificate",
                self._certificates,
            )
        yield from self._of_heartbeats()
        if self._backlogs is not None:
            yield from self._of_backlogs(self._backlogs)

    def _of_backlogs(self, backlogs: Backlogs) -> Iterator[_Family]:
        now = self._clock()
        yield _gauge(
            "ibroker_postvak_depth_records",
            f"Records {_POSTVAK} Of all zorgaanbieders together: what none of them "
            "came past.",
            "ontvanger",
            {name: one.records for name, one in backlogs.postvakken.items()},
        )
        yield _gauge(
            "ibroker_postvak_oldest_age_seconds",
            "Age of the first record that its party did not fetch, to 1 s or 2 %; "
            "0 where there is none.",
            "ontvanger",
            _ages(backlogs.postvakken, now),
        )
        yield _gauge(
            "ibroker_group_lag_records",
            "Records that a process of ours did not do yet, counted as for a postvak.",
            "group",
            {name: one.records for name, one in backlogs.groups.items()},
        )
        yield _gauge(
            "ibroker_group_oldest_age_seconds",
            "Age of the first record that a process of ours did not do, to 1 s or 2 %; "
            "0 where there is none.",
            "group",
            _ages(backlogs.groups, now),
        )
        yield GaugeMetricFamily(
            "ibroker_deadletters_records",
            "Records now on the topic of what could not be delivered, put back or not; "
            "marks of transactions between them count.",
            backlogs.deadletters,
        )

    def _of_heartbeats(self) -> Iterator[_Family]:
        now = self._clock()
        yield CounterMetricFamily(
            "ibroker_heartbeats_sent",
            "Heartbeats that the brokers took.",
            self._hartslagen.handed_in,
        )
        yield _gauge(
            "ibroker_heartbeat_age_seconds",
            "Since the newest heartbeat that came through a stage was sent, or since "
            "this process began where none came yet.",
            "stage",
            {stage: self._hartslagen.age(stage, now) for stage in STAGES},
        )
        yield _gauge(
            "ibroker_heartbeat_outstanding_seconds",
            "Since the oldest heartbeat that did not come through a stage was sent; "
            "0 where all did.",
            "stage",
            {stage: self._hartslagen.outstanding(stage, now) for stage in STAGES},
        )

    def _of_condition(self) -> Iterator[_Family]:
        condition = self._condition
        yield GaugeMetricFamily(
            "ibroker_brokers_online",
            "Brokers that take part; 0 where the cluster is away.",
            0 if condition is None else len(condition.brokers),
        )
        yield GaugeMetricFamily(
            "ibroker_controller_known",
            "1 where a controller leads, 0 where none does or the cluster is away.",
            0 if condition is None else int(condition.has_controller),
        )
        if condition is None:
            return
        yield GaugeMetricFamily(
            "ibroker_partitions_offline",
            "Partitions without a leader: nobody reads or writes them.",
            condition.offline,
        )
        yield GaugeMetricFamily(
            "ibroker_partitions_under_replicated",
            "Partitions with fewer copies in sync than they have.",
            condition.under_replicated,
        )
        yield GaugeMetricFamily(
            "ibroker_partitions_under_min_isr",
            "Partitions with fewer copies in sync than a write needs: it waits.",
            condition.under_min_isr,
        )
        disks = {str(broker): disk for broker, disk in condition.disks.items()}
        yield _gauge(
            "ibroker_broker_disk_total_bytes",
            "Size of the disks with the logs of a broker.",
            "broker",
            {broker: disk.total for broker, disk in disks.items()},
        )
        yield _gauge(
            "ibroker_broker_disk_usable_bytes",
            "What is left on the disks with the logs of a broker.",
            "broker",
            {broker: disk.usable for broker, disk in disks.items()},
        )


def _ages(found: Mapping[str, Backlog], now: float) -> Mapping[str, float]:
    return {
        # The clock of the broker may be ahead of ours.
        name: 0.0 if one.since is None else max(0.0, now - one.since / _MS)
        for name, one in found.items()
    }


def _gauge(
    name: str, text: str, label: str, values: Mapping[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family

"""What the watch on open answers shows: clocks by type, never a party or a bericht."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ibroker.kafka.meter import Notice
from ibroker.metrics.heartbeat import Heartbeat
from ibroker.metrics.kinds import UNKNOWN
from ibroker.metrics.registry import begin_registry, metrics_app

__all__ = ["Klokstanden", "WatchMeter"]

_Soort = tuple[str, str]  # antwoord and berichttype


class Klokstanden(Protocol):
    """How many clocks run now, and of how many the last day has passed."""

    def open(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Give both, by antwoord and berichttype; asked in any thread."""
        ...


class WatchMeter:
    """The meter of the watch; it has a registry of its own.

    `kinds` are all pairs of antwoord and berichttype that there can be, so that each
    shows from the start; `berichttypen` those of the catalogue.
    """

    def __init__(
        self,
        kinds: Iterable[_Soort],
        berichttypen: Iterable[str],
        resultaten: Iterable[str],
    ) -> None:
        self.registry = registry = begin_registry("watch")
        self._berichttypen: Final = frozenset(berichttypen)
        self._kinds = tuple(kinds)
        self._events = prometheus.Counter(
            "ibroker_watch_events_total",
            "Events of post taken in for the first time.",
            registry=registry,
        )
        self._last = prometheus.Gauge(
            "ibroker_last_event_timestamp_seconds",
            "When the newest bericht came in of which an event was seen; 0: none.",
            registry=registry,
        )
        self._answers = prometheus.Counter(
            "ibroker_answers_total",
            "Answers that came, by whether they were in time.",
            ["antwoord", "berichttype", "result"],
            registry=registry,
        )
        for kind in self._kinds:
            for result in resultaten:
                self._answers.labels(*kind, result)
        self._rejects = prometheus.Counter(
            "ibroker_rejects_total",
            "Berichten turned down, by each rule that they break.",
            ["regel", "berichttype"],
            registry=registry,
        )
        self._heartbeat = Heartbeat(registry)
        self._newest = 0.0

    def show(self, standen: Klokstanden) -> None:
        """Show from now on how many clocks run; once for each meter."""
        self.registry.register(_Standen(standen, self._kinds))

    def see(self, moment: float, kenmerk: str | None) -> None:
        """Take notice of an event, also again: of what came in at a moment.

        That is in seconds since 1970; `kenmerk` is what its sender called it.
        """
        self._heartbeat.see(kenmerk)
        if moment > self._newest:
            self._newest = moment
            self._last.set(moment)

    def event(self) -> None:
        """Count an event of post."""
        self._events.inc()

    def reject(self, regel: str, berichttype: str | None) -> None:
        """Count a bericht that is turned down by a rule."""
        known = berichttype in self._berichttypen
        label = berichttype if known and berichttype is not None else UNKNOWN
        self._rejects.labels(regel, label).inc()

    def answer(self, antwoord: str, berichttype: str, result: str) -> None:
        """Count an answer that came."""
        self._answers.labels(antwoord, berichttype, result).inc()

    def tell(self, notice: Notice) -> None:
        """See `Meter.tell`; health is for the probes."""

    @property
    def app(self) -> Callable[..., Any]:
        """The WSGI application that gives them, in the form that is asked for."""
        return metrics_app(self.registry)


class _Standen(Collector):
    def __init__(self, standen: Klokstanden, kinds: Iterable[_Soort]) -> None:
        self._standen = standen
        self._kinds = tuple(kinds)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Give them as they are now."""
        found = self._standen.open()
        labels = ["antwoord", "berichttype"]
        running = GaugeMetricFamily(
            "ibroker_answers_open", "Answers that are waited for.", labels=labels
        )
        overdue = GaugeMetricFamily(
            "ibroker_answers_overdue",
            "Of those, the ones whose last day has passed.",
            labels=labels,
        )
        for kind in self._kinds:
            number, late = found.get(kind, (0, 0))
            running.add_metric(kind, number)
            overdue.add_metric(kind, late)
        yield running
        yield overdue

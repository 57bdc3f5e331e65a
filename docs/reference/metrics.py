"""The metrics of each process, from the registries that the processes themselves make.

Each registry is given one of everything that has labels: a client of Prometheus shows
the labels of what there is, and of nothing else.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Metric

from docs.markdown import code, plain, table
from ibroker.exporter.backlog import Backlog
from ibroker.exporter.heartbeats import Heartbeats
from ibroker.exporter.port import Condition, Disk
from ibroker.exporter.survey import Backlogs
from ibroker.kafka.meter import Assigned, Counted
from ibroker.metrics import PrometheusMeter
from ibroker.metrics.exporter import ExporterMetrics
from ibroker.metrics.watch import WatchMeter
from ibroker.routing import router_kinds
from ibroker.settings import Settings
from ibroker.wlz import wlz_kinds

__all__ = ["registries", "render"]

_OF_PYTHON: Final = ("process_", "python_")
_OF_BUCKETS: Final = "le"


def registries() -> Mapping[str, CollectorRegistry]:
    """Make the registry of each process, by the command that runs it."""
    settings = Settings()
    route = PrometheusMeter("route", router_kinds(settings))
    wlz = PrometheusMeter("wlz", wlz_kinds(settings))
    for meter in (route, wlz):
        meter.tell(Assigned(frozenset({0})))
        meter.tell(Counted(0, {("bezorgd", None): 1}))
    exporter = ExporterMetrics(Heartbeats(0), lambda: 0.0)
    disks = {1: Disk(2, 1)}
    exporter.show_condition(Condition(frozenset({1}), True, 0, 0, 0, disks, {}))
    exporter.show_certificates({"client": 0.0})
    one = {"0344": Backlog(0, None)}
    exporter.end_round(Backlogs(one, one, 0))
    watch = WatchMeter([("retour", "301")], [], ["op tijd"])
    watch.show(_Stil())
    watch.reject("TR006", None)
    return {
        "route": route.registry,
        "wlz": wlz.registry,
        "exporter": exporter.registry,
        "watch": watch.registry,
    }


def render() -> str:
    """Write each metric once, with the processes that have it."""
    found: dict[str, tuple[Metric, list[str]]] = {}
    for process, registry in registries().items():
        for metric in _own(registry):
            found.setdefault(_name(metric), (metric, []))[1].append(process)
    return table(
        ("metric", "kind", "labels", "of", "what it tells"),
        (
            (
                code(name),
                metric.type,
                ", ".join(map(code, _labels(metric))),
                ", ".join(processes),
                plain(metric.documentation),
            )
            for name, (metric, processes) in sorted(found.items())
        ),
    )


class _Stil:
    """No clock runs."""

    def open(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """See `Klokstanden.open`."""
        return {}


def _own(registry: CollectorRegistry) -> Iterator[Metric]:
    for metric in registry.collect():
        if not metric.name.startswith(_OF_PYTHON):
            yield metric


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _labels(metric: Metric) -> list[str]:
    names = {name for sample in metric.samples for name in sample.labels}
    return sorted(names - {_OF_BUCKETS})

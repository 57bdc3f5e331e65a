"""The registry of one process: what is the same in each, and what gives it all.

A process begins one with `begin_registry`, adds its own metrics to it by a module of
this package, and serves `metrics_app` of it at /metrics.
"""

import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ibroker.log import warnings_counted

__all__ = ["begin_registry", "metrics_app"]


def begin_registry(process: str) -> prometheus.CollectorRegistry:
    """Begin the registry of a process, such as `route`, with what each process has.

    That is Python's and the process's own figures, what it is, and its warnings.
    """
    registry = prometheus.CollectorRegistry()
    # Each counter would have a second series that says when it began.
    prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
    prometheus.ProcessCollector(registry=registry)
    prometheus.PlatformCollector(registry=registry)
    prometheus.GCCollector(registry=registry)
    prometheus.Gauge(
        "ibroker_build_info",
        "Version of ibroker and which of its processes this is; always 1.",
        ["process", "version", "python"],
        registry=registry,
    ).labels(process, version("ibroker"), platform.python_version()).set(1)
    registry.register(_Warnings())
    return registry


def metrics_app(registry: prometheus.CollectorRegistry) -> Callable[..., Any]:
    """Give the WSGI application of a registry, in the form that is asked for."""
    found: Callable[..., Any] = prometheus.make_wsgi_app(registry)
    return found


class _Warnings(Collector):
    """Every warning and error that this process logged, by the name of its event."""

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Give them as they are now."""
        family = CounterMetricFamily(
            "ibroker_warnings",
            "Warnings and errors that were logged, by the name of their event.",
            labels=["event"],
        )
        for event, count in warnings_counted().items():
            family.add_metric([event], count)
        yield family

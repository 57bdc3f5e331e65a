"""All metrics of all processes, as Prometheus reads them; one subject a module.

Labels are bounded: what a process makes of a bericht, and the types and versions of
the catalogue. Never a person, a zorgaanbieder or a message.
"""

from ibroker.metrics.heartbeat import Heartbeat
from ibroker.metrics.kinds import Kinds
from ibroker.metrics.registry import begin_registry, metrics_app
from ibroker.metrics.work import PrometheusMeter

__all__ = ["Heartbeat", "Kinds", "PrometheusMeter", "begin_registry", "metrics_app"]

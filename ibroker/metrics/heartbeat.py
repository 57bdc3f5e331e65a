"""When the newest heartbeat was sent that came through a process, by its kenmerk."""

from collections.abc import Sequence

import prometheus_client as prometheus

from ibroker.core.hartslag import sent_at
from ibroker.core.record import Outgoing

__all__ = ["Heartbeat"]


class Heartbeat:
    """Shows when the newest heartbeat that came through this process was sent."""

    def __init__(self, registry: prometheus.CollectorRegistry) -> None:
        self._newest = 0.0
        self._gauge = prometheus.Gauge(
            "ibroker_heartbeat_timestamp_seconds",
            "When the newest heartbeat that this process committed was sent; 0: none.",
            registry=registry,
        )

    def see(self, kenmerk: str | None) -> None:
        """Take notice of a heartbeat that was committed, by its kenmerk."""
        moment = sent_at(kenmerk)
        if moment is not None and moment > self._newest:
            self._newest = moment
            self._gauge.set(moment)

    def see_in(self, outgoing: Sequence[Outgoing]) -> None:
        """Take notice of one by what came of it."""
        for one in outgoing:
            for name, value in one.headers:
                if name == "kenmerk" and value is not None:
                    self.see(value.decode(errors="replace"))

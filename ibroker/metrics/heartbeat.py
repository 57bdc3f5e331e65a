"""The heartbeat: a bericht of our own that passes every stage, and when it was sent.

Its kenmerk says when: `hartslag-` and the milliseconds since 1970. So each stage can
tell how long ago the newest one that came through was sent.
"""

import re
from typing import Final

import prometheus_client as prometheus

__all__ = ["Heartbeat", "sent_at"]

_KENMERK: Final = re.compile(r"hartslag-([0-9]{1,15})")
_MS: Final = 1000


def sent_at(kenmerk: str | None) -> float | None:
    """Give the seconds since 1970 that a kenmerk says; None where it says none."""
    found = None if kenmerk is None else _KENMERK.fullmatch(kenmerk)
    return None if found is None else int(found[1]) / _MS


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

"""Looks at the alerts of a Prometheus all day, and keeps when each came and went."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Alarms", "Spell"]

_LOOK: Final = 2.0  # s between two looks
_OURS: Final = frozenset({"alertname", "severity", "instance", "job"})


@dataclass(slots=True)
class Spell:
    """One time that an alert came and went, in seconds since 1970.

    `about` has the labels that say of what, such as a process. `fired` and `over` are
    None as long as it only waits out its `for:`, or is not over.
    """

    alert: str
    about: str
    severity: str
    began: float
    fired: float | None = None
    over: float | None = None


class Alarms:
    """All spells since it was begun, in the order in which they began."""

    def __init__(self, prometheus: str) -> None:
        self._prometheus = prometheus
        self.spells: list[Spell] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look in a thread of its own until the end of the block."""
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(_LOOK):
                # Without an answer nothing came or went: the next look tells.
                with suppress(OSError):
                    self.take(self._ask(), time.time())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def take(self, alerts: list[dict[str, Any]], now: float) -> None:
        """Take what Prometheus says now."""
        open_ones = {
            (one.alert, one.about): one for one in self.spells if one.over is None
        }
        there = set[tuple[str, str]]()
        for alert in alerts:
            labels = alert["labels"]
            key = (labels["alertname"], _about(labels))
            there.add(key)
            if key not in open_ones:
                open_ones[key] = Spell(*key, labels["severity"], now)
                self.spells.append(open_ones[key])
            if alert["state"] == "firing" and open_ones[key].fired is None:
                open_ones[key].fired = now
        for key, one in open_ones.items():
            if key not in there:
                one.over = now

    def _ask(self) -> list[dict[str, Any]]:
        url = f"http://{self._prometheus}/api/v1/alerts"
        with urllib.request.urlopen(url, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["alerts"]
        return found


def _about(labels: Mapping[str, str]) -> str:
    return " ".join(labels[name] for name in sorted(labels.keys() - _OURS))

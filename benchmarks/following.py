"""Follows the events of the router: how many there are, and how late each was.

A latency runs from when the broker took a bericht in, which is the time of its event,
until a reader of committed records has that event.
"""

import asyncio
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import msgspec
from broker import Broker
from latency import quantile

__all__ = ["EVENTS", "Latencies", "follow"]

EVENTS: Final = "ggk.gebeurtenissen"
OURS: Final = "nl.ggk.bericht."
SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "highest": 1.0}


class _Event(msgspec.Struct):
    """What is needed of an event."""

    type: str
    time: datetime


_decode: Final = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Latencies:
    """Every latency so far, in ms, in the order in which the events were read."""

    values: "array[float]" = field(default_factory=lambda: array("f"))

    def take(self, value: bytes, now: float) -> None:
        """Take in an event that was read at `now`, in s since 1970."""
        event = _decode(value)
        if event.type.startswith(OURS):
            self.values.append((now - event.time.timestamp()) * 1000)

    def summary(self, slices: int) -> dict[str, Any]:
        """Percentiles of all, and of so many parts of equal size, in order."""
        count = len(self.values)
        edges = [count * number // slices for number in range(slices + 1)]
        parts = [self.values[a:b] for a, b in pairwise(edges)]
        return {
            "all": percentiles(self.values),
            "over_time": [
                {"tenth": number, **percentiles(part)}
                for number, part in enumerate(parts, 1)
                if part
            ],
        }


async def follow(broker: Broker, latencies: Latencies) -> None:
    """Read all events from their begin, until cancelled."""
    reader = broker.reader()
    await reader.start()
    try:
        places = await broker.places([EVENTS])
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        while True:
            fetched = await reader.getmany(timeout_ms=100)
            now = time.time()
            for records in fetched.values():
                for one in records:
                    latencies.take(one.value, now)
                await asyncio.sleep(0)
    finally:
        await reader.stop()


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The smallest values that so large a share does not exceed, in ms."""
    ordered = sorted(values)
    return {name: round(quantile(ordered, share), 1) for name, share in SHARES.items()}

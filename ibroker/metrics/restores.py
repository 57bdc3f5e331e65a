"""State on disk: how large it is, and how far the restores of it are.

A restore reads back what a partition knew, before any of its records is handled. One
that hangs holds up the partition, so it shows when it began and what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass

import prometheus_client as prometheus

from ibroker.kafka.meter import Restoring

__all__ = ["Restores"]


@dataclass(frozen=True, slots=True)
class _Course:
    """A restore that runs: when it began, how many records it read, and has left."""

    began: float
    records: int
    left: int


class Restores:
    """Shows the state of this process; `clock` is in seconds since 1970."""

    def __init__(
        self, registry: prometheus.CollectorRegistry, clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._running: dict[int, _Course] = {}
        self._size: Callable[[], int] = int
        self._records = prometheus.Counter(
            "ibroker_restore_records_total",
            "Records of changelogs that were read back into state.",
            registry=registry,
        )
        gauges: dict[str, tuple[str, Callable[[], float]]] = {
            "ibroker_state_disk_bytes": (
                "What the state of the partitions of this process takes on disk.",
                self._bytes,
            ),
            "ibroker_restoring_partitions": (
                "Partitions of which the state is being read back.",
                lambda: len(self._courses()),
            ),
            "ibroker_restore_remaining_records": (
                "Offsets of changelogs that are still to be read back.",
                lambda: sum(one.left for one in self._courses()),
            ),
            "ibroker_restore_started_timestamp_seconds": (
                "When the oldest restore that runs began; 0 where none does.",
                lambda: min((one.began for one in self._courses()), default=0.0),
            ),
        }
        for name, (documentation, ask) in gauges.items():
            gauge = prometheus.Gauge(name, documentation, registry=registry)
            gauge.set_function(ask)

    def find_size(self, size: Callable[[], int]) -> None:
        """Ask `size` for the bytes on disk from now on."""
        self._size = size

    def see(self, progress: Restoring) -> None:
        """Take notice of how far a restore is."""
        partition, records = progress.partition, progress.records
        before = self._running.pop(partition, None)
        if before is None or before.records > records:
            before = _Course(self._clock(), 0, 0)
        self._records.inc(records - before.records)
        if not progress.is_done:
            left = progress.end - progress.offset
            self._running[partition] = _Course(before.began, records, left)

    def forget(self, partition: int) -> None:
        """The lane of a partition ended: whatever it restored was cut off."""
        self._running.pop(partition, None)

    def clear(self) -> None:
        """No partition is ours."""
        self._running.clear()

    def _bytes(self) -> float:
        return self._size()

    def _courses(self) -> tuple[_Course, ...]:
        return tuple(self._running.values())

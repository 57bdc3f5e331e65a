"""The twin of what Prometheus reads: what a process tells of itself, as numbers."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ibroker.core.record import Handled, Outgoing
from ibroker.kafka.meter import (
    Assigned,
    Committed,
    Counted,
    Kind,
    Notice,
    Restarted,
    Restoring,
    Revoked,
    Stored,
    Taken,
    Undone,
    Woken,
)

__all__ = ["MemoryMeter"]


class MemoryMeter:
    """Keeps all as plain numbers; it is a `Meter`.

    `kind_of` gives the kind of what was made of a record. `oldest` is the time (ms) of
    the first record under way, by partition, `ended` that of each record that is done.
    `written` counts by topic, `due` what came of time alone. `restored` are the records
    that were read back, by partition, `restoring` the restores that run; `totals` is
    what each of our partitions ever came to.
    """

    def __init__(self, kind_of: Callable[[Handled], Kind]) -> None:
        self._kind_of = kind_of
        self.outcomes: Counter[Kind] = Counter()
        self.written: Counter[str] = Counter()
        self.transactions: Counter[str] = Counter()
        self.batches: list[int] = []
        self.judged: list[float] = []
        self.ended: list[int] = []
        self.due = 0
        self.in_progress: dict[int, int] = {}
        self.oldest: dict[int, int] = {}
        self.restarts = 0
        self.assignments = 0
        self.partitions: frozenset[int] = frozenset()
        self.restored = 0
        self.restoring: dict[int, Restoring] = {}
        self.totals: dict[int, Mapping[Kind, int]] = {}
        self.size: Callable[[], int] = int

    def tell(self, notice: Notice) -> None:  # noqa: C901 - one case a notice
        """See `Meter.tell`."""
        match notice:
            case Taken(partition, records, timestamp):
                self.in_progress[partition] = records
                self.oldest[partition] = timestamp
            case Committed(partition, batch, handled, judged, written):
                self._end(partition)
                self.batches.append(len(batch))
                self.judged += judged
                self.ended += [one.timestamp for one in batch]
                self._count(handled, written)
            case Woken(_, handled, written):
                self.due += len(handled)
                self._count(handled, written)
            case Undone(_, fenced):
                self.transactions["fenced" if fenced else "aborted"] += 1
            case Restarted(partition):
                self.restarts += 1
                self.restoring.pop(partition, None)
            case Assigned(partitions):
                self.assignments += 1
                self._hold(partitions)
            case Revoked():
                self._hold(frozenset())
            case Restoring(partition):
                self._restore(notice)
            case Counted(partition, totals) if partition in self.partitions:
                self.totals[partition] = dict(totals)
            case Stored(size):
                self.size = size

    def _count(self, handled: Sequence[Handled], written: Sequence[Outgoing]) -> None:
        self.transactions["committed"] += 1
        self.outcomes.update(map(self._kind_of, handled))
        self.written.update(one.topic for one in written)

    def _restore(self, notice: Restoring) -> None:
        before = self.restoring.pop(notice.partition, None)
        self.restored += notice.records - (before.records if before else 0)
        if not notice.is_done:
            self.restoring[notice.partition] = notice

    def _hold(self, partitions: frozenset[int]) -> None:
        self.partitions = partitions
        self.in_progress.clear()
        self.oldest.clear()
        self.restoring.clear()
        kept = {one: n for one, n in self.totals.items() if one in partitions}
        self.totals = kept

    def _end(self, partition: int) -> None:
        self.in_progress.pop(partition, None)
        self.oldest.pop(partition, None)

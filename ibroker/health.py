"""Whether a process lives, and whether it can do its work: what its probes ask.

A process lives while its event loop turns. It is ready once the group has given it its
share of the partitions, also where that is none: with more processes than partitions
some stand by, and that is as it should be. It is not ready while the group is divided
anew, while it drains, and where work lies waiting of which nothing gets committed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ibroker.kafka.meter import Assigned, Committed, Notice, Revoked, Taken

__all__ = ["Health", "HealthBounds"]


@dataclass(frozen=True, slots=True)
class HealthBounds:
    """All in seconds.

    The event loop sets its heartbeat every `beat`, and hangs where the last one is
    older than `still`. Work waits too long once nothing was committed for `late`: a
    lane that starts anew while a broker restarts takes less.
    """

    beat: float = 1.0
    still: float = 15.0
    late: float = 60.0


class Health:
    """The health of this process; as a `Meter` it is told of its work.

    It is told in the event loop and asked in other threads, which the interpreter lets
    do safely: each reads or writes one value or makes one copy. `clock` is monotonic.
    """

    def __init__(
        self,
        bounds: HealthBounds = HealthBounds(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = bounds
        self._clock = clock
        self._beat = clock()
        self._partitions: frozenset[int] | None = None
        self._commit: float | None = None
        self._since: dict[int, float] = {}

    async def beat(self) -> None:
        """Set the heartbeat as long as the event loop turns; for a task of its own."""
        while True:
            self._beat = self._clock()
            await asyncio.sleep(self._bounds.beat)

    def tell(self, notice: Notice) -> None:
        """See `Meter.tell`."""
        match notice:
            case Taken(partition):
                # A lane that starts anew takes the same again: it waits all along.
                self._since.setdefault(partition, self._clock())
            case Committed(partition):
                self._since.pop(partition, None)
                self._commit = self._clock()
            case Assigned(partitions):
                self._since.clear()
                self._partitions = partitions
            case Revoked():
                self._since.clear()
                self._partitions = None

    @property
    def partitions(self) -> int:
        """How many partitions are ours."""
        return len(self._partitions or ())

    @property
    def commit_age(self) -> float | None:
        """Seconds since the last commit, None where there was none yet."""
        return None if self._commit is None else self._clock() - self._commit

    def figures(self) -> Mapping[str, object]:
        """What else /readyz says."""
        age = self.commit_age
        return {
            "partities": self.partitions,
            "seconden_sinds_commit": None if age is None else round(age, 1),
        }

    def why_not_alive(self) -> tuple[str, ...]:
        """Why this process must be started anew; nothing where it lives."""
        still = self._clock() - self._beat
        if still <= self._bounds.still:
            return ()
        return (f"de event loop staat al {still:.0f} s stil",)

    def why_not_ready(self) -> tuple[str, ...]:
        """Why this process cannot do its work; nothing where it can."""
        reasons = self.why_not_alive()
        if self._partitions is None:
            reasons += ("geen partities: de groep wordt verdeeld, of dit proces stopt",)
        waits = self._waits()
        if waits > self._bounds.late:
            reasons += (f"er ligt werk, en al {waits:.0f} s is niets vastgelegd",)
        return reasons

    def _waits(self) -> float:
        """How many seconds work has been waiting since it or other work came on."""
        since = tuple(self._since.values())
        if not since:
            return 0.0
        last = min(since)
        if self._commit is not None:
            last = max(last, self._commit)
        return self._clock() - last

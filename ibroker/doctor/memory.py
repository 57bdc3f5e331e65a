"""The twin in memory of what looks at a cluster."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from ibroker.doctor.cluster import Clusterbeeld, measure

__all__ = ["MemoryWaarnemer"]

_ONE = Clusterbeeld(
    brokers=(1,),
    afgesloten=(),
    controller=1,
    versie=(4, 3),
    transacties=2,
    partities=0,
    zonder_leider=0,
    met_te_weinig_kopieen=0,
    klok=None,
)


@dataclass(slots=True)
class MemoryWaarnemer:
    """A `Waarnemer` of a cluster that is as `beeld` says, with a clock of its own.

    `ours` and `theirs` give a time in milliseconds; `theirs` gives None where the
    cluster does not say it. `make` adds a topic, whose partitions all have a leader.
    """

    ours: Callable[[], float]
    theirs: Callable[[], float | None]
    beeld: Clusterbeeld = field(default=_ONE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; there is nothing to close."""

    def make(self, partitions: int) -> None:
        """Make a topic."""
        whole = self.beeld.partities + partitions
        self.beeld = replace(self.beeld, partities=whole)

    def look(self) -> Clusterbeeld:
        """See `Waarnemer.look`."""
        before, theirs, after = self.ours(), self.theirs(), self.ours()
        klok = None if theirs is None else measure(before, theirs, after)
        return replace(self.beeld, klok=klok)

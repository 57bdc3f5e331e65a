"""What a process can make of a record, as labels whose number is bounded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ibroker.core.bestemming import Bestemmingen
from ibroker.core.record import Handled
from ibroker.kafka.meter import Kind

__all__ = ["UNKNOWN", "Kinds"]

UNKNOWN: Final = "onbekend"
"""The label of whatever is in no table."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a process can make of a record, as labels.

    `of` gives the uitkomst and the berichttype; `versies` the version of each
    berichttype that may be a label. Whatever else it gives is `onbekend`.
    `bestemmingen` are the words for the topics that it writes to; `hartslag` is what a
    heartbeat comes to, where any come by: they are told apart from the rest.
    """

    of: Callable[[Handled], Kind]
    uitkomsten: Sequence[str]
    versies: Mapping[str, str]
    bestemmingen: Bestemmingen = field(default_factory=Bestemmingen)
    hartslag: Kind | None = None

    def is_hartslag(self, handled: Handled) -> bool:
        """Whether a heartbeat came to this."""
        return self.hartslag is not None and self.of(handled) == self.hartslag

    def label(self, uitkomst: str, berichttype: str | None) -> tuple[str, str, str]:
        """Give the labels uitkomst, berichttype and versie."""
        if uitkomst not in self.uitkomsten:
            uitkomst = UNKNOWN
        if berichttype is None or berichttype not in self.versies:
            return uitkomst, UNKNOWN, UNKNOWN
        return uitkomst, berichttype, self.versies[berichttype]

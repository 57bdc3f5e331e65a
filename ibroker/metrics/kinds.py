"""What a process can make of a record, as labels whose number is bounded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ibroker.core.record import Handled

__all__ = ["UNKNOWN", "Kind", "Kinds"]

UNKNOWN: Final = "onbekend"
"""The label of whatever is in no table."""

Kind = tuple[str, str | None]
"""Uitkomst and berichttype of what was made of a record."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a process can make of a record, as labels.

    `of` gives the uitkomst and the berichttype; `versies` the version of each
    berichttype that may be a label. Whatever else it gives is `onbekend`.
    """

    of: Callable[[Handled], Kind]
    uitkomsten: Sequence[str]
    versies: Mapping[str, str]

    def label(self, uitkomst: str, berichttype: str | None) -> tuple[str, str, str]:
        """Give the labels uitkomst, berichttype and versie."""
        if uitkomst not in self.uitkomsten:
            uitkomst = UNKNOWN
        if berichttype is None or berichttype not in self.versies:
            return uitkomst, UNKNOWN, UNKNOWN
        return uitkomst, berichttype, self.versies[berichttype]

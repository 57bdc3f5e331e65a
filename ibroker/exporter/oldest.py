"""When the record at an offset was written, without reading that record.

A broker says which record is the first of some moment or later. Asked a few times it
gives away when the one at an offset was written, and needs nobody's right to read it.
Timestamps grow along a partition, but for what clocks of senders differ.
"""

from dataclasses import dataclass
from math import isqrt

from ibroker.exporter.port import Found

__all__ = ["Search", "begin_search"]

_CLOSE = 1000  # ms; ages are told no finer than this
_SHARE = 50  # an age may be wrong by one in so many


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of when the record at `offset` was written.

    That was at `low` or later and at `high` or before, in milliseconds since 1970;
    `now` is when the search began.
    """

    offset: int
    low: int
    high: int
    now: int

    @property
    def is_over(self) -> bool:
        """Whether it is known as well as is needed: to 1 s, or 2 % of its age."""
        allowed = max(_CLOSE, (self.now - self.high) // _SHARE)
        return self.high - self.low <= allowed

    @property
    def moment(self) -> int:
        """When it was written at the earliest: an age is never told too small."""
        return self.low

    @property
    def question(self) -> int:
        """Which moment to ask of next: it halves the ages that are left, by factor."""
        if self.low == 0:
            return 1  # the first record that there is
        youngest = max(self.now - self.high, _CLOSE // 2)
        oldest = max(self.now - self.low, youngest)
        return min(max(self.now - isqrt(youngest * oldest), self.low + 1), self.high)

    def take(self, answer: Found | None) -> "Search":
        """Go on with the first record since `question`, None where there is none."""
        if answer is None or answer.offset > self.offset:
            return Search(self.offset, self.low, self.question - 1, self.now)
        low = max(self.low, answer.timestamp)
        if answer.offset == self.offset:
            return Search(self.offset, low, low, self.now)
        return Search(self.offset, low, max(self.high, low), self.now)


def begin_search(offset: int, now: int, known: int = 0) -> Search:
    """Begin; `known` is when an earlier record of the same partition was written."""
    return Search(offset, min(known, now), now, now)

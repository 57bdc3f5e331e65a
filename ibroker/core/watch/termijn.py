"""Working days: when an answer must be there.

A werkdag is Monday to Friday, but for recognised holidays (JAAP, Begrippenlijst). The
day of receipt does not count, whatever the hour or the day of the week (Regulation
1182/71, article 3): what comes on a Saturday has its first day on Monday. The last day
is met until its midnight.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

__all__ = ["Kalender"]

_MS: Final = 1000
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Kalender:
    """The working days of a country: its holidays, and the zone its days are in."""

    feestdagen: Container[date] = field(repr=False)
    zone: tzinfo
    # Each clock asks for its last day each time that its draad changes, and there are
    # few different ones.
    _known: dict[tuple[date, int], date] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def dag(self, moment: int) -> date:
        """Give the day of a moment in milliseconds since 1970."""
        return datetime.fromtimestamp(moment / _MS, UTC).astimezone(self.zone).date()

    def is_werkdag(self, day: date) -> bool:
        """Whether work is done on that day."""
        return day.weekday() < _SATURDAY and day not in self.feestdagen

    def uiterlijk(self, ontvangst: date, werkdagen: int) -> date:
        """Give the last day to answer what was received on `ontvangst`."""
        known = self._known.get((ontvangst, werkdagen))
        if known is not None:
            return known
        day, left = ontvangst, werkdagen
        while left:
            day += _DAY
            left -= self.is_werkdag(day)
        self._known[ontvangst, werkdagen] = day
        return day

    def resteert(self, vandaag: date, uiterlijk: date) -> int:
        """Count the working days that are left after today; below 0, those too many."""
        begin, end = sorted((vandaag, uiterlijk))
        between = sum(
            self.is_werkdag(begin + timedelta(days=1 + number))
            for number in range((end - begin).days)
        )
        return between if vandaag <= uiterlijk else -between

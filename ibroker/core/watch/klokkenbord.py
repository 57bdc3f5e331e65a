"""How many clocks run, kept up to date without keeping the clocks themselves.

It counts open clocks by antwoord, berichttype and last day, for each partition. What a
change of a draad takes away and adds is all that it needs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from ibroker.core.watch.draad import Klok, Stand

__all__ = ["Klokkenbord"]

_Key = tuple[str, str, date]


class Klokkenbord:
    """The open clocks of the partitions that are ours."""

    def __init__(self) -> None:
        self._open: dict[int, Counter[_Key]] = {}

    def keep(self, partitions: Iterable[int]) -> None:
        """Forget the partitions that are no longer ours."""
        ours = set(partitions)
        self._open = {one: kept for one, kept in self._open.items() if one in ours}

    def change(
        self, partition: int, before: Iterable[Klok], after: Iterable[Klok]
    ) -> None:
        """Take in that a draad changed."""
        counts = self._open.setdefault(partition, Counter())
        for klok in before:
            if _is_open(klok):
                key = _key(klok)
                counts[key] -= 1
                if not counts[key]:
                    del counts[key]
        counts.update(map(_key, filter(_is_open, after)))

    def totals(self, today: date) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Give how many run, and how many of those are late, by antwoord and type."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for counts in tuple(self._open.values()):
            for (antwoord, berichttype, uiterlijk), number in dict(counts).items():
                running, late = found.get((antwoord, berichttype), (0, 0))
                found[antwoord, berichttype] = (
                    running + number,
                    late + (number if uiterlijk < today else 0),
                )
        return found


def _is_open(klok: Klok) -> bool:
    return klok.stand is Stand.OPEN


def _key(klok: Klok) -> _Key:
    return klok.termijn.antwoord, klok.vraag.berichttype, klok.uiterlijk

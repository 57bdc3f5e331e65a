"""Turnaround: what answers took, by week and berichttype.

What is kept of a week is counted from all clocks of a partition, and never added to
what was kept before. So it is a function of the draden, as the clocks are: what comes
again changes nothing, and what a crash left behind is made anew from them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ibroker.core.watch.draad import Klok, Stand
from ibroker.core.watch.termijn import Kalender
from ibroker.core.watch.week import week_of

__all__ = ["Antwoordsoort", "Doorloopbord", "Spreiding", "spreid", "voeg_samen"]

_MS_HOUR: Final = 3_600_000
_DAY: Final = 24  # hours
_FINE: Final = 2 * _DAY  # hours: up to here whole hours, and then whole days


class Antwoordsoort(NamedTuple):
    """The week in which answers came, their name, and the type of what was asked."""

    week: str
    antwoord: str
    berichttype: str


@dataclass(frozen=True, slots=True)
class Spreiding:
    """How long answers took.

    `uren` counts them by hours, rounded up: to a whole hour in the first two days, and
    to a whole day (24 hours) after that. `te_laat` is how many were late.
    """

    uren: Mapping[int, int] = field(default_factory=dict)
    te_laat: int = 0

    @property
    def aantal(self) -> int:
        """How many there were."""
        return sum(self.uren.values())

    def binnen(self, tienden: int) -> int:
        """Give the hours that so many tenths of the answers did not exceed.

        Raises ValueError where there are none.
        """
        wanted, found = -(-self.aantal * tienden // 10), 0
        for uren in sorted(self.uren):
            found += self.uren[uren]
            if found >= wanted:
                return uren
        raise ValueError("of no answers there is no turnaround")


class Doorloopbord:
    """The turnaround of the partitions that are ours."""

    def __init__(self, kalender: Kalender) -> None:
        self._kalender = kalender
        self._taken: dict[int, dict[Antwoordsoort, Counter[tuple[int, bool]]]] = {}

    def keep(self, partitions: Iterable[int]) -> None:
        """Forget the partitions that are no longer ours."""
        ours = set(partitions)
        self._taken = {one: kept for one, kept in self._taken.items() if one in ours}

    def change(
        self, partition: int, before: Iterable[Klok], after: Iterable[Klok]
    ) -> frozenset[Antwoordsoort]:
        """Take in that a draad changed; give that of which the turnaround may have."""
        taken = self._taken.setdefault(partition, {})
        old, new = list(self._cells(before)), list(self._cells(after))
        if old == new:
            return frozenset()
        for soort, cell in new:
            taken.setdefault(soort, Counter())[cell] += 1
        for soort, cell in old:
            taken[soort][cell] -= 1
            taken[soort] = +taken[soort]
            if not taken[soort]:
                del taken[soort]
        return frozenset(soort for soort, _ in (*old, *new))

    def soorten(self, partition: int) -> Iterable[Antwoordsoort]:
        """Give all that there is turnaround of in a partition."""
        return self._taken.get(partition, {}).keys()

    def spreiding(self, partition: int, soort: Antwoordsoort) -> Spreiding | None:
        """Give what answers took; None where there were none."""
        taken = self._taken.get(partition, {}).get(soort)
        return None if taken is None else _spreiding(taken)

    def _cells(
        self, klokken: Iterable[Klok]
    ) -> Iterable[tuple[Antwoordsoort, tuple[int, bool]]]:
        return _cells(klokken, self._kalender)


def spreid(
    klokken: Iterable[Klok], kalender: Kalender
) -> Mapping[Antwoordsoort, Spreiding]:
    """Give what answers took, of these clocks."""
    taken: dict[Antwoordsoort, Counter[tuple[int, bool]]] = {}
    for soort, cell in _cells(klokken, kalender):
        taken.setdefault(soort, Counter())[cell] += 1
    return {soort: _spreiding(cells) for soort, cells in taken.items()}


def voeg_samen(spreidingen: Iterable[Spreiding]) -> Spreiding:
    """Add up those of several partitions."""
    uren: Counter[int] = Counter()
    te_laat = 0
    for one in spreidingen:
        uren.update(one.uren)
        te_laat += one.te_laat
    return Spreiding(dict(uren), te_laat)


def _cells(
    klokken: Iterable[Klok], kalender: Kalender
) -> Iterable[tuple[Antwoordsoort, tuple[int, bool]]]:
    """Give each answer as where it is counted: its hours, and whether it was late."""
    for klok in klokken:
        if klok.antwoord is None or klok.duur is None:
            continue
        week = week_of(klok.antwoord.tijd, kalender)
        soort = Antwoordsoort(week, klok.termijn.antwoord, klok.vraag.berichttype)
        yield soort, (_uren(klok.duur), klok.stand is Stand.TE_LAAT)


def _uren(duur: int) -> int:
    """Round up what an answer took (ms), as `Spreiding` counts it."""
    uren = max(1, -(-duur // _MS_HOUR))
    return uren if uren <= _FINE else -(-uren // _DAY) * _DAY


def _spreiding(taken: Mapping[tuple[int, bool], int]) -> Spreiding:
    uren: Counter[int] = Counter()
    for (hours, _), number in sorted(taken.items()):
        uren[hours] += number
    return Spreiding(dict(uren), sum(n for (_, late), n in taken.items() if late))

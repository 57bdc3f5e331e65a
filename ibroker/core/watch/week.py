"""Steering information: what came in each ISO week, by type, and how it fared.

A count is kept with the place of the last event in it. The events of one partition come
in order, so an event at or before that place is one that comes again, and counts for
nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.melding import Melding
from ibroker.core.watch.termijn import Kalender

__all__ = [
    "ONBEKEND",
    "Weektelling",
    "samen",
    "tel",
    "week_of",
]

ONBEKEND: Final = "onbekend"
"""The type of what could not be read."""

_GEWEIGERD: Final = frozenset({Uitkomsttype.RETOUR, Uitkomsttype.FOUT})


@dataclass(frozen=True, slots=True)
class Weektelling:
    """Counts of one type in one week, of the events of one partition.

    `laatste` is the offset of the last event in it, -1 where there is none.
    `uitkomsten` counts by outcome (the last part of the event type), `regels` the
    berichten that were turned down by each rule.
    """

    laatste: int = -1
    uitkomsten: Mapping[str, int] = field(default_factory=dict)
    regels: Mapping[str, int] = field(default_factory=dict)


def week_of(moment: int, kalender: Kalender) -> str:
    """Give the ISO week of a moment (ms) as 2026-W48."""
    year, week, _ = kalender.dag(moment).isocalendar()
    return f"{year}-W{week:02}"


def tel(telling: Weektelling, offset: int, melding: Melding) -> Weektelling:
    """Count an event of that week and type; the same telling where it comes again."""
    if offset <= telling.laatste:
        return telling
    uitkomst = melding.uitkomst.value.rpartition(".")[2]
    regels = melding.regels if melding.uitkomst in _GEWEIGERD else ()
    return replace(
        telling,
        laatste=offset,
        uitkomsten=_add(telling.uitkomsten, (uitkomst,)),
        regels=_add(telling.regels, regels),
    )


def samen(tellingen: Iterable[Weektelling]) -> Weektelling:
    """Add up the counts of partitions; `laatste` has no meaning in it."""
    uitkomsten: dict[str, int] = {}
    regels: dict[str, int] = {}
    for telling in tellingen:
        for found, more in (
            (uitkomsten, telling.uitkomsten),
            (regels, telling.regels),
        ):
            for name, number in more.items():
                found[name] = found.get(name, 0) + number
    return Weektelling(-1, uitkomsten, regels)


def _add(counts: Mapping[str, int], names: Iterable[str]) -> Mapping[str, int]:
    more = dict(counts)
    for name in names:
        more[name] = more.get(name, 0) + 1
    return more

"""Steering information by week: what came in, what was refused, what answers took.

What operators see has all figures. `publiek` gives what may leave them: no count below
five, and nothing from which one could be computed.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.doorlooptijd import Antwoordsoort, Spreiding, voeg_samen
from ibroker.core.watch.vorm import (
    decode_spreiding,
    decode_telling,
    split_weeksleutel,
)
from ibroker.core.watch.week import Weektelling, samen

__all__ = [
    "KLEIN",
    "MINSTE",
    "Afkeur",
    "Doorlooptijd",
    "Getal",
    "Volume",
    "Weekoverzicht",
    "Weekstand",
    "publiek",
    "read_weekstand",
    "weekoverzicht",
]

MINSTE: Final = 5
"""A count below this is not shown outside: it may be about one person."""

KLEIN: Final = "<5"
"""What is shown for such a count."""

Getal = int | Literal["<5"] | None
"""A count; `KLEIN`; or None, where a small one could be computed from it."""

_UITKOMSTEN: Final = tuple(one.value.rpartition(".")[2] for one in Uitkomsttype)


@dataclass(frozen=True, slots=True)
class Volume:
    """What came in of one type in one week, in all and by outcome, all of them."""

    week: str
    berichttype: str
    totaal: Getal
    uitkomsten: Mapping[str, Getal]


@dataclass(frozen=True, slots=True)
class Afkeur:
    """How many berichten a rule turned down in one week.

    One bericht may break several rules. `berichttype` is None where it is of all types.
    """

    week: str
    regel: str
    berichttype: str | None
    aantal: Getal


@dataclass(frozen=True, slots=True)
class Doorlooptijd:
    """What answers took that came in one week; `berichttype` is what they answered.

    Half of them came within `mediaan_uren`, and nine tenths within `p90_uren`: hours,
    rounded up as in `Spreiding`.
    """

    week: str
    antwoord: str
    berichttype: str
    aantal: Getal
    te_laat: Getal
    mediaan_uren: int | None
    p90_uren: int | None


@dataclass(frozen=True, slots=True)
class Weekoverzicht:
    """All of it, in order of week."""

    volumes: tuple[Volume, ...]
    afkeur: tuple[Afkeur, ...]
    doorlooptijden: tuple[Doorlooptijd, ...]


@dataclass(frozen=True, slots=True)
class Weekstand:
    """What is known of weeks, over all partitions: counts by week and berichttype."""

    tellingen: Mapping[tuple[str, str], Weektelling]
    spreidingen: Mapping[Antwoordsoort, Spreiding]

    def weken(self) -> list[str]:
        """Give the weeks of which anything is known, in order."""
        return sorted({week for week, *_ in (*self.tellingen, *self.spreidingen)})

    def only(self, weken: Container[str]) -> "Weekstand":
        """Give it of these weeks."""
        return Weekstand(
            {key: one for key, one in self.tellingen.items() if key[0] in weken},
            {key: one for key, one in self.spreidingen.items() if key[0] in weken},
        )


def read_weekstand(kept: Iterable[tuple[bytes, bytes]]) -> Weekstand:
    """Read what is kept of weeks: keys and values as `vorm` writes them.

    Raises GebeurtenisError where that cannot be read.
    """
    tellingen: dict[tuple[str, str], list[Weektelling]] = {}
    spreidingen: dict[Antwoordsoort, list[Spreiding]] = {}
    for key, value in kept:
        week, berichttype, antwoord = split_weeksleutel(key)
        if antwoord is None:
            tellingen.setdefault((week, berichttype), []).append(decode_telling(value))
        else:
            soort = Antwoordsoort(week, antwoord, berichttype)
            spreidingen.setdefault(soort, []).append(decode_spreiding(value))
    return Weekstand(
        {key: samen(parts) for key, parts in sorted(tellingen.items())},
        {key: voeg_samen(parts) for key, parts in sorted(spreidingen.items())},
    )


def weekoverzicht(stand: Weekstand) -> Weekoverzicht:
    """Give all figures, for operators."""
    return Weekoverzicht(
        tuple(
            [
                Volume(*key, sum(found.values()), found)
                for key, telling in stand.tellingen.items()
                for found in (_uitkomsten(telling),)
            ]
        ),
        tuple(
            [
                Afkeur(week, regel, berichttype, aantal)
                for (week, berichttype), telling in stand.tellingen.items()
                for regel, aantal in sorted(telling.regels.items())
            ]
        ),
        tuple(
            [
                Doorlooptijd(*soort, one.aantal, one.te_laat, *_tijden(one))
                for soort, one in stand.spreidingen.items()
            ]
        ),
    )


def publiek(stand: Weekstand) -> Weekoverzicht:
    """Give what may leave the operators, of weeks that have ended.

    Of one that runs the counts of yesterday and today would tell those of a day. Rules
    are counted over all types: of one type they would tell its outcomes.
    """
    return Weekoverzicht(
        tuple([_publiek_volume(*key, one) for key, one in stand.tellingen.items()]),
        tuple(
            [
                Afkeur(week, regel, None, _hide(aantal))
                for (week, regel), aantal in sorted(_per_regel(stand).items())
            ]
        ),
        tuple([_publieke_looptijd(*one) for one in stand.spreidingen.items()]),
    )


def _publiek_volume(week: str, berichttype: str, telling: Weektelling) -> Volume:
    """Hide what is small, and then the total: it would tell the one that is hidden.

    To hide another outcome in place of the total would not do: how many of a retour
    were delivered is how many answers came, which the turnaround shows.
    """
    found = _uitkomsten(telling)
    shown = {name: _hide(number) for name, number in found.items()}
    totaal = None if KLEIN in shown.values() else sum(found.values())
    return Volume(week, berichttype, totaal, shown)


def _publieke_looptijd(soort: Antwoordsoort, one: Spreiding) -> Doorlooptijd:
    """Hide what is small, also of those that were in time: the rest of the total."""
    aantal, te_laat = one.aantal, one.te_laat
    if _is_small(aantal):
        return Doorlooptijd(*soort, KLEIN, None, None, None)
    shown: Getal = te_laat
    if _is_small(te_laat) or _is_small(aantal - te_laat):
        # Of few answers it would tell how many were late to say which of the two it is.
        tells = aantal < 2 * MINSTE - 1 or not _is_small(te_laat)
        shown = None if tells else KLEIN
    return Doorlooptijd(*soort, aantal, shown, *_tijden(one))


def _per_regel(stand: Weekstand) -> Mapping[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for (week, _), telling in stand.tellingen.items():
        for regel, aantal in telling.regels.items():
            found[week, regel] += aantal
    return found


def _uitkomsten(telling: Weektelling) -> Mapping[str, int]:
    return {name: telling.uitkomsten.get(name, 0) for name in _UITKOMSTEN}


def _tijden(one: Spreiding) -> tuple[int, int]:
    return one.binnen(5), one.binnen(9)


def _hide(aantal: int) -> Getal:
    return KLEIN if _is_small(aantal) else aantal


def _is_small(aantal: int) -> bool:
    return 0 < aantal < MINSTE

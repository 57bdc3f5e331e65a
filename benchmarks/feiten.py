"""The facts of the benchmark of the Wlz stream: people with two each, by seed.

One of the two is a toewijzing of a Wmo provision. The other is of the same person: an
indicatie, a start, a stop, or a newer toewijzing. Which of them comes in first differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Oorzaak,
    Persoon,
    Toegewezen,
    encode_feit,
)
from ibroker.core.wlz.persoon import Persoonssleutels, distribution_key, hide_bsn

__all__ = ["KINDS", "People"]

KINDS: Final = {"indicatie": 0.2, "start": 0.4, "stop": 0.2, "toewijzing": 0.2}
"""What the other fact is, and for which share of people."""
AGB: Final = "98000011"
CODES: Final = ("755", "750", "766", "806")  # Ja and Onbekend
MOMENT: Final = "2026-11-24T10:11:12.345Z"
FIRST: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class People:
    """So many people of these gemeenten. The same seed gives the same facts."""

    count: int
    gemeenten: Sequence[str]
    sleutels: Persoonssleutels = field(repr=False)
    seed: int

    def facts(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the key and the value of each: one of everybody, then the other."""
        for turn in (0, 1):
            for number in range(self.count):
                bsn = f"{900_000_000 + number}"  # no one's
                feit = self._both(number, bsn)[turn]
                yield distribution_key(bsn, self.sleutels), encode_feit(feit)

    def _both(self, number: int, bsn: str) -> tuple[Feit, Feit]:
        chance = Random(self.seed * 1_000_003 + number)  # noqa: S311 - repeatable
        toewijzing = Toegewezen(
            *self._head(number, 0, bsn),
            gemeente=chance.choice(self.gemeenten),
            nummer=chance.randrange(10**8),
            aanbieder=AGB,
            categorie="72",
            product="72A72",
            ingang=FIRST + timedelta(days=chance.randrange(200)),
            einde=FIRST + timedelta(days=chance.randrange(200, 700)),
            besloten="2026-02-14T15:16:17.000000",
            reden_wijziging=None,
            is_registratie=False,
        )
        other = self._other(toewijzing, number, bsn, chance)
        if chance.random() < 0.5:  # noqa: PLR2004 - in either order as often
            return other, toewijzing
        return toewijzing, other

    def _other(self, first: Toegewezen, number: int, bsn: str, chance: Random) -> Feit:
        oorzaak, persoon = head = self._head(number, 1, bsn)
        begin = first.ingang
        (kind,) = chance.choices(tuple(KINDS), tuple(KINDS.values()))
        if kind in {"start", "stop"}:
            start = Gestart(
                *head,
                gemeente=first.gemeente,
                aanbieder=AGB,
                nummer=first.nummer,
                categorie=first.categorie,
                product=first.product,
                datum=begin,
                status="1",
            )
            return start if kind == "start" else _stop(start)
        if kind == "toewijzing":
            newer = "2026-03-14T15:16:17.000000"
            return replace(first, oorzaak=oorzaak, persoon=persoon, besloten=newer)
        ingang = FIRST + timedelta(days=chance.randrange(400))
        profiel = (chance.choice(CODES), ingang, None)
        return Geindiceerd(*head, number, ingang, ingang, None, (profiel,), None)

    def _head(self, number: int, turn: int, bsn: str) -> tuple[Oorzaak, Persoon]:
        bericht = f"5b3c1c5e-{turn:04}-5000-8000-{number:012}"
        oorzaak = Oorzaak(bericht, 0, MOMENT)
        return oorzaak, hide_bsn(bsn, oorzaak, self.sleutels)


def _stop(start: Gestart) -> Gestopt:
    """End what was started, for good."""
    return Gestopt(
        start.oorzaak,
        start.persoon,
        gemeente=start.gemeente,
        aanbieder=start.aanbieder,
        nummer=start.nummer,
        categorie=start.categorie,
        product=start.product,
        begin=start.datum,
        datum=start.datum + timedelta(days=30),
        reden="19",
        status=start.status,
    )

"""A life course: what is sent about one person, as values for its sjablonen.

All is drawn from one number for each life, so that it is the same in any process.
"""

from bisect import bisect
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.simulatie.bevolking import Bevolking, make_bsn
from ibroker.simulatie.tabel import Fase, Feitsoort, Levenstabel, Pad, Stap

__all__ = ["LEVENS", "Periode", "Post", "Wereld", "live", "to_base36"]

LEVENS: Final = 100
"""How many life courses a person can have: so many fit in a ToewijzingNummer."""
_MOVED: Final = 0.1  # of the life courses are in another gemeente than the first
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTERS: Final = "ABCDEFGHJKLMNPRSTVWXZ"


@dataclass(frozen=True, slots=True)
class Periode:
    """The days that are simulated; what would be later is not sent."""

    vanaf: date
    tot: date


@dataclass(frozen=True, slots=True)
class Wereld:
    """All that a life course is drawn from."""

    catalogue: Catalogue
    levens: Levenstabel
    bevolking: Bevolking


@dataclass(frozen=True, slots=True)
class Post:
    """A bericht as it is to be sent: its sjabloon, and what to fill in.

    `waarden` has what the bericht says, and more; `partijen` who is who, by kind of
    party.
    """

    dag: date
    berichttype: Berichttype
    sjabloon: str
    waarden: dict[str, str] = field(repr=False)
    partijen: Mapping[str, str]
    feit: Feitsoort | None = None


def live(
    wereld: Wereld, seed: int, persoon: int, leven: int, per: Periode
) -> list[Post]:
    """Live one life of a person; what is sent about it, in no particular order."""
    return [
        post
        for post in _Leven(wereld, seed, persoon, leven, per).posts()
        if per.vanaf <= post.dag <= per.tot
    ]


def to_base36(number: int, width: int) -> str:
    """Write a number in that many characters; what does not fit is left off."""
    found = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found


class _Leven:
    """One life: its draws, and the names that it has given so far."""

    def __init__(
        self, wereld: Wereld, seed: int, persoon: int, leven: int, per: Periode
    ) -> None:
        self._wereld = wereld
        self._persoon, self._nummer = persoon, persoon * LEVENS + leven
        self._draw = Random(f"{seed}/{persoon}/{leven}")  # noqa: S311 - no secret
        self._prefix = to_base36(seed, 5) + to_base36(self._nummer, 4)
        self._named = self._asked = 0
        levens, draw = wereld.levens, self._draw
        place = bisect(levens.oplopend, draw.random() * levens.oplopend[-1])
        self._pad: Pad = levens.paden[place]
        own = Random(f"{seed}/{persoon}")  # noqa: S311 - idem
        gemeente = wereld.bevolking.draw_gemeente(own)
        if leven and draw.random() < _MOVED:
            gemeente = wereld.bevolking.draw_gemeente(draw)
        andere = gemeente
        while andere == gemeente:
            andere = wereld.bevolking.draw_gemeente(draw)
        aanbieder = wereld.bevolking.draw_aanbieder(draw)
        self._partijen = {
            **wereld.bevolking.vast,
            "gemeente": gemeente,
            "zorgaanbieder": aanbieder,
        }
        days = (per.tot - per.vanaf).days
        first = per.vanaf + timedelta(days=int(draw.random() ** 1.5 * days))
        self._dagen = self._days(first)
        self._basis = self._base(own) | {
            "gemeente": gemeente,
            "andere_gemeente": andere,
            "aanbieder": aanbieder,
        }

    def posts(self) -> Iterator[Post]:
        """All that is sent, retours besides; also what is outside the period."""
        draw = self._draw
        for fase in self._pad.fasen:
            if fase.kans < 1 and draw.random() >= fase.kans:
                continue
            if fase.elke_maand is None:
                yield from self._go(fase, self._dagen[fase.moment], {})
            else:
                van, tot = (self._dagen[naam] for naam in fase.elke_maand)
                for maand in _months(van, tot):
                    dag, waarden = self._month(maand, van, tot)
                    yield from self._go(fase, dag, waarden)

    def _days(self, first: date) -> dict[str, date]:
        dagen = {"": first}
        for moment in self._pad.momenten:
            after = _between(self._draw, moment.least, moment.most)
            dagen[moment.naam] = dagen[moment.na] + timedelta(days=after)
        return dagen

    def _base(self, own: Random) -> dict[str, str]:
        """What is the same in all berichten of a life."""
        draw, pad, levens = self._draw, self._pad, self._wereld.levens
        year = _between(draw, *pad.geboren)
        categorie, code = draw.choice(pad.producten)
        letter, other = own.choice(_LETTERS), own.choice(_LETTERS)
        return {
            **levens.vast,
            **{naam: str(_between(draw, *van)) for naam, van in pad.getallen.items()},
            **{naam: dag.isoformat() for naam, dag in self._dagen.items() if naam},
            "bsn": make_bsn(self._persoon),
            "geboren": f"{year}-{_between(own, 1, 12):02d}-{_between(own, 1, 28):02d}",
            "geslacht": own.choice("012"),
            "achternaam": own.choice(levens.achternamen),
            "postcode": f"{_between(own, 1000, 9999)}{letter}{other}",
            "categorie": categorie,
            "code": code,
            "zzp": draw.choice(levens.zzp),
            "nummer": str(self._nummer + 1),
            "referentie": f"r-{self._nummer}",
            "verzoek": f"v-{self._nummer}",
            "budget": f"b-{self._nummer}",
        }

    def _month(
        self, maand: date, van: date, tot: date
    ) -> tuple[date, Mapping[str, str]]:
        """The day after a month, and what was delivered in it."""
        last = maand.replace(day=monthrange(maand.year, maand.month)[1])
        geleverd = _between(self._draw, 60, 3000)
        bedrag = geleverd * int(self._basis["tarief"])
        return last + timedelta(days=1), {
            "maand_begin": maand.isoformat(),
            "maand_einde": last.isoformat(),
            "geleverd_van": max(van, maand).isoformat(),
            "geleverd_tot": min(tot, last).isoformat(),
            "geleverd": str(geleverd),
            "bedrag": str(bedrag),
            "totaal": str(bedrag),
            "toegewezen": str(bedrag),
            "prestatie": f"p-{self._nummer}-{maand:%y%m}",
            "declaratienummer": f"{to_base36(self._nummer, 4)}{maand:%y%m}",
        }

    def _go(self, fase: Fase, dag: date, waarden: Mapping[str, str]) -> Iterator[Post]:
        """Send what a fase has, from that day on."""
        vorige = vorige_dag = ""
        for stap in fase.stappen:
            dag += timedelta(days=_between(self._draw, *stap.na))
            post = self._send(stap, dag, waarden)
            post.waarden["vorige"], post.waarden["vorige_dag"] = vorige, vorige_dag
            vorige = post.waarden["identificatie"]
            vorige_dag = post.waarden["dagtekening"]
            yield post
            retour = post.berichttype.retour
            if retour and self._draw.random() < self._wereld.levens.retour_kans:
                yield self._answer(post, self._wereld.catalogue.by_type[retour])

    def _send(self, stap: Stap, dag: date, more: Mapping[str, str]) -> Post:
        clock = self._draw.randrange(3600)
        waarden = {
            **self._basis,
            **more,
            "identificatie": self._name(),
            "dagtekening": dag.isoformat(),
            "afgifte": dag.isoformat(),
            "tijd": f"{9 + self._named % 8:02d}:{clock // 60:02d}:{clock % 60:02d}",
        }
        if stap.feit is Feitsoort.GEINDICEERD:
            waarden["besluitnummer"] = str(self._nummer * 10 + self._asked + 1)
            self._asked += 1
        for naam, waarde in stap.vul.items():
            waarden[naam] = waarde.format_map(waarden)
        berichttype = self._wereld.catalogue.by_type[stap.bericht]
        return Post(dag, berichttype, stap.sjabloon, waarden, self._partijen, stap.feit)

    def _answer(self, post: Post, retour: Berichttype) -> Post:
        """The retour that says that all is well, and names the heenbericht (IV028)."""
        after = _between(self._draw, *self._wereld.levens.retour_na)
        dag = post.dag + timedelta(days=after)
        waarden = post.waarden | {"retour": self._name(), "retourdag": dag.isoformat()}
        return Post(dag, retour, retour.type, waarden, self._partijen)

    def _name(self) -> str:
        """An Identificatie that no other bericht of this seed has."""
        self._named += 1
        return self._prefix + to_base36(self._named, 3)


def _months(van: date, tot: date) -> Iterator[date]:
    """The first day of each month that has days of the period."""
    maand = van.replace(day=1)
    while maand <= tot:
        yield maand
        maand = (maand + timedelta(days=31)).replace(day=1)


def _between(draw: Random, least: int, most: int) -> int:
    """A number, both ends included; a third of the time that randint takes."""
    return least + int(draw.random() * (most - least + 1))

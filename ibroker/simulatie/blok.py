"""A blok: some people, all that is sent about them in order, and what must follow.

It is the unit of work: whoever makes it, and beside which others, it is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ibroker.simulatie.fouten import Foutkeuze, shape, spoil
from ibroker.simulatie.levensloop import Periode, Post, Wereld, live
from ibroker.simulatie.sjabloon import Sjabloon
from ibroker.simulatie.tabel import Foutsoort
from ibroker.simulatie.waarheid import Lot, Orakel
from ibroker.simulatie.wlzwaarheid import Profielen, Signaalstand, stand_of

__all__ = ["Blok", "Opdracht", "Simulatie", "make_blok"]

_PEOPLE: Final = 40


@dataclass(frozen=True, slots=True)
class Opdracht:
    """What to simulate: `personen` people from number `eerste` on, some lives each."""

    seed: int
    periode: Periode
    eerste: int
    personen: int
    levens: int

    @property
    def blokken(self) -> int:
        """How many there are."""
        return -(-self.personen // _PEOPLE)


@dataclass(frozen=True, slots=True)
class Simulatie:
    """All that a blok is made of, but what is asked for."""

    wereld: Wereld
    sjablonen: Mapping[str, Sjabloon]
    foutkeuze: Foutkeuze
    orakel: Orakel
    profielen: Profielen


@dataclass(frozen=True, slots=True)
class Blok:
    """What is sent, in order, and which signals must stand at the end."""

    loten: tuple[Lot, ...] = field(repr=False)
    signalen: tuple[Signaalstand, ...] = field(repr=False)


def make_blok(simulatie: Simulatie, opdracht: Opdracht, nummer: int) -> Blok:
    """Make one blok, counted from 0: people live side by side, day by day."""
    first = opdracht.eerste + nummer * _PEOPLE
    last = min(first + _PEOPLE, opdracht.eerste + opdracht.personen)
    lived: dict[int, list[Post]] = {
        persoon: [
            post
            for leven in range(opdracht.levens)
            for post in live(
                simulatie.wereld, opdracht.seed, persoon, leven, opdracht.periode
            )
        ]
        for persoon in range(first, last)
    }
    posts = sorted(
        (post for own in lived.values() for post in own), key=lambda post: post.dag
    )
    signalen = [
        stand
        for persoon, own in lived.items()
        for stand in stand_of(persoon, own, simulatie.sjablonen, simulatie.profielen)
    ]
    return Blok(tuple(_send(simulatie, opdracht, nummer, posts)), tuple(signalen))


def _send(
    simulatie: Simulatie, opdracht: Opdracht, nummer: int, posts: list[Post]
) -> list[Lot]:
    """Fill in each bericht, with a bad one before or after it now and then."""
    draw = Random(f"{opdracht.seed}/fout/{nummer}/{opdracht.eerste}")  # noqa: S311
    orakel = simulatie.orakel
    loten: list[Lot] = []
    for post in posts:
        sjabloon = simulatie.sjablonen[post.sjabloon]
        soort = simulatie.foutkeuze.draw(post, draw)
        order: tuple[Foutsoort | None, ...] = (None,)
        if soort is not None:
            order = (soort, None) if soort.na is None else (None, soort)
        for one in order:
            naam = f"{nummer:06}-{len(loten):05}"
            kenmerk = f"sim{opdracht.seed}-{opdracht.eerste}-{naam}"
            if one is None:
                vorm = shape(post, sjabloon, kenmerk)
            else:
                vorm = spoil(post, one, sjabloon, kenmerk)
            loten.append(orakel.tell(post, vorm, one, naam))
    return loten

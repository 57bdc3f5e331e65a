"""What is open, for one party or in all: the clocks that run, and how long still."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from ibroker.core.watch.draad import Klok, Stand
from ibroker.core.watch.termijn import Kalender

__all__ = ["Openstaand", "Rol", "openstaande"]


class Rol(StrEnum):
    """What an open answer is to a party."""

    GEVEN = "geven"
    """It must give the answer."""
    KRIJGEN = "krijgen"
    """It waits for the answer."""


@dataclass(frozen=True, slots=True)
class Openstaand:
    """One open answer, as one of both parties sees it.

    `bericht` is the message id of what waits, `wederpartij` the code of the other one,
    `sinds` the day on which it came in, `uiterlijk` the last day for the answer, and
    `resteert` the working days that are left after today, negative once it is late.
    """

    rol: Rol
    antwoord: str
    berichttype: str
    bericht: str
    wederpartij: str
    sinds: date
    uiterlijk: date
    resteert: int


def openstaande(
    klokken: Iterable[Klok], codes: frozenset[str], vandaag: date, kalender: Kalender
) -> Iterator[Openstaand]:
    """Give what is open for a party, that has these codes, and nothing of others."""
    for klok in klokken:
        vraag = klok.vraag
        if klok.stand is not Stand.OPEN:
            continue
        for rol, eigen, ander in (
            (Rol.GEVEN, vraag.ontvanger, vraag.zender),
            (Rol.KRIJGEN, vraag.zender, vraag.ontvanger),
        ):
            if eigen in codes:
                yield Openstaand(
                    rol=rol,
                    antwoord=klok.termijn.antwoord,
                    berichttype=vraag.berichttype,
                    bericht=str(UUID(bytes=vraag.id)),
                    wederpartij=ander,
                    sinds=kalender.dag(vraag.tijd),
                    uiterlijk=klok.uiterlijk,
                    resteert=kalender.resteert(vandaag, klok.uiterlijk),
                )

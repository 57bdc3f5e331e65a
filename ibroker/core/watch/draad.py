"""A draad: all that is known of one reference, and the clocks that follow from it.

It is a set of facts, so their order and number do not count: the same facts give the
same draad, whichever came first and however often. An answer that comes before its
question waits in it. What is open, in time or late is derived, never kept.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from heapq import nsmallest
from typing import Final

from ibroker.core.watch.antwoordtabel import Antwoordtabel, Termijn
from ibroker.core.watch.termijn import Kalender

__all__ = [
    "Antwoord",
    "Draad",
    "Draadfeit",
    "Klok",
    "Stand",
    "Vraag",
    "klokken",
    "neem",
    "snoei",
]

# Of each kind, the first ones: those of a union are among those of its parts, so order
# still does not count. A reference is asked and answered once or a few times.
_MOST: Final = 50


@dataclass(frozen=True, slots=True, order=True)
class Vraag:
    """A bericht that waits for an answer under this reference.

    `id` is its message id, `tijd` when it came in, in milliseconds since 1970; who
    waits is `zender`, and who must answer `ontvanger`.
    """

    soort: str
    tijd: int
    id: bytes
    berichttype: str
    zender: str
    ontvanger: str


@dataclass(frozen=True, slots=True, order=True)
class Antwoord:
    """A bericht that answers what was asked under this reference; as in `Vraag`."""

    soort: str
    tijd: int
    id: bytes


Draadfeit = Vraag | Antwoord


@dataclass(frozen=True, slots=True)
class Draad:
    """What is known of one reference: distinct, and in order of time."""

    vragen: tuple[Vraag, ...] = ()
    antwoorden: tuple[Antwoord, ...] = ()


class Stand(StrEnum):
    """How a clock stands."""

    OPEN = "open"
    OP_TIJD = "op_tijd"
    TE_LAAT = "te_laat"


@dataclass(frozen=True, slots=True)
class Klok:
    """One question and its answer, if any.

    `uiterlijk` is the last day for it; `duur` how long it took, in milliseconds.
    """

    vraag: Vraag
    termijn: Termijn = field(repr=False)
    uiterlijk: date
    antwoord: Antwoord | None
    duur: int | None
    stand: Stand


def neem(draad: Draad, feit: Draadfeit) -> Draad:
    """Take a fact into a draad; the same draad where it was in it."""
    match feit:
        case Vraag():
            if feit in draad.vragen:
                return draad
            vragen = tuple(nsmallest(_MOST, (*draad.vragen, feit)))
            return Draad(vragen, draad.antwoorden)
        case Antwoord():
            if feit in draad.antwoorden:
                return draad
            antwoorden = tuple(nsmallest(_MOST, (*draad.antwoorden, feit)))
            return Draad(draad.vragen, antwoorden)


def snoei(draad: Draad, voor: int) -> Draad | None:
    """Forget what came in before a moment (ms); None where nothing is left."""
    vragen = tuple([one for one in draad.vragen if one.tijd >= voor])
    antwoorden = tuple([one for one in draad.antwoorden if one.tijd >= voor])
    if not vragen and not antwoorden:
        return None
    return Draad(vragen, antwoorden)


def klokken(draad: Draad, tabel: Antwoordtabel, kalender: Kalender) -> tuple[Klok, ...]:
    """Derive the clocks of a draad, in the order of its questions.

    Each question is answered by the first answer after it: an earlier one was for an
    earlier question under the same reference.
    """
    found = []
    for vraag in draad.vragen:
        termijn = tabel.termijnen.get(vraag.soort)
        if termijn is not None:
            found.append(_klok(vraag, draad, termijn, tabel.speling, kalender))
    return tuple(found)


def _klok(
    vraag: Vraag, draad: Draad, termijn: Termijn, speling: int, kalender: Kalender
) -> Klok:
    uiterlijk = kalender.uiterlijk(kalender.dag(vraag.tijd), termijn.werkdagen)
    after = vraag.tijd - speling
    antwoord = next((one for one in draad.antwoorden if one.tijd >= after), None)
    if antwoord is None:
        return Klok(vraag, termijn, uiterlijk, None, None, Stand.OPEN)
    in_time = kalender.dag(antwoord.tijd) <= uiterlijk
    return Klok(
        vraag,
        termijn,
        uiterlijk,
        antwoord,
        max(0, antwoord.tijd - vraag.tijd),
        Stand.OP_TIJD if in_time else Stand.TE_LAAT,
    )

"""Takes a fact into the stand. What is there already changes nothing.

Each part is a greatest one or a union, so the order of the facts and their number do
not matter: of two toewijzingen of one number the newest `besloten`, of two indicaties
the newest Afgiftedatum and Besluitnummer. Where these are equal the contents decide,
that of a withdrawal first; never when something came in. Of two berichten that say the
same the first stays the cause.
"""

from datetime import date
from typing import assert_never

from ibroker.core.wlz.feit import (
    Geindiceerd,
    Gestart,
    Gestopt,
    Toegewezen,
    Wlzstatus,
)
from ibroker.core.wlz.herindeling import rank_toewijzing
from ibroker.core.wlz.stand import (
    Indicatie,
    Levering,
    Stand,
    Toewijzing,
    Voorziening,
)
from ibroker.core.wlz.tabel import Wlztabel

__all__ = ["Gegeven", "begin_indicaties", "take_in"]

Gegeven = Toegewezen | Gestart | Gestopt | Geindiceerd
"""The facts that tell something of a person; a question does not."""


def take_in(stand: Stand, feit: Gegeven, tabel: Wlztabel) -> Stand:
    """Give the stand with the fact in it, or the same stand where it tells nothing."""
    match feit:
        case Geindiceerd():
            return _take_indicatie(stand, _indicatie(feit))
        case Toegewezen():
            return _take_toewijzing(stand, feit, tabel)
        case Gestart():
            return _take_levering(stand, feit, feit.datum, None, None, tabel)
        case Gestopt():
            return _take_levering(
                stand, feit, feit.begin, feit.datum, feit.reden, tabel
            )
        case _:
            assert_never(feit)


def begin_indicaties(stand: Stand, moment: date) -> Stand:
    """Give the stand in which what has begun on that day has, which stays so.

    The newest that has begun puts an end to all that are older.
    """
    for place, indicatie in enumerate(stand.komend):
        if indicatie.ingang <= moment:
            return stand.with_indicaties(indicatie, stand.komend[:place])
    return stand


def _indicatie(feit: Geindiceerd) -> Indicatie:
    return Indicatie(
        feit.afgifte,
        feit.besluitnummer,
        feit.ingang,
        feit.einde,
        tuple(sorted({code for code, _, _ in feit.profielen})),
        feit.status,
        feit.oorzaak.bericht,
    )


def _take_indicatie(stand: Stand, indicatie: Indicatie) -> Stand:
    rank = _rank_indicatie(indicatie)
    if stand.geldend is not None and rank <= _rank_indicatie(stand.geldend):
        return stand
    newer = [one for one in stand.komend if _rank_indicatie(one) >= rank]
    # It comes too late: one that is newer begins no later, or says it already.
    if newer and newer[-1].ingang <= indicatie.ingang:
        return stand
    older = [one for one in stand.komend[len(newer) :] if one.ingang < indicatie.ingang]
    return stand.with_indicaties(stand.geldend, (*newer, indicatie, *older))


def _rank_indicatie(one: Indicatie) -> tuple[object, ...]:
    """Put indicaties in order, the newest last.

    What CIZ says of a decision itself counts before what follows from its profielen.
    """
    return (
        *(one.afgifte, one.besluitnummer),
        *(one.status is not None, one.status is Wlzstatus.NEE, one.status or ""),
        *(one.ingang, one.einde or date.max, one.einde is None, one.profielen),
    )


def _take_toewijzing(stand: Stand, feit: Toegewezen, tabel: Wlztabel) -> Stand:
    toewijzing = Toewijzing(
        feit.besloten,
        feit.ingang,
        feit.einde,
        feit.reden_wijziging,
        feit.aanbieder,
        feit.oorzaak.bericht,
    )
    place, known = _find(stand, feit.gemeente, feit.nummer)
    if known.toewijzing is not None and rank_toewijzing(
        toewijzing, tabel.verwijderd
    ) <= rank_toewijzing(known.toewijzing, tabel.verwijderd):
        return stand
    now = Voorziening(feit.gemeente, feit.nummer, toewijzing, known.leveringen)
    return _put(stand, place, now)


def _take_levering(  # noqa: PLR0913, PLR0917 - of a start or of a stop
    stand: Stand,
    feit: Gestart | Gestopt,
    begin: date,
    datum: date | None,
    reden: str | None,
    tabel: Wlztabel,
) -> Stand:
    product = (feit.aanbieder, feit.categorie, feit.product)
    is_weg = feit.status in tabel.verwijderen
    levering = Levering(*product, begin, datum, reden, is_weg)
    sleutel = levering.sleutel
    place, known = _find(stand, feit.gemeente, feit.nummer)
    same = [one for one in known.leveringen if one.sleutel == sleutel]
    if same and same[0].is_weg >= is_weg:
        return stand
    others = [one for one in known.leveringen if one.sleutel != sleutel]
    leveringen = sorted([*others, levering], key=lambda one: one.sleutel)
    now = Voorziening(feit.gemeente, feit.nummer, known.toewijzing, tuple(leveringen))
    return _put(stand, place, now)


def _find(stand: Stand, gemeente: str, nummer: int) -> tuple[slice, Voorziening]:
    """Give a provision and its place: of a new one an empty place, so it goes in."""
    wanted = (gemeente, nummer)
    place = 0
    for place, one in enumerate(stand.voorzieningen):
        here = (one.gemeente, one.nummer)
        if here == wanted:
            return slice(place, place + 1), one
        if here > wanted:
            break
    else:
        place = len(stand.voorzieningen)
    return slice(place, place), Voorziening(gemeente, nummer, None, ())


def _put(stand: Stand, place: slice, voorziening: Voorziening) -> Stand:
    voorzieningen = list(stand.voorzieningen)
    voorzieningen[place] = [voorziening]
    return stand.with_voorzieningen(tuple(voorzieningen))

"""Rules on a person: bsn, geboortedatum, naam, communicatie."""

from collections.abc import Sequence
from operator import mul

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.core.rules.values import dag, is_filled

__all__ = ["cd007", "cs002", "cs050", "cs139", "cs318", "tr002"]

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_ELEVEN = 11
_UNKNOWN = "1900-01-01"
_YEARS_120 = 120 * 10000
_ISO = 10  # the sheet cuts the dagtekening off here
_END_BY_GEBRUIK = {"1": "-01", "2": "-01-01", "3": _UNKNOWN}


def cs002(bsn: Klasse, kader: Kader) -> Plaatsen:
    """CS002: the bsn passes the 11-proef. 000000000 passes, as in the sheet."""
    total = sum(map(mul, _WEIGHTS, map(int, bsn.element.text or "")))
    return ((bsn.element,),) if total % _ELEVEN else NIETS


def tr002(geboortedatum: Klasse, kader: Kader) -> Plaatsen:
    """TR002: born at most 120 years before the dagtekening, unless unknown."""
    datum = geboortedatum.velden["Datum"]
    text = datum.text or ""
    if text == _UNKNOWN and geboortedatum.tekst("DatumGebruik") == "3":
        return NIETS
    born, today = dag(text), dag(kader.dagtekening.tekst[:_ISO])
    if born is None or today is None or born + _YEARS_120 >= today:
        return NIETS
    return ((kader.dagtekening.element, datum),)




def cs139(geboortedatum: Klasse, kader: Kader) -> Plaatsen:
    """CS139: what DatumGebruik calls unknown is written as 01."""
    gebruik = geboortedatum.velden.get("DatumGebruik")
    if gebruik is None:
        return NIETS
    datum = geboortedatum.velden["Datum"]
    if (datum.text or "").endswith(_END_BY_GEBRUIK[gebruik.text or ""]):
        return NIETS
    return ((datum, gebruik),)


def cs050(naam: Klasse, kader: Kader, *, zonder_partner: Sequence[str]) -> Plaatsen:
    """CS050: NaamGebruik 1 to 4 with a Partnernaam, else one of `zonder_partner`."""
    gebruik = naam.velden["NaamGebruik"]
    partner = naam.velden.get("Partnernaam")
    if partner is None:
        return NIETS if gebruik.text in zonder_partner else ((gebruik,),)
    return NIETS if gebruik.text in ("1", "2", "3", "4") else ((partner, gebruik),)


def cs318(client: Klasse, kader: Kader) -> Plaatsen:
    """CS318: a client is a natural person, so never NaamGebruik 6."""
    naam = client.deel("Naam")
    if naam is None or naam.tekst("NaamGebruik") != "6":
        return NIETS
    return ((naam.velden["NaamGebruik"],),)


def cd007(communicatie: Klasse, kader: Kader) -> Plaatsen:
    """CD007: Taal is filled for Vorm 1 (tolk taal), and only then."""
    vorm = communicatie.velden["Vorm"]
    taal = communicatie.velden.get("Taal")
    if (taal is not None and is_filled(taal.text or "")) == (vorm.text == "1"):
        return NIETS
    return ((vorm,) if taal is None else (vorm, taal),)

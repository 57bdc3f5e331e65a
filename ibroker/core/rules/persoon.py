"""Rules on a person: bsn, geboortedatum, naam, communicatie."""

from collections.abc import Sequence

from lxml import etree

from ibroker.core.rules.values import dag, is_filled
from ibroker.core.rules.veld import NIETS, Plaatsen, Veld, tekst

__all__ = ["cd007", "cs002", "cs050", "cs139", "cs318", "tr002"]

_ELEVEN = 11
_UNKNOWN = "1900-01-01"
_YEARS_120 = 120 * 10000
_ISO = 10  # the sheet cuts the dagtekening off after so many characters
_END_BY_GEBRUIK = {"1": "-01", "2": "-01-01", "3": _UNKNOWN}
_PARTNER = frozenset({"1", "2", "3", "4"})
_RECHTSPERSOON = "6"


def cs002(client: etree._Element, bsn: etree._Element) -> Plaatsen:
    """CS002: the bsn passes the 11-proef. 000000000 passes, as in the sheet."""
    a, b, c, d, e, f, g, h, i = map(int, bsn.text or "")
    total = 9 * a + 8 * b + 7 * c + 6 * d + 5 * e + 4 * f + 3 * g + 2 * h - i
    return ((bsn,),) if total % _ELEVEN else NIETS


def tr002(
    geboortedatum: etree._Element,
    dagtekening: etree._Element,
    datum: etree._Element,
    gebruik: Veld,
) -> Plaatsen:
    """TR002: born at most 120 years before the dagtekening, unless unknown."""
    text = datum.text or ""
    if text == _UNKNOWN and tekst(gebruik) == "3":
        return NIETS
    born, today = dag(text), dag((dagtekening.text or "")[:_ISO])
    if born is None or today is None or born + _YEARS_120 >= today:
        return NIETS
    return ((dagtekening, datum),)


def cs139(
    geboortedatum: etree._Element, datum: etree._Element, gebruik: Veld
) -> Plaatsen:
    """CS139: what DatumGebruik calls unknown is written as 01."""
    if gebruik is None:
        return NIETS
    if (datum.text or "").endswith(_END_BY_GEBRUIK[gebruik.text or ""]):
        return NIETS
    return ((datum, gebruik),)


def cs050(
    naam: etree._Element,
    partner: Veld,
    gebruik: etree._Element,
    *,
    zonder_partner: Sequence[str],
) -> Plaatsen:
    """CS050: NaamGebruik 1 to 4 with a Partnernaam, else one of `zonder_partner`."""
    if partner is None:
        return NIETS if gebruik.text in zonder_partner else ((gebruik,),)
    return NIETS if gebruik.text in _PARTNER else ((partner, gebruik),)


def cs318(naam: etree._Element, gebruik: etree._Element) -> Plaatsen:
    """CS318: a client is a natural person, so never NaamGebruik 6."""
    if gebruik.text != _RECHTSPERSOON:
        return NIETS
    owner = naam.getparent()
    is_client = owner is not None and str(owner.tag).endswith("}Client")
    return ((gebruik,),) if is_client else NIETS


def cd007(communicatie: etree._Element, vorm: etree._Element, taal: Veld) -> Plaatsen:
    """CD007: Taal is filled for Vorm 1 (tolk taal), and only then."""
    if is_filled(tekst(taal)) == (vorm.text == "1"):
        return NIETS
    return ((vorm,) if taal is None else (vorm, taal),)

"""Rules on where a person is reached: contact, adres."""

import re
from collections.abc import Sequence

from lxml import etree

from ibroker.core.rules.veld import NIETS, Lid, Plaatsen, Veld, tekst

__all__ = ["cd005", "cd009", "cd025", "cd034", "cs089", "tr006", "tr061"]

_POSTCODE_NL = re.compile(r"[1-9][0-9]{3}[A-Za-z]{2}")
_NL = "NL"
_TIJDELIJK = "04"
_MET_POSTCODE = frozenset({"01", "03"})
_VAST = frozenset({"01", "02", "03"})


def cd005(contact: etree._Element, postcode: Veld, land: Veld) -> Plaatsen:
    """CD005, CD043: two fields come together; the one that stands alone is named."""
    if postcode is None:
        return NIETS if land is None else ((land,),)
    return ((postcode,),) if land is None else NIETS


def cd025(contact: etree._Element, land: Veld, huis: Veld) -> Plaatsen:
    """CD025: an address in the Netherlands has a Huis."""
    if land is None or land.text != _NL or huis is not None:
        return NIETS
    return ((land,),)


def cs089(contact: etree._Element, postcode: Veld, land: Veld) -> Plaatsen:
    """CS089: a Dutch postcode is 1000 to 9999 and two letters, without a space."""
    if land is None or land.text != _NL:
        return NIETS
    if postcode is None:
        return ((land,),)
    return NIETS if _POSTCODE_NL.fullmatch(postcode.text or "") else ((postcode, land),)


def cd009(contact: etree._Element, soort: etree._Element, periode: Veld) -> Plaatsen:
    """CD009: only a temporary address has a Periode."""
    if periode is None or soort.text == _TIJDELIJK:
        return NIETS
    return ((soort, periode),)


def cd034(contact: etree._Element, soort: etree._Element, postcode: Veld) -> Plaatsen:
    """CD034: a BRP-adres or verblijfadres has a Postcode."""
    if postcode is not None or soort.text not in _MET_POSTCODE:
        return NIETS
    return ((soort,),)


def tr006(
    contact: etree._Element, telefoon: Veld, huis: Veld, postcode: Veld
) -> Plaatsen:
    """TR006: a Telefoon, or Huis and Postcode; each that is missing is reported."""
    if telefoon is not None or (huis is not None and postcode is not None):
        return NIETS
    return [(contact,) for veld in (huis, postcode) if veld is None]


def tr061(contactgegevens: etree._Element, contacten: Sequence[Lid]) -> Plaatsen:
    """TR061: one contact of the client is a BRP-, correspondentie- or verblijfadres."""
    for _, soort in contacten:
        if tekst(soort) in _VAST:
            return NIETS
    return (tuple([contact for contact, _ in contacten]),)

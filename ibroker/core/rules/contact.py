"""Rules on where a person is reached: contact, adres."""

import re
from collections.abc import Sequence

from ibroker.core.rules.broken import (
    BOTH,
    ELEMENT,
    FIRST,
    NOTHING,
    SECOND,
    Broken,
    ListBroken,
    Values,
)

__all__ = ["cd005", "cd009", "cd025", "cd034", "cs089", "tr006", "tr061"]

_POSTCODE_NL = re.compile(r"[1-9][0-9]{3}[A-Za-z]{2}")
_NL = "NL"
_TIJDELIJK = "04"
_MET_POSTCODE = frozenset({"01", "03"})
_VAST = frozenset({"01", "02", "03"})


def cd005(postcode: str | None, land: str | None) -> Broken:
    """CD005, CD043: two fields come together; the one that stands alone is named."""
    if postcode is None:
        return NOTHING if land is None else SECOND
    return FIRST if land is None else NOTHING


def cd025(land: str | None, huis: str | None) -> Broken:
    """CD025: an address in the Netherlands has a Huis."""
    return FIRST if land == _NL and huis is None else NOTHING


def cs089(postcode: str | None, land: str | None) -> Broken:
    """CS089: a Dutch postcode is 1000 to 9999 and two letters, without a space."""
    if land != _NL:
        return NOTHING
    if postcode is None:
        return SECOND
    return NOTHING if _POSTCODE_NL.fullmatch(postcode) else BOTH


def cd009(soort: str, periode: str | None) -> Broken:
    """CD009: only a temporary address has a Periode."""
    return NOTHING if periode is None or soort == _TIJDELIJK else BOTH


def cd034(soort: str, postcode: str | None) -> Broken:
    """CD034: a BRP-adres or verblijfadres has a Postcode."""
    return FIRST if postcode is None and soort in _MET_POSTCODE else NOTHING


def tr006(telefoon: str | None, huis: str | None, postcode: str | None) -> Broken:
    """TR006: a Telefoon, or Huis and Postcode; each that is missing is reported."""
    if telefoon is not None or (huis is not None and postcode is not None):
        return NOTHING
    return [(ELEMENT,) for field in (huis, postcode) if field is None]


def tr061(contactgegevens: Values, contacten: Sequence[Values]) -> ListBroken:
    """TR061: one contact of the client is a BRP-, correspondentie- or verblijfadres."""
    for (soort,) in contacten:
        if soort in _VAST:
            return NOTHING
    return (tuple((place, ELEMENT) for place in range(len(contacten))),)

"""Rules on a person: bsn, geboortedatum, naam, communicatie."""

from collections.abc import Sequence

from ibroker.core.rules.broken import BOTH, FIRST, NOTHING, SECOND, Broken
from ibroker.core.rules.values import dag, is_filled

__all__ = ["cd007", "cs002", "cs050", "cs139", "cs318", "tr002"]

_ELEVEN = 11
_UNKNOWN = "1900-01-01"
_ALL_UNKNOWN = "3"
_YEARS_120 = 120 * 10000
_ISO = 10  # the sheet cuts the dagtekening off after so many characters
_END_BY_GEBRUIK = {"1": "-01", "2": "-01-01", _ALL_UNKNOWN: _UNKNOWN}
_PARTNER = frozenset({"1", "2", "3", "4"})
_RECHTSPERSOON = "6"
_TOLK_TAAL = "1"


def cs002(bsn: str) -> Broken:
    """CS002: the bsn passes the 11-proef. 000000000 passes, as in the sheet."""
    a, b, c, d, e, f, g, h, i = map(int, bsn)
    total = 9 * a + 8 * b + 7 * c + 6 * d + 5 * e + 4 * f + 3 * g + 2 * h - i
    return FIRST if total % _ELEVEN else NOTHING


def tr002(dagtekening: str, datum: str | None, gebruik: str | None) -> Broken:
    """TR002: born at most 120 years before the dagtekening, unless unknown."""
    if datum is None or (datum == _UNKNOWN and gebruik == _ALL_UNKNOWN):
        return NOTHING
    born, today = dag(datum), dag(dagtekening[:_ISO])
    if born is None or today is None or born + _YEARS_120 >= today:
        return NOTHING
    return BOTH


def cs139(datum: str, gebruik: str | None) -> Broken:
    """CS139: what DatumGebruik calls unknown is written as 01."""
    if gebruik is None or datum.endswith(_END_BY_GEBRUIK[gebruik]):
        return NOTHING
    return BOTH


def cs050(
    partner: str | None, gebruik: str, *, zonder_partner: Sequence[str]
) -> Broken:
    """CS050: NaamGebruik 1 to 4 with a Partnernaam, else one of `zonder_partner`."""
    if partner is None:
        return NOTHING if gebruik in zonder_partner else SECOND
    return NOTHING if gebruik in _PARTNER else BOTH


def cs318(gebruik: str) -> Broken:
    """CS318: a client is a natural person, so never NaamGebruik 6."""
    return FIRST if gebruik == _RECHTSPERSOON else NOTHING


def cd007(vorm: str | None, taal: str | None) -> Broken:
    """CD007: Taal is filled for Vorm 1 (tolk taal), and only then."""
    if vorm is None or is_filled(taal) == (vorm == _TOLK_TAAL):
        return NOTHING
    return FIRST if taal is None else BOTH

"""Rules on a product that is assigned, asked or changed (301, 315, 317).

`einde` is its end date: Einddatum or ToewijzingEinddatum.
"""

from ibroker.core.rules.broken import BOTH, ELEMENT, FIRST, NOTHING, Broken
from ibroker.core.rules.values import is_on_or_after

__all__ = [
    "cd041",
    "cd075",
    "cd076",
    "cd077",
    "cd079",
    "cd080",
    "cs335",
    "cs336",
    "cs338",
]

_NEW_RULES = "2021-01-01"
"""What ends from this date on falls under the rules for omvang of release 3.0."""
_PER_WEEK = "2"
_EENHEDEN = frozenset({"14", "16", "83", "84"})
_FREQUENTIES = frozenset({"2", "4", "6"})
_VERWIJDERD = "13"
_VERVALLEN = "01"


def cd041(code: str | None, omvang: str | None) -> Broken:
    """CD041: a product with a Code has an Omvang."""
    return NOTHING if code is None or omvang is not None else FIRST


def cd075(budget: str | None, einde: str | None) -> Broken:
    """CD075: a Budget has an end."""
    return NOTHING if budget is None or einde is not None else FIRST


def cd076(frequentie: str | None, einde: str | None) -> Broken:
    """CD076: an Omvang per week has an end."""
    return FIRST if frequentie == _PER_WEEK and einde is None else NOTHING


def cd077(omvang: str | None, budget: str | None) -> Broken:
    """CD077 and CD078: not an Omvang and a Budget at once."""
    return NOTHING if omvang is None or budget is None else BOTH


def cd079(budget: str | None, product: str | None) -> Broken:
    """CD079: without a Budget there is a Product."""
    return ((ELEMENT,),) if budget is None and product is None else NOTHING


def cd080(code: str | None, einde: str | None, omvang: str | None) -> Broken:
    """CD080, CD095, CD096: no Omvang without a Code, for what ends after 2020."""
    if omvang is None or code is not None:
        return NOTHING
    if einde is None:
        return ((2,),)
    return ((1, 2),) if is_on_or_after(einde, _NEW_RULES) else NOTHING


def cs338(einde: str | None, eenheid: str | None, frequentie: str | None) -> Broken:
    """CS338, CS343: these eenheden go by week, month or in total, after 2020."""
    if eenheid not in _EENHEDEN or frequentie in _FREQUENTIES:
        return NOTHING
    if einde is None:
        return ((1, 2),)
    return ((0, 1, 2),) if is_on_or_after(einde, _NEW_RULES) else NOTHING


def cs335(reden: str | None, begin: str, einde: str | None) -> Broken:
    """CS335: a removed assignment ends on the day it starts.

    The sheet compares the two as text, and says nothing where Einddatum is absent.
    """
    if reden != _VERWIJDERD or einde is None or einde == begin:
        return NOTHING
    return ((1, 2),)


def cs336(reden: str | None) -> Broken:
    """CS336: RedenWijziging 01 has expired."""
    return FIRST if reden == _VERVALLEN else NOTHING

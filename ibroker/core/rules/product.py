"""Rules on a product that is assigned, asked or changed (301, 315, 317).

`einde` is its end date: Einddatum or ToewijzingEinddatum.
"""

from lxml import etree

from ibroker.core.rules.values import is_on_or_after
from ibroker.core.rules.veld import NIETS, Plaatsen, Veld, tekst

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


def cd041(product: etree._Element, code: Veld, omvang: Veld) -> Plaatsen:
    """CD041: a product with a Code has an Omvang."""
    return NIETS if code is None or omvang is not None else ((code,),)


def cd075(product: etree._Element, budget: Veld, einde: Veld) -> Plaatsen:
    """CD075: a Budget has an end."""
    return NIETS if budget is None or einde is not None else ((budget,),)


def cd076(product: etree._Element, frequentie: Veld, einde: Veld) -> Plaatsen:
    """CD076: an Omvang per week has an end."""
    if frequentie is None or einde is not None or frequentie.text != _PER_WEEK:
        return NIETS
    return ((frequentie,),)


def cd077(product: etree._Element, omvang: Veld, budget: Veld) -> Plaatsen:
    """CD077 and CD078: not an Omvang and a Budget at once."""
    return NIETS if omvang is None or budget is None else ((omvang, budget),)


def cd079(product: etree._Element, budget: Veld, categorie: Veld) -> Plaatsen:
    """CD079: without a Budget there is a Product."""
    if budget is not None or categorie is not None:
        return NIETS
    return ((product,),)


def cd080(product: etree._Element, code: Veld, einde: Veld, omvang: Veld) -> Plaatsen:
    """CD080, CD095, CD096: no Omvang without a Code, for what ends after 2020."""
    if omvang is None or code is not None:
        return NIETS
    return _after_2020(einde, omvang)


def cs338(
    product: etree._Element, einde: Veld, eenheid: Veld, frequentie: Veld
) -> Plaatsen:
    """CS338, CS343: these eenheden go by week, month or in total, after 2020."""
    if eenheid is None or frequentie is None or eenheid.text not in _EENHEDEN:
        return NIETS
    if frequentie.text in _FREQUENTIES:
        return NIETS
    return _after_2020(einde, eenheid, frequentie)


def _after_2020(einde: Veld, *places: etree._Element) -> Plaatsen:
    """The places, led by the end date where there is one; nothing if it is too old."""
    if einde is None:
        return (places,)
    return ((einde, *places),) if is_on_or_after(tekst(einde), _NEW_RULES) else NIETS


def cs335(
    product: etree._Element, reden: Veld, begin: etree._Element, einde: Veld
) -> Plaatsen:
    """CS335: a removed assignment ends on the day it starts.

    The sheet compares the two as text, and says nothing where Einddatum is absent.
    """
    if reden is None or reden.text != _VERWIJDERD or einde is None:
        return NIETS
    return NIETS if einde.text == begin.text else ((begin, einde),)


def cs336(product: etree._Element, reden: Veld) -> Plaatsen:
    """CS336: RedenWijziging 01 has expired."""
    return NIETS if reden is None or reden.text != _VERVALLEN else ((reden,),)

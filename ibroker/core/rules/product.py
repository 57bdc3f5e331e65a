"""Rules on a product that is assigned, asked or changed (301, 315, 317).

`einde` is the name of the end date there: Einddatum or ToewijzingEinddatum.
"""

from lxml import etree

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.core.rules.values import is_on_or_after

__all__ = [
    "cd041",
    "cd043",
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
"""From this end date on the rules for omvang of iWmo and iJw 3.0 count."""
_PER_WEEK = "2"
_EENHEDEN = frozenset({"14", "16", "83", "84"})
_FREQUENTIES = frozenset({"2", "4", "6"})
_VERWIJDERD = "13"
_VERVALLEN = "01"


def _code(product: Klasse) -> etree._Element | None:
    deel = product.deel("Product")
    return None if deel is None else deel.velden.get("Code")


def cd041(product: Klasse, kader: Kader) -> Plaatsen:
    """CD041: a product with a Code has an Omvang."""
    if "Omvang" in product.velden:
        return NIETS
    code = _code(product)
    return NIETS if code is None else ((code,),)


def cd043(product: Klasse, kader: Kader) -> Plaatsen:
    """CD043: BeschikkingNummer and BeschikkingIngangsdatum come together."""
    nummer = product.velden.get("BeschikkingNummer")
    datum = product.velden.get("BeschikkingIngangsdatum")
    if nummer is not None and datum is None:
        return ((nummer,),)
    if datum is not None and nummer is None:
        return ((datum,),)
    return NIETS


def cd075(product: Klasse, kader: Kader, *, einde: str) -> Plaatsen:
    """CD075: a Budget has an end."""
    budget = product.velden.get("Budget")
    return NIETS if budget is None or einde in product.velden else ((budget,),)


def cd076(product: Klasse, kader: Kader, *, einde: str) -> Plaatsen:
    """CD076: an Omvang per week has an end."""
    omvang = product.deel("Omvang")
    if omvang is None or einde in product.velden:
        return NIETS
    if omvang.tekst("Frequentie") != _PER_WEEK:
        return NIETS
    return ((omvang.velden["Frequentie"],),)


def cd077(product: Klasse, kader: Kader) -> Plaatsen:
    """CD077 and CD078: not an Omvang and a Budget at once."""
    omvang, budget = product.velden.get("Omvang"), product.velden.get("Budget")
    return NIETS if omvang is None or budget is None else ((omvang, budget),)


def cd079(product: Klasse, kader: Kader) -> Plaatsen:
    """CD079: without a Budget there is a Product."""
    if "Budget" in product.velden or "Product" in product.velden:
        return NIETS
    return ((product.element,),)


def cd080(product: Klasse, kader: Kader, *, einde: str) -> Plaatsen:
    """CD080, CD095, CD096: no Omvang without a Code, for what ends after 2020."""
    omvang = product.velden.get("Omvang")
    if omvang is None or _code(product) is not None:
        return NIETS
    return _after_2020(product, einde, omvang)


def cs338(product: Klasse, kader: Kader, *, einde: str) -> Plaatsen:
    """CS338, CS343: these eenheden go by week, month or in total, after 2020."""
    omvang = product.deel("Omvang")
    if omvang is None or omvang.tekst("Eenheid") not in _EENHEDEN:
        return NIETS
    if omvang.tekst("Frequentie") in _FREQUENTIES:
        return NIETS
    velden = omvang.velden
    return _after_2020(product, einde, velden["Eenheid"], velden["Frequentie"])


def _after_2020(product: Klasse, einde: str, *places: etree._Element) -> Plaatsen:
    """The places, led by the end date where there is one; nothing if it is too old."""
    datum = product.velden.get(einde)
    if datum is None:
        return (places,)
    return ((datum, *places),) if is_on_or_after(datum.text or "", _NEW_RULES) else NIETS


def cs335(product: Klasse, kader: Kader) -> Plaatsen:
    """CS335: a removed assignment ends on the day it starts.

    The sheet compares the two as text, and says nothing where Einddatum is absent.
    """
    if product.tekst("RedenWijziging") != _VERWIJDERD:
        return NIETS
    einde = product.velden.get("Einddatum")
    begin = product.velden["Ingangsdatum"]
    return NIETS if einde is None or einde.text == begin.text else ((begin, einde),)


def cs336(product: Klasse, kader: Kader) -> Plaatsen:
    """CS336: RedenWijziging 01 has expired."""
    if product.tekst("RedenWijziging") != _VERVALLEN:
        return NIETS
    return ((product.velden["RedenWijziging"],),)

"""Rules on what is reported, asked and answered (305, 307, 315, 317, 319)."""

from lxml import etree

from ibroker.core.rules.veld import NIETS, Plaatsen, Veld, child_of

__all__ = [
    "cd066",
    "cd067",
    "cd068",
    "cd085",
    "cd086",
    "cs058",
    "tr352",
    "tr353",
    "tr377",
    "tr409",
]

_VERWIJZERS = frozenset({"02", "03", "04", "05"})
"""The kinds of verwijzer that have an AGB code: huisarts, jeugdarts, and so on."""
_TE_LEVEREN = frozenset({"1", "3"})
_AFGEWEZEN = "1"
_IN_ONDERZOEK = "2"
_WOONPLAATSBEGINSEL = "8"


def cs058(product: etree._Element, status: etree._Element) -> Plaatsen:
    """CS058: a start or stop is delivered (1) or removed (3)."""
    return NIETS if status.text in _TE_LEVEREN else ((status,),)


def cd066(
    verwijzer: etree._Element, soort: etree._Element, naam: Veld, code: Veld
) -> Plaatsen:
    """CD066: a verwijzer with a ZorgverlenerCode has no Naam."""
    if naam is None or code is None or soort.text not in _VERWIJZERS:
        return NIETS
    return ((soort, naam, code),)


def cd067(
    verwijzer: etree._Element, soort: etree._Element, naam: Veld, code: Veld
) -> Plaatsen:
    """CD067: a verwijzer without a ZorgverlenerCode has a Naam."""
    if naam is not None or code is not None or soort.text not in _VERWIJZERS:
        return NIETS
    return ((soort,),)


def cd068(verwijzer: etree._Element, soort: etree._Element, code: Veld) -> Plaatsen:
    """CD068: other verwijzers have no ZorgverlenerCode."""
    return NIETS if code is None or soort.text in _VERWIJZERS else ((soort, code),)


def tr352(verzoek: etree._Element) -> Plaatsen:
    """TR352: a wijziging starts from at least one product that there is."""
    return _needs(verzoek, "OngewijzigdeProducten", "TeWijzigenProducten")


def tr353(verzoek: etree._Element) -> Plaatsen:
    """TR353: a wijziging changes or adds at least one product."""
    return _needs(verzoek, "TeWijzigenProducten", "NieuweProducten")


def _needs(verzoek: etree._Element, *names: str) -> Plaatsen:
    for name in names:
        if child_of(verzoek, name) is not None:
            return NIETS
    return ((verzoek,),)


def cd085(klasse: etree._Element, antwoord: etree._Element, reden: Veld) -> Plaatsen:
    """CD085: a rejected verzoek has a reason."""
    if reden is not None or antwoord.text != _AFGEWEZEN:
        return NIETS
    return ((antwoord,),)


def cd086(klasse: etree._Element, antwoord: etree._Element, reden: Veld) -> Plaatsen:
    """CD086: a verzoek in onderzoek has no reason of rejection."""
    if reden is None or antwoord.text != _IN_ONDERZOEK:
        return NIETS
    return ((antwoord, reden),)


def tr377(klasse: etree._Element, reden: Veld, beginsel: Veld) -> Plaatsen:
    """TR377: a rejection for the woonplaatsbeginsel names the other gemeente."""
    if reden is None or reden.text != _WOONPLAATSBEGINSEL or beginsel is not None:
        return NIETS
    return ((reden,),)


def tr409(klasse: etree._Element, reden: Veld, beginsel: Veld) -> Plaatsen:
    """TR409: another reason names no other gemeente; silent without a reason."""
    if reden is None or beginsel is None or reden.text == _WOONPLAATSBEGINSEL:
        return NIETS
    return ((reden, beginsel),)

"""Rules on what is reported, asked and answered (305, 307, 315, 317, 319)."""

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen

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
_WOONPLAATSBEGINSEL = "8"


def cs058(product: Klasse, kader: Kader) -> Plaatsen:
    """CS058: a start or stop is delivered (1) or removed (3)."""
    status = product.velden["StatusAanlevering"]
    return NIETS if status.text in ("1", "3") else ((status,),)


def cd066(verwijzer: Klasse, kader: Kader) -> Plaatsen:
    """CD066: a verwijzer with a ZorgverlenerCode has no Naam."""
    velden = verwijzer.velden
    if verwijzer.tekst("Type") not in _VERWIJZERS:
        return NIETS
    if "ZorgverlenerCode" not in velden or "Naam" not in velden:
        return NIETS
    return ((velden["Type"], velden["Naam"], velden["ZorgverlenerCode"]),)


def cd067(verwijzer: Klasse, kader: Kader) -> Plaatsen:
    """CD067: a verwijzer without a ZorgverlenerCode has a Naam."""
    velden = verwijzer.velden
    if verwijzer.tekst("Type") not in _VERWIJZERS:
        return NIETS
    if "ZorgverlenerCode" in velden or "Naam" in velden:
        return NIETS
    return ((velden["Type"],),)


def cd068(verwijzer: Klasse, kader: Kader) -> Plaatsen:
    """CD068: other verwijzers have no ZorgverlenerCode."""
    velden = verwijzer.velden
    if verwijzer.tekst("Type") in _VERWIJZERS or "ZorgverlenerCode" not in velden:
        return NIETS
    return ((velden["Type"], velden["ZorgverlenerCode"]),)


def tr352(verzoek: Klasse, kader: Kader) -> Plaatsen:
    """TR352: a wijziging starts from at least one product that there is."""
    velden = verzoek.velden
    if "OngewijzigdeProducten" in velden or "TeWijzigenProducten" in velden:
        return NIETS
    return ((verzoek.element,),)


def tr353(verzoek: Klasse, kader: Kader) -> Plaatsen:
    """TR353: a wijziging changes or adds at least one product."""
    velden = verzoek.velden
    if "TeWijzigenProducten" in velden or "NieuweProducten" in velden:
        return NIETS
    return ((verzoek.element,),)


def cd085(antwoord: Klasse, kader: Kader) -> Plaatsen:
    """CD085: a rejected verzoek has a reason."""
    if antwoord.tekst("VerzoekAntwoord") != "1":
        return NIETS
    if "RedenAfwijzingVerzoek" in antwoord.velden:
        return NIETS
    return ((antwoord.velden["VerzoekAntwoord"],),)


def cd086(antwoord: Klasse, kader: Kader) -> Plaatsen:
    """CD086: a verzoek in onderzoek has no reason of rejection."""
    reden = antwoord.velden.get("RedenAfwijzingVerzoek")
    if antwoord.tekst("VerzoekAntwoord") != "2" or reden is None:
        return NIETS
    return ((antwoord.velden["VerzoekAntwoord"], reden),)


def tr377(antwoord: Klasse, kader: Kader) -> Plaatsen:
    """TR377: a rejection for the woonplaatsbeginsel names the other gemeente."""
    reden = antwoord.velden.get("RedenAfwijzingVerzoek")
    if reden is None or reden.text != _WOONPLAATSBEGINSEL:
        return NIETS
    return NIETS if "Woonplaatsbeginsel" in antwoord.velden else ((reden,),)


def tr409(antwoord: Klasse, kader: Kader) -> Plaatsen:
    """TR409: another reason names no other gemeente; silent without a reason."""
    reden = antwoord.velden.get("RedenAfwijzingVerzoek")
    beginsel = antwoord.velden.get("Woonplaatsbeginsel")
    if reden is None or beginsel is None or reden.text == _WOONPLAATSBEGINSEL:
        return NIETS
    return ((reden, beginsel),)

"""Rules on what is reported, asked and answered (305, 307, 315, 317, 319)."""

from ibroker.core.rules.broken import BOTH, ELEMENT, FIRST, NOTHING, Broken

__all__ = [
    "cd066",
    "cd067",
    "cd068",
    "cd085",
    "cd086",
    "cs058",
    "tr352",
    "tr377",
    "tr409",
]

_VERWIJZERS = frozenset({"02", "03", "04", "05"})
"""The kinds of verwijzer that have an AGB code: huisarts, jeugdarts, and so on."""
_TE_LEVEREN = frozenset({"1", "3"})
_AFGEWEZEN = "1"
_IN_ONDERZOEK = "2"
_WOONPLAATSBEGINSEL = "8"


def cs058(status: str) -> Broken:
    """CS058: a start or stop is delivered (1) or removed (3)."""
    return NOTHING if status in _TE_LEVEREN else FIRST


def cd066(soort: str, naam: str | None, code: str | None) -> Broken:
    """CD066: a verwijzer with a ZorgverlenerCode has no Naam."""
    if naam is None or code is None or soort not in _VERWIJZERS:
        return NOTHING
    return ((0, 1, 2),)


def cd067(soort: str, naam: str | None, code: str | None) -> Broken:
    """CD067: a verwijzer without a ZorgverlenerCode has a Naam."""
    if naam is not None or code is not None or soort not in _VERWIJZERS:
        return NOTHING
    return FIRST


def cd068(soort: str, code: str | None) -> Broken:
    """CD068: other verwijzers have no ZorgverlenerCode."""
    return NOTHING if code is None or soort in _VERWIJZERS else BOTH


def tr352(some: str | None, others: str | None) -> Broken:
    """TR352, TR353: a wijziging has at least one product of either kind."""
    return ((ELEMENT,),) if some is None and others is None else NOTHING


def cd085(antwoord: str, reden: str | None) -> Broken:
    """CD085: a rejected verzoek has a reason."""
    return FIRST if reden is None and antwoord == _AFGEWEZEN else NOTHING


def cd086(antwoord: str, reden: str | None) -> Broken:
    """CD086: a verzoek in onderzoek has no reason of rejection."""
    return BOTH if reden is not None and antwoord == _IN_ONDERZOEK else NOTHING


def tr377(reden: str | None, beginsel: str | None) -> Broken:
    """TR377: a rejection for the woonplaatsbeginsel names the other gemeente."""
    return FIRST if reden == _WOONPLAATSBEGINSEL and beginsel is None else NOTHING


def tr409(reden: str | None, beginsel: str | None) -> Broken:
    """TR409: another reason names no other gemeente; silent without a reason."""
    if reden is None or beginsel is None or reden == _WOONPLAATSBEGINSEL:
        return NOTHING
    return BOTH

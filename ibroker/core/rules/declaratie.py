"""Rules on a declaratie and its answer (323, 325): prestaties and sums."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ibroker.core.rules.broken import (
    BOTH,
    FIRST,
    LIJST,
    NOTHING,
    SECOND,
    Broken,
    ListBroken,
    Values,
)
from ibroker.core.rules.values import (
    dag,
    getal,
    is_filled,
    is_later,
    months_before,
    normalize,
)

__all__ = ["cd060", "cd087", "cs325", "cs339", "tr319", "tr335", "tr342", "tr358"]

_CREDIT = "C"
_EURO = "83"
_FIVE_YEARS = 60  # months
_TOEGEWEZEN = frozenset({"0200", "8001"})


def cd060(vorig: str | None, dc: str) -> Broken:
    """CD060: a credit names the debet that it takes back, and only a credit does."""
    if is_filled(vorig) == (dc == _CREDIT):
        return NOTHING
    return SECOND if vorig is None else BOTH


def cd087(eenheid: str, tarief: str | None) -> Broken:
    """CD087: there is a ProductTarief, but not where the eenheid is euro."""
    if (tarief is None) == (eenheid == _EURO):
        return NOTHING
    return FIRST if tarief is None else BOTH


def cs325(bedrag: str, dc: str) -> Broken:
    """CS325: an amount of nothing is a debet."""
    return BOTH if dc == _CREDIT and getal(bedrag) == 0 else NOTHING


def cs339(eenheid: str, volume: str, bedrag: str) -> Broken:
    """CS339: in euro's the amount is the volume. A plus sign hides a difference."""
    if eenheid != _EURO:
        return NOTHING
    first, second = getal(volume), getal(bedrag)
    if first is None or second is None or first == second:
        return NOTHING
    return ((1, 2),)


def tr319(laatste: str, begin: str, einde: str) -> Broken:
    """TR319: no prestatie after the DeclaratiePeriode; begin and end each count."""
    early, late = is_later(begin, laatste), is_later(einde, laatste)
    if not early and not late:
        return NOTHING
    return [fields for fields, so in (((0, 1), early), ((0, 2), late)) if so]


def tr335(dagtekening: str, einde: str) -> Broken:
    """TR335: a prestatie ended at most five years before the DeclaratieDagtekening."""
    last, limit = dag(einde), _five_years_before(dagtekening)
    return NOTHING if last is None or limit is None or last >= limit else BOTH


@lru_cache(maxsize=16)
def _five_years_before(dagtekening: str) -> int | None:
    today = dag(dagtekening)
    return None if today is None else months_before(today, _FIVE_YEARS)


def tr358(declaratie: Values, prestaties: Sequence[Values]) -> ListBroken:
    """TR358: the total is the sum of all prestaties, credits taken off.

    The sheet writes the sum and compares it with TotaalBedrag as text.
    """
    totaal, dc = declaratie
    som = _sum(prestaties)
    if (
        som is not None
        and totaal is not None
        and str(abs(som)) == normalize(totaal)
        and (som == 0 or (som < 0) == (dc == _CREDIT))
    ):
        return NOTHING
    bedragen = [(place, 2) for place in range(len(prestaties))]
    return (((LIJST, 0), (LIJST, 1), *bedragen),)


def tr342(antwoord: Values, prestaties: Sequence[Values]) -> ListBroken:
    """TR342: what is not granted is the sum of the rejected prestaties.

    Where the DeclaratieAntwoord itself is rejected nothing is granted.
    """
    bedrag, dc, _, toegekend, toegekend_dc, _, codes = antwoord
    granted = _signed(toegekend, toegekend_dc)
    if not set((codes or "").split()) <= _TOEGEWEZEN:
        return NOTHING if granted == 0 else (((LIJST, 5),),)
    asked = _signed(bedrag, dc)
    rest = None if asked is None or granted is None else asked - granted
    return NOTHING if rest == _sum(prestaties) else (((LIJST, 2), (LIJST, 5)),)


def _signed(bedrag: str | None, dc: str | None) -> int | None:
    """An amount in cents, negative for a credit; None where the sheet reads NaN."""
    number = getal(bedrag or "")
    return -number if number is not None and dc == _CREDIT else number


def _sum(prestaties: Iterable[Values]) -> int | None:
    """The sum in cents of (bedrag, dc, ...); None as soon as one is none."""
    total = 0
    for bedrag, dc, *_ in prestaties:
        number = _signed(bedrag, dc)
        if number is None:
            return None
        total += number
    return total

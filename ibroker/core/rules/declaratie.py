"""Rules on a declaratie and its answer (323, 325): prestaties and sums."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from lxml import etree

from ibroker.core.rules.values import (
    dag,
    getal,
    is_filled,
    is_later,
    months_before,
    normalize,
)
from ibroker.core.rules.veld import NIETS, Lid, Plaatsen, Veld, child_of, tekst

__all__ = ["cd060", "cd087", "cs325", "cs339", "tr319", "tr335", "tr342", "tr358"]

_CREDIT = "C"
_EURO = "83"
_FIVE_YEARS = 60  # months
_TOEGEWEZEN = frozenset({"0200", "8001"})


def cd060(prestatie: etree._Element, vorig: Veld, dc: etree._Element) -> Plaatsen:
    """CD060: a credit names the debet that it takes back, and only a credit does."""
    if is_filled(tekst(vorig)) == (dc.text == _CREDIT):
        return NIETS
    return ((dc,) if vorig is None else (vorig, dc),)


def cd087(prestatie: etree._Element, eenheid: etree._Element, tarief: Veld) -> Plaatsen:
    """CD087: there is a ProductTarief, but not where the eenheid is euro."""
    if (tarief is None) == (eenheid.text == _EURO):
        return NIETS
    return ((eenheid,) if tarief is None else (eenheid, tarief),)


def cs325(
    klasse: etree._Element, bedrag: etree._Element, dc: etree._Element
) -> Plaatsen:
    """CS325: an amount of nothing is a debet."""
    if dc.text != _CREDIT or getal(bedrag.text or "") != 0:
        return NIETS
    return ((bedrag, dc),)


def cs339(
    prestatie: etree._Element,
    eenheid: etree._Element,
    volume: etree._Element,
    bedrag: etree._Element,
) -> Plaatsen:
    """CS339: in euro's the amount is the volume. A plus sign hides a difference."""
    if eenheid.text != _EURO:
        return NIETS
    first, second = getal(volume.text or ""), getal(bedrag.text or "")
    if first is None or second is None or first == second:
        return NIETS
    return ((volume, bedrag),)


def tr319(
    prestatie: etree._Element,
    laatste: etree._Element,
    begin: etree._Element,
    einde: etree._Element,
) -> Plaatsen:
    """TR319: no prestatie after the DeclaratiePeriode; begin and end each count."""
    last = laatste.text or ""
    late = [datum for datum in (begin, einde) if is_later(datum.text or "", last)]
    return [(laatste, datum) for datum in late] if late else NIETS


def tr335(
    prestatie: etree._Element, dagtekening: etree._Element, einde: etree._Element
) -> Plaatsen:
    """TR335: a prestatie ended at most five years before the DeclaratieDagtekening."""
    last, limit = dag(einde.text or ""), _five_years_before(dagtekening.text or "")
    if last is None or limit is None or last >= limit:
        return NIETS
    return ((dagtekening, einde),)


@lru_cache(maxsize=16)
def _five_years_before(dagtekening: str) -> int | None:
    today = dag(dagtekening)
    return None if today is None else months_before(today, _FIVE_YEARS)


def tr358(declaratie: etree._Element, prestaties: Sequence[Lid]) -> Plaatsen:
    """TR358: the total is the sum of all prestaties, credits taken off.

    The sheet writes the sum and compares it with TotaalBedrag as text.
    """
    ingediend = child_of(declaratie, "TotaalIngediendBedrag")
    if ingediend is None:
        raise LookupError
    totaal, dc = ingediend
    som = _sum(prestaties)
    if (
        som is not None
        and str(abs(som)) == normalize(totaal.text or "")
        and (som == 0 or (som < 0) == (dc.text == _CREDIT))
    ):
        return NIETS
    return ((totaal, dc, *[_parent(bedrag) for _, bedrag, _ in prestaties]),)


def tr342(antwoord: etree._Element, prestaties: Sequence[Lid]) -> Plaatsen:
    """TR342: what is not granted is the sum of the rejected prestaties.

    Where the DeclaratieAntwoord itself is rejected nothing is granted.
    """
    ingediend = child_of(antwoord, "TotaalIngediendBedrag")
    toegekend = child_of(antwoord, "TotaalToegekendBedrag")
    retourcodes = child_of(antwoord, "RetourCodes")
    if ingediend is None or toegekend is None or retourcodes is None:
        raise LookupError
    granted = _signed(*toegekend)
    if not {code.text for code in retourcodes} <= _TOEGEWEZEN:
        return NIETS if granted == 0 else ((toegekend,),)
    asked = _signed(*ingediend)
    rest = None if asked is None or granted is None else asked - granted
    return NIETS if rest == _sum(prestaties) else ((ingediend, toegekend),)


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    if parent is None:
        raise LookupError
    return parent


def _signed(bedrag: etree._Element, dc: etree._Element) -> int | None:
    """An amount in cents, negative for a credit; None where the sheet reads NaN."""
    number = getal(bedrag.text or "")
    return -number if number is not None and dc.text == _CREDIT else number


def _sum(prestaties: Iterable[Lid]) -> int | None:
    """The sum in cents of (prestatie, bedrag, dc); None as soon as one is none."""
    total = 0
    for _, bedrag, dc in prestaties:
        number = _signed(bedrag, dc)
        if number is None:
            return None
        total += number
    return total

"""Rules on periods: begin before end, and neither after the dagtekening."""

from lxml import etree

from ibroker.core.rules.values import (
    add_month,
    dag,
    is_later,
    is_on_or_after,
    next_day,
)
from ibroker.core.rules.veld import NIETS, Plaatsen, Veld

__all__ = ["cs003", "cs100", "cs337", "cs340", "tr134", "tr137", "tr380"]

_DECLARATIES_FROM = "2021-01-01"
_YEAR, _MONTH = slice(0, 4), slice(5, 7)


def cs003(klasse: etree._Element, begin: Veld, einde: Veld) -> Plaatsen:
    """CS003, TR018: the end is not before the begin.

    An end without a begin (only possible in a Contact's Periode) is reported too.
    """
    if einde is None:
        return NIETS
    if begin is None:
        return ((einde,),)
    return ((begin, einde),) if is_later(begin.text or "", einde.text or "") else NIETS


def cs100(klasse: etree._Element, begin: etree._Element) -> Plaatsen:
    """CS100: nothing is declared from before 2021."""
    return NIETS if is_on_or_after(begin.text or "", _DECLARATIES_FROM) else ((begin,),)


def cs337(
    klasse: etree._Element, begin: etree._Element, einde: etree._Element
) -> Plaatsen:
    """CS337: a ProductPeriode stays within one month; year and month each count.

    The sheet compares the characters at those places.
    """
    first, last = begin.text or "", einde.text or ""
    if first[:7] == last[:7]:
        return NIETS
    return [(begin, einde) for part in (_YEAR, _MONTH) if first[part] != last[part]]


def cs340(
    klasse: etree._Element, begin: etree._Element, einde: etree._Element
) -> Plaatsen:
    """CS340: a DeclaratiePeriode is one whole month: the first, and a month long."""
    broken: list[tuple[etree._Element, ...]] = []
    if not (begin.text or "").endswith("01"):
        broken.append((begin,))
    first, last = dag(begin.text or ""), dag(einde.text or "")
    if first is not None and last is not None and next_day(last) != add_month(first):
        broken.append((begin, einde))
    return broken or NIETS


def tr134(
    klasse: etree._Element, dagtekening: etree._Element, datum: etree._Element
) -> Plaatsen:
    """TR134: not after the dagtekening."""
    if is_later(datum.text or "", dagtekening.text or ""):
        return ((dagtekening, datum),)
    return NIETS


def tr137(
    klasse: etree._Element,
    dagtekening: etree._Element,
    begin: etree._Element,
    einde: etree._Element,
) -> Plaatsen:
    """TR137: the end is not before the begin, nor after the dagtekening."""
    last = einde.text or ""
    early = is_later(begin.text or "", last)
    late = is_later(last, dagtekening.text or "")
    if not early and not late:
        return NIETS
    broken = ((begin, einde), (dagtekening, einde))
    return [places for places, so in zip(broken, (early, late), strict=True) if so]


def tr380(
    product: etree._Element, dagtekening: etree._Element, wens: etree._Element
) -> Plaatsen:
    """TR380: a NieuwProduct starts after the dagtekening."""
    start, today = dag(wens.text or ""), dag(dagtekening.text or "")
    if start is None or today is None or start > today:
        return NIETS
    return ((dagtekening, wens),)

"""Rules on periods: begin before end, and neither after the dagtekening.

`begin` and `einde` are the names of the two dates at that place.
"""

from lxml import etree

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.core.rules.values import (
    add_month,
    dag,
    is_later,
    is_on_or_after,
    next_day,
)

__all__ = ["cs003", "cs100", "cs337", "cs340", "tr134", "tr137", "tr380"]

_DECLARATIES_FROM = "2021-01-01"
_YEAR, _MONTH = slice(0, 4), slice(5, 7)


def cs003(klasse: Klasse, kader: Kader, *, begin: str, einde: str) -> Plaatsen:
    """CS003, TR018: the end is not before the begin.

    An end without a begin (only possible in a Contact's Periode) is reported too.
    """
    end = klasse.velden.get(einde)
    if end is None:
        return NIETS
    start = klasse.velden.get(begin)
    if start is None:
        return ((end,),)
    return ((start, end),) if is_later(start.text or "", end.text or "") else NIETS


def cs100(periode: Klasse, kader: Kader) -> Plaatsen:
    """CS100: nothing is declared from before 2021."""
    begin = periode.velden["Begindatum"]
    return NIETS if is_on_or_after(begin.text or "", _DECLARATIES_FROM) else ((begin,),)


def cs337(periode: Klasse, kader: Kader) -> Plaatsen:
    """CS337: a ProductPeriode stays within one month; year and month each count.

    The sheet compares the characters at those places.
    """
    begin, einde = periode.velden["Begindatum"], periode.velden["Einddatum"]
    first, last = begin.text or "", einde.text or ""
    if first[:7] == last[:7]:
        return NIETS
    return [(begin, einde) for part in (_YEAR, _MONTH) if first[part] != last[part]]


def cs340(periode: Klasse, kader: Kader) -> Plaatsen:
    """CS340: a DeclaratiePeriode is one whole month: the first, and a month long."""
    begin, einde = periode.velden["Begindatum"], periode.velden["Einddatum"]
    broken: list[tuple[etree._Element, ...]] = []
    if not (begin.text or "").endswith("01"):
        broken.append((begin,))
    first, last = dag(begin.text or ""), dag(einde.text or "")
    if first is not None and last is not None and next_day(last) != add_month(first):
        broken.append((begin, einde))
    return broken


def tr134(klasse: Klasse, kader: Kader, *, datum: str) -> Plaatsen:
    """TR134: not after the dagtekening."""
    element = klasse.velden[datum]
    if is_later(element.text or "", kader.dagtekening.tekst):
        return ((kader.dagtekening.element, element),)
    return NIETS


def tr137(periode: Klasse, kader: Kader) -> Plaatsen:
    """TR137: the end is not before the begin, nor after the dagtekening."""
    begin, einde = periode.velden["Begindatum"], periode.velden["Einddatum"]
    early = is_later(begin.text or "", einde.text or "")
    late = is_later(einde.text or "", kader.dagtekening.tekst)
    if not early and not late:
        return NIETS
    broken = ((begin, einde), (kader.dagtekening.element, einde))
    return [places for places, so in zip(broken, (early, late), strict=True) if so]


def tr380(product: Klasse, kader: Kader) -> Plaatsen:
    """TR380: a NieuwProduct starts after the dagtekening."""
    wens = product.velden["GewensteIngangsdatum"]
    start, today = dag(wens.text or ""), kader.dagtekening.dag
    if start is None or today is None or start > today:
        return NIETS
    return ((kader.dagtekening.element, wens),)

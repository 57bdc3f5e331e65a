"""Rules on periods: begin before end, and neither after the dagtekening."""

from ibroker.core.rules.broken import BOTH, FIRST, NOTHING, SECOND, Broken
from ibroker.core.rules.values import add_month, dag, is_later, is_on_or_after, next_day

__all__ = ["cs003", "cs100", "cs337", "cs340", "tr134", "tr137", "tr380"]

_DECLARATIES_FROM = "2021-01-01"
_YEAR, _MONTH = slice(0, 4), slice(5, 7)


def cs003(begin: str | None, einde: str | None) -> Broken:
    """CS003, TR018: the end is not before the begin.

    An end without a begin (only possible in a Contact's Periode) is reported too.
    """
    if einde is None:
        return NOTHING
    if begin is None:
        return SECOND
    return BOTH if is_later(begin, einde) else NOTHING


def cs100(begin: str) -> Broken:
    """CS100: nothing is declared from before 2021."""
    return NOTHING if is_on_or_after(begin, _DECLARATIES_FROM) else FIRST


def cs337(begin: str, einde: str) -> Broken:
    """CS337: a ProductPeriode stays within one month; year and month each count.

    The sheet compares the characters at those places.
    """
    if begin[:7] == einde[:7]:
        return NOTHING
    return [(0, 1) for part in (_YEAR, _MONTH) if begin[part] != einde[part]]


def cs340(begin: str, einde: str) -> Broken:
    """CS340: a DeclaratiePeriode is one whole month: the first, and a month long."""
    broken: list[tuple[int, ...]] = []
    if not begin.endswith("01"):
        broken.append((0,))
    first, last = dag(begin), dag(einde)
    if first is not None and last is not None and next_day(last) != add_month(first):
        broken.append((0, 1))
    return broken or NOTHING


def tr134(dagtekening: str, datum: str | None) -> Broken:
    """TR134: not after the dagtekening."""
    return BOTH if datum is not None and is_later(datum, dagtekening) else NOTHING


def tr137(dagtekening: str, begin: str, einde: str) -> Broken:
    """TR137: the end is not before the begin, nor after the dagtekening."""
    early, late = is_later(begin, einde), is_later(einde, dagtekening)
    if not early and not late:
        return NOTHING
    return [fields for fields, so in (((1, 2), early), ((0, 2), late)) if so]


def tr380(dagtekening: str, wens: str) -> Broken:
    """TR380: a NieuwProduct starts after the dagtekening."""
    start, today = dag(wens), dag(dagtekening)
    return NOTHING if start is None or today is None or start > today else BOTH

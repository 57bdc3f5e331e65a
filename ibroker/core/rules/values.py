"""How the official rule sheet reads a value, where that is not how the XSD reads it.

The sheet is XSLT 1.0: it compares dates as the numbers that remain without hyphens,
and knows no integers. The XSD allows whitespace around dates and integers, a plus
sign, years of more than four digits and before Christ; the functions here give the
sheet's reading of those, so that a receiver who runs the sheet comes to our verdict.
"""

__all__ = [
    "add_month",
    "dag",
    "getal",
    "is_filled",
    "is_later",
    "is_on_or_after",
    "months_before",
    "next_day",
    "normalize",
]

_WHITESPACE = " \t\r\n"
_ISO = 10  # characters of yyyy-mm-dd; no other way to write a date is as short


def is_filled(text: str | None) -> bool:
    """Whether anything but XML whitespace stands there."""
    return text is not None and bool(text.strip(_WHITESPACE))


def normalize(text: str) -> str:
    """XPath's normalize-space: trimmed, and runs of whitespace become one space."""
    if text.isalnum():
        return text
    for character in "\t\r\n":
        text = text.replace(character, " ")
    return " ".join(part for part in text.split(" ") if part)


def getal(text: str) -> int | None:
    """The number that XPath 1.0 reads in an xs:integer; None (NaN) with a plus sign."""
    if text.isdigit():
        return int(text)
    text = text.strip(_WHITESPACE)
    return None if text.startswith("+") else int(text)


def dag(text: str) -> int | None:
    """A date as the number yyyymmdd; whitespace and a minus sign don't count."""
    try:
        return int(text.replace("-", ""))
    except ValueError:
        return None


def is_later(earlier: str, later: str) -> bool:
    """Whether the date `earlier` comes after `later`, as the sheet reads the two.

    Of the later one it takes the first 10 characters only: whitespace before the date
    pushes digits off, so that the number is too small (or none at all, and then every
    comparison is false).
    """
    if len(earlier) == _ISO == len(later):
        return earlier > later  # plain ISO dates: text and number agree
    first, second = dag(earlier), dag(later[:_ISO])
    return first is not None and second is not None and first > second


def is_on_or_after(text: str, day: str) -> bool:
    """Whether a date is on or after an ISO date."""
    if len(text) == _ISO:
        return text >= day
    number, limit = dag(text), dag(day)
    return number is not None and limit is not None and number >= limit


_DAYS_31 = frozenset({1, 3, 5, 7, 8, 10, 12})


def _days_in(year: int, month: int) -> int:
    """Days in a month; the sheet knows leap years by 4 alone, which holds till 2100."""
    if month == 2:
        return 28 + (year % 4 == 0)
    return 30 + (month in _DAYS_31)


def _split(number: int) -> tuple[int, int, int]:
    return number // 10000, number // 100 % 100, number % 100


def next_day(number: int) -> int:
    """The day after yyyymmdd."""
    year, month, day = _split(number)
    if day < _days_in(year, month):
        return number + 1
    return _join(year, month + 1, 1)


def add_month(number: int) -> int:
    """The same day of the next month; what the month lacks is carried to the next."""
    year, month, day = _split(number)
    year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    days = _days_in(year, month)
    return _join(year, month + 1, day - days) if day > days else _join(year, month, day)


def months_before(number: int, months: int) -> int:
    """The same day so many months earlier; at most the last day of that month."""
    year, month, day = _split(number)
    years, month = divmod(year * 12 + month - 1 - months, 12)
    return _join(years, month + 1, min(day, _days_in(years, month + 1)))


def _join(year: int, month: int, day: int) -> int:
    if month > 12:
        year, month = year + 1, month - 12
    return year * 10000 + month * 100 + day

"""The sheet's reading of values, against the calendar where the two agree."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.rules import values

DATES = st.dates(date(1900, 3, 1), date(2099, 12, 30))


def number(day: date) -> int:
    """A date as yyyymmdd."""
    return int(day.strftime("%Y%m%d"))


@given(DATES, DATES)
def test_plain_dates_compare_as_dates(one: date, other: date) -> None:
    """Of two plain ISO dates the later one is the later one."""
    assert (one > other) == values.is_later(one.isoformat(), other.isoformat())
    assert (one >= other) == values.is_on_or_after(one.isoformat(), other.isoformat())


@given(DATES, DATES, st.sampled_from(["", " ", "\n  ", "\t"]))
def test_whitespace_behind_a_date_changes_nothing(
    one: date, other: date, space: str
) -> None:
    """Only whitespace before the later date cuts digits off it."""
    assert (one > other) == values.is_later(
        space + one.isoformat() + space, other.isoformat() + space
    )


@given(DATES)
def test_the_day_after_is_that_of_the_calendar(day: date) -> None:
    """next_day is right in every year but 1900 and 2100, which the sheet has leap."""
    assert number(day + timedelta(days=1)) == values.next_day(number(day))


@given(DATES, st.integers(0, 600))
def test_months_before_ends_within_the_month(day: date, months: int) -> None:
    """months_before keeps the day, or takes the last one of a shorter month."""
    found = values.months_before(number(day), months)

    index = day.year * 12 + day.month - 1 - months
    assert (index // 12, index % 12 + 1) == (found // 10000, found // 100 % 100)
    assert found % 100 <= day.day


@pytest.mark.parametrize(
    "start, expected",
    [
        (20260101, 20260201),
        (20261215, 20270115),
        (20260131, 20260303),
        (20240131, 20240302),
        (20261231, 20270131),
    ],
)
def test_a_month_later_is_carried_where_the_month_is_short(
    start: int, expected: int
) -> None:
    """add_month carries what the next month lacks, as the sheet does."""
    assert expected == values.add_month(start)


@pytest.mark.parametrize(
    "text, expected",
    [("5", 5), (" 05\n", 5), ("+5", None), ("-0", 0), ("0", 0)],
)
def test_a_plus_sign_is_no_number(text: str, expected: int | None) -> None:
    """XPath 1.0 reads no number with a plus sign, though it is an xs:integer."""
    assert expected == values.getal(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a b", "a b"),
        ("  a \t\n b ", "a b"),
        ("\u00a0a\u00a0", "\u00a0a\u00a0"),
        ("", ""),
        ("R5", "R5"),
    ],
)
def test_only_xml_whitespace_is_normalized(text: str, expected: str) -> None:
    """A no-break space is a character like any other."""
    assert expected == values.normalize(text)


def test_a_date_out_of_sight_is_never_later() -> None:
    """Ten characters of whitespace leave no number, and every comparison is false."""
    assert values.is_later("2026-01-01", " " * 10 + "2025-01-01") is False
    assert values.is_filled(" \n\t") is False
    assert values.is_filled(None) is False
    assert values.is_on_or_after(" 2026-01-01", "2026-01-01") is True

"""The dates and moments of facts, however a bericht writes them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.wlz.feit import Toegewezen
from ibroker.core.wlz.feitsoort import read_datum, read_moment
from tests.core.routed import GEMEENTE, sample
from tests.core.wlz.afgeleid import feiten_of


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """Change a sample: texts in it that must be there."""
    text = sample(name).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


SPACE = st.text(alphabet=" \t\r\n", max_size=2)


@given(st.dates(), SPACE, SPACE)
def test_a_date_may_have_space_round_it(day: date, before: str, after: str) -> None:
    """What the XSD takes as that date is that date."""
    assert day == read_datum(f"{before}{day.isoformat()}{after}")


@pytest.mark.parametrize(
    "text,expected",
    [
        ("12026-01-01", date.max),
        ("-0044-03-15", date.min),
        ("0000-01-01", date.min),
        ("-12026-01-01", date.min),
        (" 02026-03-04", date(2026, 3, 4)),
    ],
)
def test_what_no_date_can_be_is_the_nearest(text: str, expected: date) -> None:
    """The XSD allows years that Python has not; periods still compare."""
    assert expected == read_datum(text)


@given(st.datetimes(), st.integers(0, 9), SPACE)
def test_a_moment_sorts_as_text(moment: datetime, digits: int, space: str) -> None:
    """However it is written: of one length, and in the order of time."""
    fraction = f"{moment:%f}"[:digits]
    tijd = f"{moment:%H:%M:%S}{'.' if fraction else ''}{fraction}{'0' * (digits - 6)}"

    text = read_moment(f"{space}{moment.date()}", f"{tijd}{space}")

    kept = int(fraction.ljust(6, "0"))
    assert moment.replace(microsecond=kept).isoformat(timespec="microseconds") == text
    assert 26 == len(text)


@pytest.mark.parametrize(
    "datum,tijd,expected",
    [
        ("2026-02-05", "24:00:00", "2026-02-06T00:00:00.000000"),
        ("9999-12-31", "24:00:00", "9999-12-31T23:59:59.999999"),
        ("12026-01-01", "09:30:00", "9999-12-31T09:30:00.000000"),
        ("2026-02-05", "09:30:00.1234567", "2026-02-05T09:30:00.123456"),
    ],
)
def test_odd_moments(datum: str, tijd: str, expected: str) -> None:
    """What xs:time allows besides, and what no date can be."""
    assert expected == read_moment(datum, tijd)


def test_any_time_of_the_xsd_is_read() -> None:
    """A bericht with the oddest dates and times is delivered, and its fact is made."""
    data = changed(
        "WMO301",
        ("Toewijzingsdatum>2026-02-05<", "Toewijzingsdatum> 2026-02-05\t<"),
        ("09:30:00", "24:00:00"),
        ("Einddatum>2027-02-28", "Einddatum>2027-02-28\n"),
    )

    (feit,) = feiten_of(data, GEMEENTE)

    assert isinstance(feit, Toegewezen)
    assert ("2026-02-06T00:00:00.000000", date(2027, 2, 28)) == (
        feit.besloten,
        feit.einde,
    )

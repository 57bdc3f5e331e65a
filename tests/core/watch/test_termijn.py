"""Working days: around weekends, holidays, night and the turn of the year."""

from datetime import date

import pytest

from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables

KALENDER = load_watch_tables(Settings()).kalender
HOUR = 3_600_000  # ms


@pytest.mark.parametrize(
    "ontvangst,werkdagen,uiterlijk",
    [
        (date(2026, 11, 24), 3, date(2026, 11, 27)),  # a Tuesday
        (date(2026, 11, 26), 3, date(2026, 12, 1)),  # over a weekend
        (date(2026, 11, 28), 3, date(2026, 12, 2)),  # received on a Saturday
        (date(2026, 4, 2), 3, date(2026, 4, 9)),  # Good Friday and Easter Monday
        (date(2026, 4, 24), 3, date(2026, 4, 30)),  # Koningsdag on a Monday
        (date(2025, 4, 25), 3, date(2025, 4, 30)),  # it is on Saturday 26 April then
        (date(2026, 5, 4), 1, date(2026, 5, 6)),  # 5 May
        (date(2026, 5, 13), 3, date(2026, 5, 19)),  # Ascension Day
        (date(2026, 5, 22), 1, date(2026, 5, 26)),  # Whit Monday
        (date(2026, 12, 24), 3, date(2026, 12, 30)),  # Christmas, Friday and Saturday
        (date(2026, 12, 30), 3, date(2027, 1, 5)),  # New Year's Day
        (date(2026, 11, 24), 10, date(2026, 12, 8)),
    ],
)
def test_the_last_day(ontvangst: date, werkdagen: int, uiterlijk: date) -> None:
    """The day of receipt and days without work do not count."""
    assert uiterlijk == KALENDER.uiterlijk(ontvangst, werkdagen)
    assert werkdagen == KALENDER.resteert(ontvangst, uiterlijk)
    assert -werkdagen == KALENDER.resteert(uiterlijk, ontvangst)


def test_a_day_is_one_of_the_netherlands() -> None:
    """What comes in at 23:30 UTC in winter came in on the next day."""
    moment = 1_795_563_000_000  # 2026-11-24T23:30Z

    assert date(2026, 11, 25) == KALENDER.dag(moment)
    assert date(2026, 11, 24) == KALENDER.dag(moment - HOUR)

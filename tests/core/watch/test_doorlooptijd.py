"""Turnaround: how it is rounded, and that it follows from the clocks alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.watch.doorlooptijd import (
    Antwoordsoort,
    Doorloopbord,
    Spreiding,
    spreid,
    voeg_samen,
)
from ibroker.core.watch.draad import Klok
from ibroker.core.watch.vorm import decode_spreiding, encode_spreiding
from tests.core.watch.test_draad import TABLES, clocks, melding

MINUTE = 1 / 1440  # days
SOORT = Antwoordsoort("2026-W48", "retour", "WMO305")


def answered(days: float, name: int = 2) -> tuple[Klok, ...]:
    """Give the clock of a question that was answered after so many days."""
    return clocks(melding("WMO305"), melding("WMO306", days, name=name))


@pytest.mark.parametrize(
    "days,week,uren,te_laat",
    [
        (0, 48, 1, 0),
        (60 * MINUTE, 48, 1, 0),
        (61 * MINUTE, 48, 2, 0),
        (2, 48, 48, 0),
        (2 + MINUTE, 48, 72, 0),
        (3, 48, 72, 0),
        (7, 49, 168, 1),
    ],
)
def test_hours_and_then_days(days: float, week: int, uren: int, te_laat: int) -> None:
    """It is rounded up, and stands in the week in which the answer came."""
    found = spreid(answered(days), TABLES.kalender)

    soort = SOORT._replace(week=f"2026-W{week}")
    assert {soort: Spreiding({uren: 1}, te_laat)} == found


def test_what_is_open_took_nothing() -> None:
    """A question without an answer has no turnaround."""
    assert {} == spreid(clocks(melding("WMO305")), TABLES.kalender)


@pytest.mark.parametrize(
    "uren,mediaan,p90",
    [
        ({5: 1}, 5, 5),
        ({1: 1, 9: 1}, 1, 9),
        ({1: 5, 2: 4, 9: 1}, 1, 2),
        ({1: 5, 2: 3, 9: 2}, 1, 9),
        ({9: 2, 1: 1}, 9, 9),
    ],
)
def test_half_and_nine_tenths(uren: dict[int, int], mediaan: int, p90: int) -> None:
    """A time that so many did not exceed is one that was really taken."""
    spreiding = Spreiding(uren)

    assert (mediaan, p90) == (spreiding.binnen(5), spreiding.binnen(9))


def test_of_nothing_there_is_no_half() -> None:
    """It is asked of what there is."""
    with pytest.raises(ValueError, match="no answers"):
        Spreiding().binnen(5)


CHANGES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 10)), max_size=12
)


@given(changes=CHANGES)
def test_it_follows_from_the_clocks(changes: list[tuple[int, int, int]]) -> None:
    """However draden changed, what is kept by what it tells is how they are now."""
    bord = Doorloopbord(TABLES.kalender)
    draden: dict[tuple[int, int], tuple[Klok, ...]] = {}
    kept: dict[tuple[int, Antwoordsoort], Spreiding | None] = {}
    for partition, name, days in changes:
        after = answered(days) if days else clocks(melding("WMO305"))
        before = draden.get((partition, name), ())
        draden[partition, name] = after
        for soort in bord.change(partition, before, after):
            kept[partition, soort] = bord.spreiding(partition, soort)

    for partition in range(3):
        own = [
            klok
            for (at, _), found in draden.items()
            if at == partition
            for klok in found
        ]
        wanted = spreid(own, TABLES.kalender)
        assert set(wanted) == set(bord.soorten(partition))
        assert wanted == {
            soort: one for (at, soort), one in kept.items() if one and at == partition
        }
    bord.keep([1])
    assert [] == list(bord.soorten(0))


def test_what_is_kept_is_read_again() -> None:
    """Equal ones are equal bytes, whatever came first."""
    one, other = Spreiding({1: 2, 72: 3}, 3), Spreiding({72: 3, 1: 2}, 3)

    assert encode_spreiding(one) == encode_spreiding(other)
    assert one == decode_spreiding(encode_spreiding(other))
    assert Spreiding({1: 4, 72: 6}, 6) == voeg_samen([one, other])

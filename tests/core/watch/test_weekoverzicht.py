"""Steering information: what operators see, and what nobody else can compute."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.watch.doorlooptijd import Antwoordsoort, Spreiding
from ibroker.core.watch.vorm import encode_spreiding, encode_telling, weeksleutel
from ibroker.core.watch.week import Weektelling
from ibroker.core.watch.weekoverzicht import (
    KLEIN,
    MINSTE,
    Afkeur,
    Doorlooptijd,
    Volume,
    Weekstand,
    publiek,
    read_weekstand,
    weekoverzicht,
)

WEEK = "2026-W48"
SOORT = Antwoordsoort(WEEK, "retour", "WMO305")
NO_ONE_ELSE = {"dubbel": 0, "onbestelbaar": 0}
KEPT = [
    (
        weeksleutel(partition, WEEK, "WMO305"),
        encode_telling(Weektelling(9, {"bezorgd": 50, "retour": 3}, {"TR006": rules})),
    )
    for partition, rules in enumerate((1, 2))
] + [
    (
        weeksleutel(partition, WEEK, "WMO305", "retour"),
        encode_spreiding(Spreiding({1: 6, 72: late}, te_laat=late)),
    )
    for partition, late in enumerate((1, 2))
]


def test_all_partitions_count() -> None:
    """What is kept of each partition is added up."""
    found = weekoverzicht(read_weekstand(KEPT))

    counts = {"bezorgd": 100, "retour": 6, "fout": 0, **NO_ONE_ELSE}
    assert (Volume(WEEK, "WMO305", 106, counts),) == found.volumes
    assert (Afkeur(WEEK, "TR006", "WMO305", 3),) == found.afkeur
    assert (Doorlooptijd(*SOORT, 15, 3, 1, 72),) == found.doorlooptijden


def test_what_may_leave_the_operators() -> None:
    """A count below five is not shown, nor who broke which rule."""
    found = publiek(read_weekstand(KEPT))

    counts = {"bezorgd": 100, "retour": 6, "fout": 0, **NO_ONE_ELSE}
    assert (Volume(WEEK, "WMO305", 106, counts),) == found.volumes
    assert (Afkeur(WEEK, "TR006", None, KLEIN),) == found.afkeur
    assert (Doorlooptijd(*SOORT, 15, KLEIN, 1, 72),) == found.doorlooptijden


def test_rules_are_counted_over_all_types() -> None:
    """Two types with few each are enough together."""
    tellingen = {
        (WEEK, berichttype): Weektelling(1, {"retour": 3}, {"TR006": 3})
        for berichttype in ("WMO305", "WMO307")
    }

    assert (Afkeur(WEEK, "TR006", None, 6),) == publiek(Weekstand(tellingen, {})).afkeur


COUNTS = st.integers(0, 3 * MINSTE)


@given(counts=st.lists(COUNTS, min_size=5, max_size=5))
def test_no_outcome_follows_from_what_is_shown(counts: list[int]) -> None:
    """Each small count may be any small count: the total tells nothing of it."""
    names = ("bezorgd", "retour", "fout", "dubbel", "onbestelbaar")

    def shown(numbers: tuple[int, ...]) -> Volume:
        telling = Weektelling(1, dict(zip(names, numbers, strict=True)))
        [volume] = publiek(Weekstand({(WEEK, "WMO305"): telling}, {})).volumes
        return volume

    volume = shown(tuple(counts))
    ranges = [range(1, MINSTE) if 0 < one < MINSTE else (one,) for one in counts]

    for name, number in zip(names, counts, strict=True):
        assert (KLEIN if 0 < number < MINSTE else number) == volume.uitkomsten[name]
    assert all(volume == shown(numbers) for numbers in product(*ranges))


@pytest.mark.parametrize("aantal", range(1, 4 * MINSTE))
def test_how_many_were_late_does_not_follow(aantal: int) -> None:
    """Whoever knows how this works sees of no small count which it is.

    Also not of those in time, which are the rest of the total; that is known to be the
    retours that were delivered.
    """
    by_shown: dict[Doorlooptijd, set[tuple[int, int]]] = {}
    for te_laat in range(aantal + 1):
        spreiding = Spreiding({1: aantal}, te_laat)
        [one] = publiek(Weekstand({}, {SOORT: spreiding})).doorlooptijden
        by_shown.setdefault(one, set()).add((te_laat, aantal - te_laat))

    for splits in by_shown.values():
        for part in zip(*splits, strict=True):
            assert len(set(part)) > 1 or not 0 < part[0] < MINSTE, by_shown


def test_of_few_answers_nothing_is_shown() -> None:
    """Their median would be of one of them."""
    stand = Weekstand({}, {SOORT: Spreiding({30: 4}, te_laat=4)})

    [one] = publiek(stand).doorlooptijden

    assert Doorlooptijd(*SOORT, KLEIN, None, None, None) == one


def test_weeks_are_chosen() -> None:
    """Nothing of another week is left."""
    later = Antwoordsoort("2027-W01", *SOORT[1:])
    spreidingen = {SOORT: Spreiding({1: 9}), later: Spreiding({2: 9})}
    stand = Weekstand({(WEEK, "WMO305"): Weektelling()}, spreidingen)

    assert [WEEK, "2027-W01"] == stand.weken()
    kept = stand.only(["2027-W01"])
    assert ({}, {later: Spreiding({2: 9})}) == (kept.tellingen, kept.spreidingen)

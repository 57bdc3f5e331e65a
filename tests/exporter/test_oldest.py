"""When a record was written is found without reading it."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from ibroker.exporter.oldest import Search, begin_search
from ibroker.exporter.port import Found

NOW = 1_795_000_000_000
YEAR = 366 * 24 * 3_600_000
AGES = st.integers(0, YEAR) | st.integers(0, 100_000)


def first_since(times: list[int], moment: int) -> Found | None:
    """What a broker answers."""
    offset = bisect_left(times, moment)
    return Found(offset, times[offset]) if offset < len(times) else None


def search(times: list[int], begun: Search) -> tuple[Search, int]:
    """Search to the end; with how many questions."""
    asked = 0
    while not begun.is_over:
        begun = begun.take(first_since(times, begun.question))
        asked += 1
    return begun, asked


@given(st.lists(AGES, min_size=1, max_size=30), st.data())
def test_it_is_found_closely(ages: list[int], data: st.DataObject) -> None:
    """To 1 s or 2 % of its age, never younger than it is, in a few questions."""
    times = sorted(NOW - age for age in ages)
    offset = data.draw(st.integers(0, len(times) - 1))

    found, asked = search(times, begin_search(offset, NOW))

    age = NOW - times[offset]
    assert 0 <= NOW - found.moment - age <= max(1000, age / 50)
    assert asked < 25


@given(st.lists(AGES, min_size=2, max_size=30), st.data())
def test_what_was_known_helps(ages: list[int], data: st.DataObject) -> None:
    """From what is known of an earlier record it comes to as good an end."""
    times = sorted(NOW - age for age in ages)
    offset = data.draw(st.integers(1, len(times) - 1))
    earlier = times[data.draw(st.integers(0, offset - 1))]

    found, _ = search(times, begin_search(offset, NOW, earlier))

    age = NOW - times[offset]
    assert 0 <= NOW - found.moment - age <= max(1000, age / 50)


def test_the_first_of_all_takes_one_question() -> None:
    """Who never fetched waits for the first record that there is."""
    found, asked = search([NOW - YEAR, NOW - 5], begin_search(0, NOW))

    assert (NOW - YEAR, 1) == (found.moment, asked)


def test_a_clock_that_is_ahead() -> None:
    """The search ends as well where all was written later than now."""
    found, _ = search([NOW + 5, NOW + YEAR], begin_search(1, NOW))

    assert NOW <= found.moment <= NOW + YEAR

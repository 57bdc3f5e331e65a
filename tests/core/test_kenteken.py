"""By what an accepted bericht is known, how it is remembered, and for how long."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.dubbel import (
    Eerder,
    clear_away,
    day_of,
    make_kenteken,
    remember,
    seen_before,
    verlopen,
)
from tests.core.kept import Kept
from tests.core.routed import (
    MOMENT,
)

DAY = 86_400_000  # milliseconds
SLEUTEL = b"a key for tests that is no secret"
NAMES = st.sampled_from(["a", "b", "c"])
ACCEPTED = st.lists(
    st.tuples(NAMES, st.binary(max_size=1), st.integers(0, 12)), max_size=30
)


def kenteken_of(name: str, digest: bytes, day: int) -> Any:  # noqa: ANN401
    """Give by what a bericht is known that came in on that day."""
    return make_kenteken(
        ("0363", "T"), name, digest.rjust(32, b"\0"), SLEUTEL, day * DAY
    )


@given(ACCEPTED, st.integers(0, 14), st.integers(1, 5), st.integers(1, 4))
def test_clearing_away_changes_no_answer(
    accepted: list[tuple[str, bytes, int]], today: int, venster: int, most: int
) -> None:
    """In bounded steps all that is too old goes, and what counts is what counted."""
    state = Kept()
    for name, digest, day in accepted:
        state.apply(remember(kenteken_of(name, digest, day)))
    asked = [kenteken_of(name, b"\0", today) for name in ("a", "b", "c")]
    before = [seen_before(one, state, venster) for one in asked]

    steps = []
    while changes := verlopen(state, today * DAY, venster, most):
        state.apply(changes)
        steps.append(len(changes))

    assert before == [seen_before(one, state, venster) for one in asked]
    assert all(size <= 2 * most for size in steps)
    kept = {
        key[1:3] if key.startswith(b"d") else value[:2]
        for key, value in state.entries.items()
    }
    assert all(today - int.from_bytes(day, "big") <= venster for day in kept)


def test_clearing_away_takes_as_many_steps_as_it_needs() -> None:
    """Thousands of old entries go in bounded steps; what is young stays."""
    state = Kept()
    for number in range(1_200):
        state.apply(remember(kenteken_of(str(number), b"", number % 2 * 900)))
    sizes = []
    for step in clear_away(state, 900 * DAY, 400):
        state.apply(step.changes)
        sizes.append(len(step.changes))
        assert ((), ()) == (step.outgoing, step.follow_up([]))

    assert [1_000, 200] == sizes
    assert 1_200 == len(state.entries)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=1)), max_size=20))
def test_against_a_plain_model(arrivals: list[tuple[str, bytes]]) -> None:
    """Whatever comes in: known by its name, and the same only with the same bytes."""
    state, model = Kept(), dict[str, bytes]()
    for name, digest in arrivals:
        kenteken = kenteken_of(name, digest, 3)
        found = seen_before(kenteken, state, 400)
        padded = digest.rjust(32, b"\0")[:16]
        expected = (
            Eerder.NIEUW
            if name not in model
            else Eerder.DUBBEL
            if model[name] == padded
            else Eerder.ANDER
        )
        assert expected == found
        if found is Eerder.NIEUW:
            state.apply(remember(kenteken))
            model[name] = padded


@pytest.mark.parametrize("timestamp", [-(2**63), -1, 0, MOMENT, 2**63 - 1])
def test_any_time_has_a_day(timestamp: int) -> None:
    """What no clock of a broker says becomes the nearest day that can be written."""
    assert 0 <= day_of(timestamp) <= 0xFFFF

"""Processes that take turns: what they make comes in order, and so does what fails."""

import os
from collections.abc import Callable
from itertools import islice
from multiprocessing import active_children

import pytest

from ibroker.errors import ConfigError
from ibroker.simulatie.fabriek import Bestelling, make_pakketten
from ibroker.simulatie.laden import Tabellen
from ibroker.simulatie.ploeg import take_turns
from tests.simulatie.gesimuleerd import opdracht

LARGE = 3_000_000  # bytes: more than a pipe holds


def pad() -> Callable[[int], bytes]:
    """Make something large of each number."""
    return lambda number: b"%d" % number * LARGE


def stop_at_three() -> Callable[[int], int]:
    """Make a process that is gone in the middle of its work."""

    def make(number: int) -> int:
        if number == 3:
            os._exit(0)
        return number

    return make


def test_what_they_make_comes_in_order() -> None:
    """Each number is there once, however large what is made of it."""
    assert [b"%d" % number for number in range(5)] == [
        made[:1] for made in take_turns(pad, 5, 2)
    ]


def test_who_stops_reading_ends_the_processes() -> None:
    """None of them goes on for nobody, or is left."""
    before = set(active_children())
    made = take_turns(pad, 1_000, 2)

    assert 3 == len(list(islice(made, 3)))
    assert 2 == len(set(active_children()) - before)
    made.close()
    assert before >= set(active_children())


def test_a_process_that_is_gone_is_no_end() -> None:
    """It is not taken for one that had no more to make."""
    made = take_turns(stop_at_three, 6, 2)

    assert [0, 1, 2] == list(islice(made, 3))
    with pytest.raises(EOFError):
        next(made)


def test_a_table_that_is_no_good_is_said() -> None:
    """What cannot be made raises as it does in one process."""
    bestelling = Bestelling(Tabellen(), opdracht(80), 0.0, {"bestaatniet": 0.1})

    with pytest.raises(ConfigError, match="bestaatniet is geen soort"):
        next(make_pakketten(bestelling, 2))

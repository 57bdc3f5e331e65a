"""A provision goes on when its gemeente goes into another."""

from dataclasses import replace

import pytest

from ibroker.core.wlz.feit import Feit
from ibroker.core.wlz.herindeling import GEEN, build_herindeling
from ibroker.core.wlz.signaal import Reden
from ibroker.feiten import load_wlztabel
from ibroker.register import load_register
from tests.core.wlz.stroom import Stroom, fact, tables_of
from tests.core.wlz.verhaal import Verhaal, indicatie, start, stop, toewijzing

# Two gemeenten into one, and later that one into another.
HERINDELING = build_herindeling(
    {"0003": ("1979", "9999"), "0010": ("1979", "9999"), "1979": ("9999",)}
)
TABEL = replace(load_wlztabel(), herindeling=HERINDELING)


def gemeenten_told(*feiten: Feit) -> list[str]:
    """Give the gemeenten with whom a signal stands at the end."""
    verhaal = Verhaal(TABEL)
    for feit in feiten:
        verhaal.hear(feit, 0)
    return [staat[0] for staat in verhaal.standing()]


@pytest.mark.parametrize("later", ["1979", "9999"])
def test_a_stop_under_the_new_code(later: str) -> None:
    """It ends what was assigned under the old one, however many times it changed."""
    assigned = toewijzing(0, gemeente="0003"), start(0, gemeente="0003")
    wlz = indicatie(5, None, "755")

    assert ["0003"] == gemeenten_told(*assigned, wlz)
    assert [] == gemeenten_told(*assigned, stop(0, 3, gemeente=later), wlz)


def test_a_start_under_the_new_code() -> None:
    """Who stops under the old code and starts under the new one goes on."""
    feiten = (
        toewijzing(0, gemeente="0003"),
        stop(0, 3, gemeente="0003"),
        start(4, gemeente="1979"),
        indicatie(5, None, "755"),
    )

    assert ["0003"] == gemeenten_told(*feiten)


def test_what_is_removed_under_the_new_code() -> None:
    """A stop that is removed under another code than it was reported is removed."""
    feiten = (
        toewijzing(0, gemeente="0003"),
        start(0, gemeente="0003"),
        stop(0, 3, gemeente="0003"),
        stop(0, 3, gemeente="1979", status="3"),
        indicatie(5, None, "755"),
    )

    assert ["0003"] == gemeenten_told(*feiten)


def test_a_new_decision_under_the_new_code() -> None:
    """The newest decision counts, so there is one signal, to who took it."""
    old, new = (
        toewijzing(0, gemeente="0003"),
        toewijzing(0, besloten=1, gemeente="1979"),
    )
    verhaal = Verhaal(TABEL)
    verhaal.hear(old, 0)
    verhaal.hear(indicatie(5, None, "755"), 0)

    told = verhaal.hear(new, 0)

    assert [("0003", Reden.INGETROKKEN), ("1979", Reden.GEGEVEN)] == [
        (one.gemeente, one.reden) for one in told
    ]
    assert ["1979"] == gemeenten_told(new, old, indicatie(5, None, "755"))


def test_of_one_decision_under_two_codes_the_new_one_counts() -> None:
    """Sent again under the new code with nothing changed, it is one provision."""
    old, new = toewijzing(0, gemeente="0003"), toewijzing(0, gemeente="1979")

    for feiten in ((old, new), (new, old)):
        assert ["1979"] == gemeenten_told(*feiten, indicatie(5, None, "755"))


def test_equal_numbers_of_two_that_went_into_one() -> None:
    """They are two provisions: a stop of the one says nothing of the other."""
    feiten = (
        toewijzing(0, gemeente="0003"),
        toewijzing(0, besloten=1, gemeente="0010"),
        stop(0, 3, gemeente="0010"),
        indicatie(5, None, "755"),
    )

    assert ["0003"] == gemeenten_told(*feiten)


def test_the_register_knows_who_took_over() -> None:
    """Appingedam went into Eemsdelta; a gemeente of today has no one after it."""
    opvolgers = load_register().opvolgers()

    assert ("1979",) == opvolgers["0003"]
    assert "0344" not in opvolgers


def test_another_herindeling_is_told_from_this_one() -> None:
    """By its mark, so that all stands are looked at again."""
    assert GEEN.kenmerk != HERINDELING.kenmerk
    assert build_herindeling(HERINDELING.opvolgers) == HERINDELING


def test_a_herindeling_that_becomes_known() -> None:
    """All stands are gone through again, and what follows from it is said once."""
    stroom = Stroom()
    wlz = indicatie(5, None, "755")
    for feit in (toewijzing(0), start(0), stop(0, 3, gemeente="0363"), wlz):
        stroom.hear(fact(feit))
    stroom.wake(0)
    assert ["0344"] == [staat[0] for staat in stroom.standing()]

    known = build_herindeling({"0344": ("0363",)})
    stroom.tables = tables_of(replace(load_wlztabel(), herindeling=known))

    assert 1 == len(stroom.wake(0))
    assert [] == stroom.standing()
    assert [] == stroom.wake(0)

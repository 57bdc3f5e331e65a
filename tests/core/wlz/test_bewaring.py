"""How long the Wlz stream keeps someone, and that nothing of him is left."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ibroker.core.wlz.afstemming import compare
from ibroker.core.wlz.bewaring import is_voorbij
from ibroker.core.wlz.feit import Feit, Wlzstatus
from ibroker.core.wlz.herindeling import build_herindeling
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.feiten import load_wlztabel
from tests.core.wlz.stroom import Stroom, fact, tables_of
from tests.core.wlz.test_wlz_step import BEFORE, BIJ_INGANG, DURING
from tests.core.wlz.verhaal import (
    Verhaal,
    day,
    indicatie,
    start,
    stop,
    toewijzing,
)

TABEL = load_wlztabel()
HEAVY = "755"
JAREN = TABEL.bewaren_jaren
LATER = 366 * (JAREN + 1)  # the number of a day that is late enough
JOINED = replace(TABEL, herindeling=build_herindeling({"0344": ("0363",)}))
NOBODY = "999988013"


def verhaal_of(*feiten: Feit, tabel: Wlztabel = TABEL) -> Verhaal:
    """Let these facts come in."""
    verhaal = Verhaal(tabel)
    for feit in feiten:
        verhaal.hear(feit)
    return verhaal


def after_years(last: date) -> date:
    """Give the last day on which what was over on `last` is kept."""
    return last.replace(year=last.year + JAREN)


@pytest.mark.parametrize(
    "feiten,last",
    [
        ([indicatie(0, 30, HEAVY)], 30),
        ([indicatie(0, 30, HEAVY, afgifte=40)], 40),
        ([indicatie(0, None, status=Wlzstatus.NEE, afgifte=5)], 5),
        ([toewijzing(0, 50)], 50),
        ([toewijzing(0, 50), start(1), stop(1, 40)], 40),
        ([toewijzing(0), start(1), stop(1, 40)], 40),
        ([toewijzing(0), toewijzing(0, reden="13", besloten=1)], 0),
        ([start(3)], 3),
        ([stop(3, 9)], 9),
        ([toewijzing(0, 10), indicatie(0, 30, HEAVY)], 30),
        ([toewijzing(0, 40), indicatie(0, 30, HEAVY)], 40),
        ([toewijzing(0, 10), toewijzing(0, 20, nummer=2)], 20),
    ],
)
def test_what_is_over_is_kept_for_years(feiten: list[Feit], last: int) -> None:
    """It is over after the last day of the last of all, and then kept for the years."""
    stand = verhaal_of(*feiten).stand
    assert stand is not None
    until = after_years(day(last))

    assert not is_voorbij(stand, TABEL, until)
    assert is_voorbij(stand, TABEL, until + timedelta(days=1))


@pytest.mark.parametrize(
    "feiten",
    [
        [indicatie(0, None, HEAVY)],
        [toewijzing(0)],
        [toewijzing(0), start(1)],
        [toewijzing(0), start(1), stop(1, 40, "20")],
        [toewijzing(0, 10), indicatie(0, None, HEAVY)],
        [indicatie(0, 30, HEAVY), toewijzing(0)],
    ],
)
def test_what_has_no_end_is_kept(feiten: list[Feit]) -> None:
    """What runs, or may, stays, whatever else is over."""
    stand = verhaal_of(*feiten).stand
    assert stand is not None

    assert not is_voorbij(stand, TABEL, date.max)


def test_an_end_on_29_february() -> None:
    """It counts in years that have no such day."""
    last = (date(2028, 2, 29) - day(0)).days
    stand = verhaal_of(toewijzing(0, last)).stand
    assert stand is not None

    assert not is_voorbij(stand, TABEL, date(2028 + JAREN, 2, 28))
    assert is_voorbij(stand, TABEL, date(2028 + JAREN, 3, 1))


def test_what_another_gemeente_took_over() -> None:
    """What ended under the new code is over, though open under the former."""
    feiten = toewijzing(0), toewijzing(0, 20, besloten=1, gemeente="0363")
    joined = verhaal_of(*feiten, tabel=JOINED).stand
    apart = verhaal_of(*feiten).stand
    assert joined is not None
    assert apart is not None

    assert is_voorbij(joined, JOINED, day(LATER))
    assert not is_voorbij(apart, TABEL, day(LATER))


def test_nothing_is_left_of_who_goes() -> None:
    """His stand and what wakes him go without a word; who still has care stays."""
    stroom = Stroom(tables_of(BIJ_INGANG))
    stroom.hear(fact(toewijzing(0, 20)))
    stroom.hear(fact(indicatie(0, 9, HEAVY)))
    stroom.hear(fact(toewijzing(0), NOBODY))
    written = len(stroom.written)
    stroom.wake(40)
    assert 2 == len(dict(stroom.state.scan(b"p")))

    stroom.wake(LATER)

    assert 1 == len(dict(stroom.state.scan(b"p")))
    assert set() == stroom.timers()
    assert written == len(stroom.written)


def test_all_are_looked_at_once_a_month() -> None:
    """In each month one round goes along all, and no more."""
    stroom = Stroom()
    stroom.hear(fact(toewijzing(0)))
    rounds = []
    for number in (0, 1, 30, 31, 32):
        stroom.turn(number)
        rounds.append(stroom.turned)

    assert [2, 0, 0, 2, 0] == rounds


def test_a_later_fact_begins_anew() -> None:
    """Of who was forgotten the next fact is the first."""
    stroom = Stroom()
    stroom.hear(fact(toewijzing(0, 20)))
    stroom.wake(LATER)
    assert {} == dict(stroom.state.scan(b"p"))

    stroom.hear(fact(indicatie(LATER, None, HEAVY, afgifte=LATER)), LATER)
    stroom.hear(fact(toewijzing(LATER, nummer=2)), LATER)

    assert ["0344"] == [gemeente for gemeente, *_ in stroom.standing()]


def test_who_is_under_a_former_key_goes_too() -> None:
    """Nothing is left under that key, nor under the current one."""
    stroom = Stroom(tables_of(TABEL, BEFORE))
    stroom.hear(fact(toewijzing(0, 20), sleutels=BEFORE))
    stroom.tables = tables_of(TABEL, DURING)

    stroom.wake(LATER)

    assert {} == dict(stroom.state.scan(b"p"))


def test_gone_or_not_gone_yet_is_no_difference() -> None:
    """Between the end of the years and the round of that month both are right."""
    verhaal = verhaal_of(toewijzing(0, 20), indicatie(0, 20, HEAVY))
    assert verhaal.stand is not None
    told = verhaal.stand.staand

    for moment, found in ((day(30), 1), (day(LATER), 0)):
        assert [] == list(compare(verhaal.stand, told, TABEL, moment))
        assert found == len(list(compare(verhaal.stand, (), TABEL, moment)))

"""Any facts, days, keys and tables in any order, cut off anywhere: one end.

What stands is what the oracle says, no signal is given twice, and nobody waits for a
day that nothing will come of, or is forgotten.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ibroker.core.wlz.feit import Feit
from ibroker.core.wlz.persoon import build_sleutel, build_sleutels
from ibroker.core.wlz.step import take_fact
from ibroker.core.wlz.tabel import Signaalmoment
from tests.core.wlz.stroom import Stroom, fact, tables_of
from tests.property.test_wlz_orakel import LAST, SETS, TABEL, expected, moments

PEOPLE = ("999988001", "999988013")
VERDELING = b"another one for the distribution"
OLD = build_sleutel("t1", b"a secret for tests, 32 bytes long")
NEW = build_sleutel("t2", b"a newer secret for the tests, 32 bytes")
BEFORE = build_sleutels(OLD, (NEW,), VERDELING)
AFTER = build_sleutels(NEW, (OLD,), VERDELING)
# Each writes XML, which costs more than what it is about.
FEWER = settings(max_examples=30)
ALONE = build_sleutels(NEW, (), VERDELING)


@moments
@FEWER
@given(data=st.data(), first=SETS, second=SETS)
def test_the_end_is_one(
    moment: Signaalmoment, data: st.DataObject, first: list[Feit], second: list[Feit]
) -> None:
    """Two people, facts more than once, turns of any size that fail, and a new key."""
    tabel = replace(TABEL, moment=moment)
    stroom = Stroom(tables_of(tabel, BEFORE))
    known = {PEOPLE[0]: first, PEOPLE[1]: second}
    facts = [(bsn, feit) for bsn, feiten in known.items() for feit in feiten]
    again = data.draw(st.lists(st.sampled_from(facts), max_size=3)) if facts else []
    order = data.draw(st.permutations([*facts, *again]))
    turning = data.draw(st.integers(0, len(order)))

    for number, (bsn, feit) in enumerate(order):
        if number == turning:
            stroom.tables = tables_of(tabel, AFTER)
        on = data.draw(st.integers(0, LAST))
        value = fact(feit, bsn, data.draw(st.sampled_from([BEFORE, AFTER])))
        if data.draw(st.booleans()):
            # Killed before it was committed: as if it had never been.
            take_fact(stroom.record(value, on), stroom.state, stroom.tables)
        stroom.hear(value, on)
        most = data.draw(st.integers(0, 3))
        if most:
            stroom.turn(on, most, commit=data.draw(st.booleans()))
    stroom.tables = tables_of(tabel, AFTER)
    stroom.wake(LAST, data.draw(st.integers(1, 4)))

    for bsn, feiten in known.items():
        assert expected(feiten, moment, LAST) == stroom.standing(bsn)
    assert stroom.needed() == stroom.timers()
    assert len(stroom.written) == len(stroom.events)
    # The former key may go: all is under the new one, and nothing is said of it.
    stroom.tables = tables_of(tabel, ALONE)
    assert [] == stroom.wake(LAST)


@FEWER
@given(data=st.data(), feiten=SETS)
def test_any_change_of_table_ends_in_what_it_says(
    data: st.DataObject, feiten: list[Feit]
) -> None:
    """Whatever the tables were meanwhile: at the end stands what the last one says."""
    bsn = PEOPLE[0]
    stroom = Stroom(tables_of(TABEL))
    moment = TABEL.moment
    for number, feit in enumerate(feiten):
        moment = data.draw(st.sampled_from(Signaalmoment))
        versie = f"{number}/{moment}"
        stroom.tables = tables_of(replace(TABEL, moment=moment, versie=versie))
        if data.draw(st.booleans()):
            stroom.turn(data.draw(st.integers(0, LAST)), data.draw(st.integers(1, 3)))
        stroom.hear(fact(feit, bsn), data.draw(st.integers(0, LAST)))
    stroom.wake(LAST)

    assert expected(feiten, moment, LAST) == stroom.standing(bsn)
    assert stroom.needed() <= stroom.timers()

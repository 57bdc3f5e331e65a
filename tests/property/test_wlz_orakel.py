"""Any facts in any order, at any time: what stands is what the oracle says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.wlz.feit import Feit, Wlzstatus
from ibroker.core.wlz.herindeling import build_herindeling
from ibroker.core.wlz.tabel import Signaalmoment
from ibroker.core.wlz.weging import next_moment
from ibroker.feiten import load_wlztabel
from tests.core.wlz.orakel import Staat, what_must_stand
from tests.core.wlz.verhaal import (
    Verhaal,
    day,
    indicatie,
    start,
    stop,
    toewijzing,
    vraag,
)

# 0003 went into 1979, as 0010 did, and 1979 into 0363 (as if): 0344 is apart.
OPVOLGING = [("0003", "1979"), ("0010", "1979"), ("1979", "0363")]
HERINDELING = build_herindeling(
    {"0003": ("1979", "0363"), "0010": ("1979", "0363"), "1979": ("0363",)}
)
TABEL = replace(load_wlztabel(), herindeling=HERINDELING)
PROFIELEN = {code: status.value for code, status in TABEL.profielen.items()}
LAST = 9

DAYS = st.integers(0, LAST)
OPEN = st.none() | DAYS
GEMEENTEN = st.sampled_from(["0344", "0363"])
STEPS = st.sampled_from([0, 0, 0, 1, 3])  # days from one fact to the next
NUMMERS = st.sampled_from([1, 2])
AANBIEDERS = st.sampled_from(["98000011", "98000012"])
PRODUCTEN = st.sampled_from([None, "72A72"])
STATUS = st.sampled_from(["1", "1", "2", "3", "9"])
BERICHTEN = st.sampled_from([f"bericht-{number}" for number in range(9)])
CODES = st.sampled_from(["755", "750", "766", "123"])

TOEWIJZINGEN = st.builds(
    toewijzing,
    DAYS,
    OPEN,
    besloten=st.integers(0, 2),
    gemeente=GEMEENTEN,
    nummer=NUMMERS,
    reden=st.sampled_from([None, None, "04", "13", "14"]),
    aanbieder=st.none() | AANBIEDERS,
    bericht=BERICHTEN,
)
STARTS = st.builds(
    start,
    DAYS,
    status=STATUS,
    gemeente=GEMEENTEN,
    nummer=NUMMERS,
    product=PRODUCTEN,
    aanbieder=AANBIEDERS,
    bericht=BERICHTEN,
)
STOPS = st.builds(
    stop,
    DAYS,
    DAYS,
    st.sampled_from(["19", "20", "39"]),
    status=STATUS,
    gemeente=GEMEENTEN,
    nummer=NUMMERS,
    product=PRODUCTEN,
    aanbieder=AANBIEDERS,
    bericht=BERICHTEN,
)
PROFILED = st.lists(CODES, max_size=2).flatmap(
    lambda codes: st.builds(
        lambda ingang, einde, **others: indicatie(ingang, einde, *codes, **others),
        DAYS,
        OPEN,
        afgifte=st.integers(0, 2),
        besluit=st.integers(1, 2),
        bericht=BERICHTEN,
    )
)
TOLD = st.builds(
    indicatie,
    DAYS,
    OPEN,
    afgifte=st.integers(0, 2),
    besluit=st.integers(1, 2),
    status=st.sampled_from(Wlzstatus),
    bericht=BERICHTEN,
)
FEITEN = TOEWIJZINGEN | STARTS | STOPS | PROFILED | TOLD
# One thing at a time: else hardly a stop meets its start, or an indicatie the next.
FEW = st.integers(0, 1)
REDENEN = st.sampled_from([None, None, "13"])
ONE_OR_NOT = st.sampled_from(["1", "1", "3"])
DELIVERED = st.lists(
    st.builds(start, FEW, status=ONE_OR_NOT)
    | st.builds(stop, FEW, FEW, st.sampled_from(["19", "20"]), status=ONE_OR_NOT)
    | st.builds(start, FEW, status=ONE_OR_NOT, product=PRODUCTEN),
    min_size=2,
    max_size=6,
).map(lambda feiten: [toewijzing(0), indicatie(5, None, "755"), *feiten])
LATER = st.builds(
    indicatie,
    st.integers(3, LAST),
    st.none(),
    afgifte=st.integers(0, 3),
    status=st.sampled_from([Wlzstatus.JA, Wlzstatus.ONBEKEND, Wlzstatus.NEE]),
)
DECIDED = st.lists(LATER, min_size=2, max_size=5).map(
    lambda feiten: [toewijzing(0), *feiten]
)
LINE = st.sampled_from(["0003", "0010", "1979", "0363"])
REORGANISED = st.lists(
    st.builds(toewijzing, FEW, OPEN, besloten=FEW, gemeente=LINE, reden=REDENEN)
    | st.builds(start, FEW, status=ONE_OR_NOT, gemeente=LINE)
    | st.builds(stop, FEW, FEW, status=ONE_OR_NOT, gemeente=LINE),
    min_size=2,
    max_size=6,
).map(lambda feiten: [indicatie(1, None, "755"), *feiten])
SETS = st.lists(FEITEN, max_size=12) | DELIVERED | DECIDED | REORGANISED

moments = pytest.mark.parametrize("moment", Signaalmoment)


def expected(feiten: list[Feit], moment: Signaalmoment, on: int) -> list[Staat]:
    """Ask the oracle what must stand on that day."""
    from_ingang = moment is Signaalmoment.BIJ_INGANG
    on_day = day(on) if from_ingang else None
    return what_must_stand(feiten, PROFIELEN, on_day, OPVOLGING)


@moments
@given(data=st.data(), feiten=SETS)
def test_order_repetition_and_delay_change_nothing(
    moment: Signaalmoment, data: st.DataObject, feiten: list[Feit]
) -> None:
    """Whatever comes in, when and how often: what stands at the end is one thing."""
    again = data.draw(st.lists(st.sampled_from(feiten), max_size=4)) if feiten else []
    order = data.draw(st.permutations([*feiten, *again]))
    verhaal = Verhaal(replace(TABEL, moment=moment))

    # Records of several partitions: each has its own time, which may go back.
    for feit in order:
        verhaal.hear(feit, data.draw(DAYS))
    verhaal.wake(LAST)

    assert expected(feiten, moment, LAST) == verhaal.standing()


@moments
@given(data=st.data(), feiten=SETS)
def test_at_each_fact_and_each_day_stands_what_must(
    moment: Signaalmoment, data: st.DataObject, feiten: list[Feit]
) -> None:
    """At no time stands anything else than what the facts until then come to.

    Nobody is woken but on the day that was asked for.
    """
    verhaal = Verhaal(replace(TABEL, moment=moment))
    known: list[Feit] = []
    on = 0
    for feit in [*feiten, None]:
        until = LAST if feit is None else min(on + data.draw(STEPS), LAST)
        for on in range(on, until + 1):  # noqa: B020 - the days go on
            wanted = verhaal.stand and next_moment(verhaal.stand, verhaal.tabel)
            if wanted and wanted <= day(on):
                verhaal.wake(on)
            assert expected(known, moment, on) == verhaal.standing()
        if feit is not None:
            known.append(feit)
            verhaal.hear(feit, on)
            assert expected(known, moment, on) == verhaal.standing()


@moments
@given(data=st.data(), feiten=SETS)
def test_what_is_known_says_nothing_anew(
    moment: Signaalmoment, data: st.DataObject, feiten: list[Feit]
) -> None:
    """All facts a second time, in another order: no signal, and the same stand.

    Nor does a question change anything.
    """
    verhaal = Verhaal(replace(TABEL, moment=moment))
    for feit in feiten:
        verhaal.hear(feit, LAST)
    known = verhaal.stand

    for feit in data.draw(st.permutations([*feiten, vraag()])):
        assert () == verhaal.hear(feit, LAST)

    assert known == verhaal.stand


@moments
@given(data=st.data(), feiten=SETS)
def test_a_replay_gives_the_same_signals(
    moment: Signaalmoment, data: st.DataObject, feiten: list[Feit]
) -> None:
    """The same facts in the same order give the same signals with the same ids."""
    days = [data.draw(DAYS) for _ in feiten]
    runs = []
    for _ in range(2):
        verhaal = Verhaal(replace(TABEL, moment=moment))
        for feit, on in zip(feiten, days, strict=True):
            verhaal.hear(feit, on)
        runs.append(verhaal.signalen)

    assert runs[0] == runs[1]

"""The join by example: who is told what, and when."""

from dataclasses import replace
from datetime import date

import pytest

from ibroker.core.wlz.feit import Feit, Persoon, Wlzstatus
from ibroker.core.wlz.reductie import reduce_feit
from ibroker.core.wlz.signaal import Reden, Signaal
from ibroker.core.wlz.tabel import Signaalmoment, Wlztabel
from ibroker.core.wlz.weging import next_moment
from ibroker.errors import FeitError
from ibroker.feiten import load_wlztabel
from tests.core.wlz.verhaal import (
    PERSOON,
    Verhaal,
    day,
    indicatie,
    start,
    stop,
    toewijzing,
    vraag,
)

TABEL = load_wlztabel()
BIJ_INGANG = replace(TABEL, moment=Signaalmoment.BIJ_INGANG)
HEAVY, LIGHT = "755", "750"


def told(signalen: tuple[Signaal, ...]) -> list[tuple[str, str, str]]:
    """Give of signals to whom they went, why, and with which status."""
    return [(one.gemeente, one.reden.value, one.status.value) for one in signalen]


def test_an_indicatie_during_a_provision() -> None:
    """The gemeente of a running provision is told of it, with all that it needs."""
    verhaal = Verhaal(TABEL)
    assert () == verhaal.hear(toewijzing(0, 200, bericht="b-301"))

    (signaal,) = verhaal.hear(indicatie(10, 400, HEAVY, afgifte=5, bericht="b-io31"))

    assert (
        Signaal(
            id="76595661-d547-5237-9ea7-500be51fd845",
            gemeente="0344",
            persoon=PERSOON,
            status=Wlzstatus.JA,
            afgifte=day(5),
            ingang=day(10),
            einde=day(400),
            nummers=(1,),
            reden=Reden.GEGEVEN,
            herroept=None,
            oorzaken=("b-io31", "b-301"),
            aanleiding="b-io31",
            regelversie=TABEL.versie,
        )
        == signaal
    )


def test_a_provision_during_an_indicatie() -> None:
    """It is told as well when the provision comes after the indicatie."""
    verhaal = Verhaal(TABEL)
    assert () == verhaal.hear(indicatie(10, None, HEAVY))

    assert [("0344", "gegeven", "Ja")] == told(verhaal.hear(toewijzing(0)))


@pytest.mark.parametrize(
    "provision,decision,expected",
    [
        ((0, 10), (10, None), True),
        ((0, 9), (10, None), False),
        ((20, None), (0, 20), True),
        ((21, None), (0, 20), False),
        ((0, None), (5, None), True),
        ((5, 4), (0, None), False),
        ((0, None), (5, 4), False),
        ((0, 3), (3, 3), True),
    ],
)
def test_periods_that_overlap(
    provision: tuple[int, int | None],
    decision: tuple[int, int | None],
    expected: bool,  # noqa: FBT001
) -> None:
    """One day in common is enough, and a period that ends before it begins has none."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(*provision))

    assert expected is bool(verhaal.hear(indicatie(*decision, HEAVY)))


def test_each_gemeente_with_a_provision() -> None:
    """Each gemeente is told of its own provisions only."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0, gemeente="0363", nummer=7))
    verhaal.hear(toewijzing(0, gemeente="0344", nummer=2))
    verhaal.hear(toewijzing(0, gemeente="0344", nummer=1))
    verhaal.hear(toewijzing(0, 3, gemeente="0518", nummer=1))

    signalen = verhaal.hear(indicatie(10, None, HEAVY))

    assert [("0344", (1, 2)), ("0363", (7,))] == [
        (one.gemeente, one.nummers) for one in signalen
    ]


def test_ja_then_nee() -> None:
    """A negative decision after a positive one takes the signal back, with Nee."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    (given,) = verhaal.hear(indicatie(10, None, HEAVY))

    (taken,) = verhaal.hear(
        indicatie(20, None, afgifte=3, besluit=2, status=Wlzstatus.NEE)
    )

    assert (Wlzstatus.NEE, Reden.INGETROKKEN) == (taken.status, taken.reden)
    assert (given.id, (1,)) == (taken.herroept, taken.nummers)
    assert (day(3), day(20), None) == (taken.afgifte, taken.ingang, taken.einde)
    assert [] == verhaal.standing()


def test_nee_before_the_older_ja() -> None:
    """A positive decision that comes in after a newer negative one says nothing."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(10, None, afgifte=3, besluit=2, status=Wlzstatus.NEE))

    assert () == verhaal.hear(indicatie(10, None, HEAVY))


def test_a_change_names_what_it_replaces() -> None:
    """Another status or other dates make a signal in place of the one that stands."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    (given,) = verhaal.hear(indicatie(10, None, LIGHT))

    (changed,) = verhaal.hear(indicatie(10, None, HEAVY, afgifte=2, besluit=2))

    assert Wlzstatus.ONBEKEND is given.status
    assert (Wlzstatus.JA, Reden.GEWIJZIGD) == (changed.status, changed.reden)
    assert given.id == changed.herroept


@pytest.mark.parametrize(
    "later",
    [
        toewijzing(0, 0, besloten=9, reden="13"),
        toewijzing(0, 9, besloten=9, reden="06"),
        stop(0, 9, "39"),
    ],
    ids=["withdrawn", "ended", "stopped"],
)
def test_a_provision_that_no_longer_overlaps(later: Feit) -> None:
    """A recall repeats what it takes back: the gemeente needs nothing newer."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    (given,) = verhaal.hear(indicatie(10, 40, HEAVY))

    (taken,) = verhaal.hear(later)

    assert (
        replace(
            given,
            id=taken.id,
            reden=Reden.INGETROKKEN,
            herroept=given.id,
            oorzaken=taken.oorzaken,
            aanleiding=later.oorzaak.bericht,
        )
        == taken
    )
    assert given.id != taken.id


def test_the_same_told_again_has_another_id() -> None:
    """Given, taken back and given once more: three signals, three ids."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(10, None, HEAVY))
    verhaal.hear(toewijzing(0, 0, besloten=5, reden="13"))

    (again,) = verhaal.hear(toewijzing(0, besloten=6))

    assert (Reden.GEGEVEN, None) == (again.reden, again.herroept)
    assert 3 == len({one.id for one in verhaal.signalen})


@pytest.mark.parametrize(
    "deliveries,runs",
    [
        ([start(0)], True),
        ([stop(0, 5)], False),
        ([start(0), stop(0, 5, "20")], True),
        ([start(0), stop(0, 5), start(8)], True),
        ([start(0), stop(0, 5, "20"), start(8), stop(8, 9)], False),
        ([stop(0, 5), stop(0, 5, status="3")], True),
        ([stop(0, 5), stop(0, 5, status="3"), stop(0, 15)], True),
        ([stop(0, 5), stop(0, 6, status="3")], False),
        ([start(0, product="A"), start(0, product="B"), stop(0, 5, product="A")], True),
        ([stop(0, 5, aanbieder="98000099")], True),
        ([start(0), stop(0, 5), start(8), start(8, status="3")], False),
        ([stop(0, 10)], True),
    ],
)
def test_what_stops_a_provision(deliveries: list[Feit], runs: bool) -> None:  # noqa: FBT001
    """In both orders: only a definitive stop of all that is delivered ends it."""
    for order in (deliveries, deliveries[::-1]):
        verhaal = Verhaal(TABEL)
        verhaal.hear(indicatie(10, None, HEAVY))
        for one in order:
            verhaal.hear(one)
        verhaal.hear(toewijzing(0))

        assert runs is bool(verhaal.standing())


def test_the_newest_decision_of_a_gemeente_counts() -> None:
    """An older toewijzing that comes in later changes nothing (OP080)."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(indicatie(10, None, HEAVY))
    verhaal.hear(toewijzing(0, 5, besloten=9))

    assert () == verhaal.hear(toewijzing(0, besloten=8))


def test_at_its_ingang() -> None:
    """With bij_ingang a gemeente hears on the Ingangsdatum, and time is the cause."""
    verhaal = Verhaal(BIJ_INGANG)
    verhaal.hear(toewijzing(0))
    assert () == verhaal.hear(indicatie(10, None, HEAVY), 2)
    assert verhaal.stand is not None
    assert day(10) == next_moment(verhaal.stand, BIJ_INGANG)
    assert () == verhaal.wake(9)

    (signaal,) = verhaal.wake(10)

    assert (Reden.GEGEVEN, None) == (signaal.reden, signaal.aanleiding)
    assert next_moment(verhaal.stand, BIJ_INGANG) is None
    assert () == verhaal.wake(11)


def test_the_present_one_stands_until_the_next_begins() -> None:
    """With bij_ingang a newer decision counts from its own Ingangsdatum."""
    verhaal = Verhaal(BIJ_INGANG)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(10, None, LIGHT), 11)
    assert () == verhaal.hear(indicatie(20, None, HEAVY, afgifte=9, besluit=2), 12)

    assert [("0344", "gewijzigd", "Ja")] == told(verhaal.wake(20))


def test_each_that_is_to_come_has_its_day() -> None:
    """Of two that are to come the nearest is the day to be woken; then the other."""
    verhaal = Verhaal(BIJ_INGANG)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(20, None, HEAVY, afgifte=2, besluit=2))
    verhaal.hear(indicatie(10, None, LIGHT))
    assert verhaal.stand is not None
    assert day(10) == next_moment(verhaal.stand, BIJ_INGANG)

    assert [("0344", "gegeven", "Onbekend")] == told(verhaal.wake(10))
    assert day(20) == next_moment(verhaal.stand, BIJ_INGANG)
    assert [("0344", "gewijzigd", "Ja")] == told(verhaal.wake(20))


def test_one_that_is_overtaken_never_counts() -> None:
    """With bij_ingang a newer decision that begins sooner puts the other aside."""
    verhaal = Verhaal(BIJ_INGANG)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(20, None, LIGHT))
    verhaal.hear(indicatie(10, None, HEAVY, afgifte=2, besluit=2))
    verhaal.wake(10)

    assert () == verhaal.wake(20)
    assert ["Ja"] == [status for _, status, *_ in verhaal.standing()]


def test_at_its_decision_nobody_is_woken() -> None:
    """With bij_besluit all is said at once, and time says nothing."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))

    assert 1 == len(verhaal.hear(indicatie(300, None, HEAVY)))
    assert verhaal.stand is not None
    assert next_moment(verhaal.stand, TABEL) is None


@pytest.mark.parametrize("tabel", [TABEL, BIJ_INGANG])
def test_what_runs_out_was_said(tabel: Wlztabel) -> None:
    """Provision and indicatie end as was known: a signal gave the dates, and stands."""
    verhaal = Verhaal(tabel)
    verhaal.hear(toewijzing(0, 20))
    verhaal.hear(indicatie(10, 30, HEAVY), 10)

    assert () == verhaal.wake(31)
    assert 1 == len(verhaal.standing())


def test_an_indicatie_over_a_time_that_has_passed() -> None:
    """Who decides afterwards is told as well: care was paid for twice."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0, 20))

    assert 1 == len(verhaal.hear(indicatie(10, None, HEAVY, afgifte=90), 100))


def test_a_new_table_counts_at_the_next_fact() -> None:
    """What a profiel means is asked of the table, not kept."""
    verhaal = Verhaal(TABEL)
    verhaal.hear(toewijzing(0))
    verhaal.hear(indicatie(10, None, LIGHT))
    verhaal.tabel = replace(TABEL, versie="x", profielen={LIGHT: Wlzstatus.JA})

    (signaal,) = verhaal.hear(start(0))

    assert (Wlzstatus.JA, "x") == (signaal.status, signaal.regelversie)


@pytest.mark.parametrize(
    "known,expected",
    [
        ([], (Wlzstatus.NEE, None, None, None)),
        ([toewijzing(0)], (Wlzstatus.NEE, None, None, None)),
        ([indicatie(10, 60, HEAVY)], (Wlzstatus.JA, day(0), day(10), day(60))),
        ([indicatie(10, 50, HEAVY)], (Wlzstatus.JA, day(0), day(10), day(50))),
        ([indicatie(10, 49, HEAVY)], (Wlzstatus.NEE, day(0), day(10), day(49))),
        ([indicatie(90, None, LIGHT)], (Wlzstatus.ONBEKEND, day(0), day(90), None)),
    ],
)
@pytest.mark.parametrize("tabel", [TABEL, BIJ_INGANG])
def test_a_question_is_answered(
    tabel: Wlztabel,
    known: list[Feit],
    expected: tuple[Wlzstatus, date | None, date | None, date | None],
) -> None:
    """The newest decision is the answer, with its dates; what has ended is Nee."""
    verhaal = Verhaal(tabel)
    for feit in known:
        verhaal.hear(feit)
    before = verhaal.stand

    assert () == verhaal.hear(vraag("0363", "k-1"), 50)

    (one,) = verhaal.antwoorden
    assert expected == (one.status, one.afgifte, one.ingang, one.einde)
    assert ("0363", "k-1", "vraag") == (one.gemeente, one.kenmerk, one.vraag)
    assert before == verhaal.stand


def test_a_stand_of_another_is_a_fault() -> None:
    """A fact that is brought to the stand of someone else stops the process."""
    stand = reduce_feit(None, toewijzing(0), TABEL, day(0)).stand
    other = replace(toewijzing(0), persoon=Persoon("2026-1", bytes(32), bytes(37)))

    with pytest.raises(FeitError):
        reduce_feit(stand, other, TABEL, day(0))

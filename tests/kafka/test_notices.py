"""What meters make of each notice: the one of Prometheus and its twin."""

import pytest

from ibroker.kafka.meter import (
    Assigned,
    Counted,
    Restarted,
    Restoring,
    Revoked,
    Stored,
    Taken,
    Undone,
    Woken,
)
from ibroker.kafka.restoring import Reason
from tests.kafka.meters import (
    NOW,
    MemoryUnderTest,
    MeterUnderTest,
    PrometheusUnderTest,
    carried,
    done,
)

FIRST = int(NOW * 1000) - 100_000  # ms


@pytest.fixture(params=[MemoryUnderTest, PrometheusUnderTest])
def measured(request: pytest.FixtureRequest) -> MeterUnderTest:
    """The meter of Prometheus and its twin, in turn."""
    made: MeterUnderTest = request.param()
    return made


def restoring(partition: int, records: int, offset: int, end: int) -> Restoring:
    """How far a restore is."""
    return Restoring(partition, Reason.BEHIND, records, offset, end, 0.1)


def test_what_is_committed_is_counted(measured: MeterUnderTest) -> None:
    """A batch that is under way counts for nothing but as such, until its commit."""
    meter = measured.meter
    meter.tell(Assigned(frozenset({3, 4})))
    meter.tell(Taken(3, 5, FIRST + 40_000))
    meter.tell(Taken(4, 2, FIRST + 70_000))

    assigned: dict[str, float] = {"assignments": 1, "partitions": 2}
    assert {**assigned, "in progress": 7, "age": 60} == measured.numbers()

    meter.tell(done(3, carried(5)))
    one = {
        "records": 5,
        "batches": 1,
        "outcome uit": 5,
        "out uit": 5,
        "judged 0.001": 5,
        "judged 1.0": 5,
        "transactions committed": 1,
    }

    assert {**assigned, **one, "in progress": 2, "age": 30} == measured.numbers()

    meter.tell(done(4, carried(2, "apart")))

    assert {
        **assigned,
        "records": 7,
        "batches": 2,
        "outcome uit": 5,
        "outcome apart": 2,
        "out uit": 5,
        "out apart": 2,
        "judged 0.001": 7,
        "judged 1.0": 7,
        "transactions committed": 2,
    } == measured.numbers()


def test_what_is_undone_is_still_under_way(measured: MeterUnderTest) -> None:
    """Until it is taken again, and committed, its age goes on; it counts once."""
    meter = measured.meter
    meter.tell(Taken(0, 3, FIRST))
    meter.tell(Undone(0, fenced=False))
    meter.tell(Restarted(0))
    waiting: dict[str, float] = {"in progress": 3, "age": NOW - FIRST / 1000}

    assert {
        **waiting,
        "transactions aborted": 1,
        "restarts": 1,
    } == measured.numbers()

    meter.tell(Taken(0, 1, FIRST))
    meter.tell(Undone(0, fenced=True))
    meter.tell(Taken(0, 1, FIRST))
    meter.tell(done(0, carried(1)))

    assert {
        "transactions aborted": 1,
        "transactions fenced": 1,
        "transactions committed": 1,
        "restarts": 1,
        "records": 1,
        "batches": 1,
        "outcome uit": 1,
        "out uit": 1,
        "judged 0.001": 1,
        "judged 1.0": 1,
    } == measured.numbers()


def test_what_is_taken_away_is_not_under_way(measured: MeterUnderTest) -> None:
    """What another owner does now is not waiting here."""
    meter = measured.meter
    meter.tell(Assigned(frozenset({0})))
    meter.tell(Taken(0, 3, FIRST))
    meter.tell(Revoked())

    assert {"assignments": 1} == measured.numbers()

    meter.tell(Taken(0, 3, FIRST))  # was polled before, and cut off
    meter.tell(Assigned(frozenset()))

    assert {"assignments": 2} == measured.numbers()


def test_how_long_things_took(measured: MeterUnderTest) -> None:
    """Each record has its own time in judging, and its own age at the commit."""
    meter = measured.meter
    made = carried(4)
    meter.tell(done(0, made, ages=[4000, 90, 60, -3], judged=[2, 0.5, 0.001, 0.0001]))
    numbers = measured.numbers()

    assert 2 == numbers["judged 0.001"]
    assert 3 == numbers["judged 1.0"]
    assert 2 == numbers["ended 60.0"]  # one came from a clock that is ahead of ours
    assert 3 == numbers["ended 3600.0"]


def test_what_time_alone_brought(measured: MeterUnderTest) -> None:
    """It counts as an outcome, and went out; no record came in for it."""
    made = carried(2)
    written = [out for one in made for out in one.outgoing]
    measured.meter.tell(Woken(0, made, written, 0.1))

    assert {
        "outcome uit": 2,
        "out uit": 2,
        "due": 2,
        "transactions committed": 1,
    } == measured.numbers()


def test_how_far_a_restore_is(measured: MeterUnderTest) -> None:
    """From its begin until its end, or until its lane ends; each record counts."""
    meter = measured.meter
    meter.tell(Stored(lambda: 1234))
    size: dict[str, float] = {"state bytes": 1234}
    meter.tell(restoring(0, 0, 100, 900))
    running: dict[str, float] = {**size, "restoring": 1, "remaining": 800}

    assert running == measured.numbers()

    meter.tell(restoring(0, 300, 500, 900))
    meter.tell(restoring(1, 0, 0, 50))

    assert {
        **size,
        "restored": 300,
        "restoring": 2,
        "remaining": 450,
    } == measured.numbers()

    meter.tell(restoring(0, 600, 900, 900))
    meter.tell(Restarted(1))

    assert {**size, "restored": 600, "restarts": 1} == measured.numbers()

    meter.tell(restoring(1, 0, 0, 50))
    meter.tell(restoring(1, 50, 50, 50))
    meter.tell(restoring(2, 0, 0, 50))
    meter.tell(Revoked())

    assert {**size, "restored": 650, "restarts": 1} == measured.numbers()


def test_totals_are_those_of_our_partitions(measured: MeterUnderTest) -> None:
    """What another owns by now is told by that one."""
    meter = measured.meter
    meter.tell(Assigned(frozenset({0, 1})))
    meter.tell(Counted(0, {("uit", None): 40, ("apart", None): 2}))
    meter.tell(Counted(1, {("uit", None): 7}))
    meter.tell(Counted(0, {("uit", None): 45, ("apart", None): 2}))
    totals = {one: n for one, n in measured.numbers().items() if "total" in one}

    assert {"total 0 uit": 45, "total 0 apart": 2, "total 1 uit": 7} == totals

    meter.tell(Revoked())
    meter.tell(Counted(0, {("uit", None): 46}))  # drained meanwhile
    meter.tell(Assigned(frozenset({1})))
    meter.tell(Counted(0, {("uit", None): 47}))
    meter.tell(Counted(1, {("uit", None): 8}))
    totals = {one: n for one, n in measured.numbers().items() if "total" in one}

    assert {"total 1 uit": 8} == totals

"""One round sees what waits for each, and asks no more than it must."""

from datetime import date

import pytest

from ibroker.errors import ClusterUnreachable
from ibroker.exporter.backlog import Backlog
from ibroker.exporter.memory import MemoryWatched
from ibroker.exporter.port import Place
from ibroker.exporter.readers import Reader, find_readers, own_readers
from ibroker.exporter.survey import Backlogs, Survey
from ibroker.register import load_register

NOW = 1_795_000_000_000
HOUR = 3_600_000
UTRECHT = Reader("0344", "gemeente.0344", "ggk.gemeente.0344")
AANBIEDERS = Reader(
    "zorgaanbieder", "zorgaanbieder.", "ggk.zorgaanbieder", is_many=True
)
ROUTE = Reader("ibroker.route", "ibroker.route", "ggk.aanlevering", has_marks=False)
POSTVAK = Place(UTRECHT.topic, 0)


@pytest.fixture
def cluster() -> MemoryWatched:
    """A cluster with the topics of those readers."""
    made = MemoryWatched()
    made.make(UTRECHT.topic, 1)
    made.make(AANBIEDERS.topic, 2)
    made.make(ROUTE.topic, 1)
    made.warm(UTRECHT.topic)
    made.warm(AANBIEDERS.topic)
    return made


def survey(now: int = NOW) -> Survey:
    """Rounds over those readers, at a time of the test's own."""
    parties = [UTRECHT, AANBIEDERS, Reader("9999", "gemeente.9999", "ggk.none")]
    return Survey("ggk.onbestelbaar", lambda: parties, [ROUTE], lambda: now / 1000)


def look(cluster: MemoryWatched, rounds: Survey | None = None) -> Backlogs:
    """What a round sees."""
    return (rounds or survey()).look(cluster, cluster.condition())


def test_a_round_without_changes_asks_nothing(cluster: MemoryWatched) -> None:
    """When the oldest was written is remembered, and found anew once it is another."""
    rounds = survey()
    cluster.write(POSTVAK, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)

    first = look(cluster, rounds).postvakken["0344"]
    asked = cluster.questions
    second = look(cluster, rounds).postvakken["0344"]
    unchanged = cluster.questions
    cluster.commit(UTRECHT.group, POSTVAK, 4)
    third = look(cluster, rounds).postvakken["0344"]

    assert Backlog(3, NOW - 3 * HOUR) == first == second
    assert asked == unchanged < cluster.questions
    assert 1 == third.records
    assert third.since is not None
    assert abs(NOW - HOUR - third.since) <= HOUR / 50


def test_what_retention_took_does_not_wait(cluster: MemoryWatched) -> None:
    """Who is behind the begin of the log goes on there."""
    cluster.write(POSTVAK, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
    cluster.commit(UTRECHT.group, POSTVAK, 0)
    cluster.forget(POSTVAK, 4)

    assert Backlog(1, NOW - HOUR) == look(cluster).postvakken["0344"]


def test_a_party_without_a_topic_is_not_shown(cluster: MemoryWatched) -> None:
    """A topic that is not there is a fault of the cluster, and not 0."""
    assert {"0344", "zorgaanbieder"} == set(look(cluster).postvakken)


def test_those_who_share_a_topic(cluster: MemoryWatched) -> None:
    """What none of them came past waits; a place that none reads waits as a whole."""
    one, two = Place(AANBIEDERS.topic, 0), Place(AANBIEDERS.topic, 1)
    cluster.write(one, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
    cluster.write(two, NOW - 4 * HOUR)

    seen = [look(cluster).postvakken["zorgaanbieder"]]
    for group, place, offset in (
        ("zorgaanbieder.11111111", one, 3),
        ("zorgaanbieder.22222222", two, 4),
        ("zorgaanbieder.33333333", one, 5),
        ("zorgaanbieder.11111111", one, 4),
    ):
        cluster.commit(group, place, offset)
        seen.append(look(cluster).postvakken["zorgaanbieder"])

    assert [4, 3, 2, 0, 0] == [backlog.records for backlog in seen]
    assert Backlog(4, NOW - 4 * HOUR) == seen[0]
    assert seen[2].since is not None
    assert abs(NOW - 2 * HOUR - seen[2].since) <= 2 * HOUR / 50


def test_senders_write_without_transactions(cluster: MemoryWatched) -> None:
    """On ggk.aanlevering no mark lies behind the last record: all of it counts."""
    cluster.write(Place(ROUTE.topic, 0), NOW - HOUR)

    assert {"ibroker.route": Backlog(2, NOW - HOUR)} == look(cluster).groups


def test_a_cluster_that_is_away(cluster: MemoryWatched) -> None:
    """A round says so."""
    cluster.is_away = True

    with pytest.raises(ClusterUnreachable):
        look(cluster)


def test_readers_are_bounded() -> None:
    """Each gemeente by its code, CAK, SVB and CIZ, and all zorgaanbieders as one."""
    readers = find_readers(load_register(None), date(2026, 11, 24))
    gemeenten = [one for one in readers if one.name.isdecimal()]

    assert 342 == len(gemeenten)
    assert UTRECHT in gemeenten
    assert {"CAK": "cak", "CIZ": "ciz", "SVB": "svb", "zorgaanbieder": ""} == {
        one.name: "" if one.is_many else one.group
        for one in readers
        if one not in gemeenten
    }
    assert AANBIEDERS in readers


def test_our_own_processes() -> None:
    """Each is called by its group; only what senders write has no marks."""
    inputs = {"ibroker.route": ROUTE.topic, "ibroker.wlz": "ggk.intern.wlz.feiten"}

    assert (
        ROUTE,
        Reader("ibroker.wlz", "ibroker.wlz", "ggk.intern.wlz.feiten"),
    ) == own_readers(inputs, ROUTE.topic)

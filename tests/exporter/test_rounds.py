"""Rounds go on whatever the cluster does, and what is served says how it is."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from threading import Event

import pytest

from ibroker.broker.ports import free_ports
from ibroker.exporter.freshness import Freshness
from ibroker.exporter.heartbeats import Heartbeats
from ibroker.exporter.memory import MemoryWatched
from ibroker.exporter.port import Place, Watched
from ibroker.exporter.readers import Reader
from ibroker.exporter.rounds import Rounds
from ibroker.exporter.survey import Survey
from ibroker.metrics.exporter import ExporterMetrics
from ibroker.probes import ProbeApp, serve_app
from tests.test_probes import ask

Opening = Callable[[], AbstractContextManager[Watched]]
NOW = 1_795_000_000.0
END = datetime(2027, 1, 1, tzinfo=UTC)
UTRECHT = Reader("0344", "gemeente.0344", "ggk.gemeente.0344")
ROUTE = Reader("ibroker.route", "ibroker.route", "ggk.aanlevering", has_marks=False)
# Each name of the contract with operators, and the labels it may have.
NAMES = {
    "ibroker_broker_disk_total_bytes": {"broker"},
    "ibroker_broker_disk_usable_bytes": {"broker"},
    "ibroker_brokers_online": set(),
    "ibroker_certificate_expiry_timestamp_seconds": {"certificate"},
    "ibroker_controller_known": set(),
    "ibroker_deadletters_records": set(),
    "ibroker_exporter_last_round_timestamp_seconds": set(),
    "ibroker_exporter_rounds_total": {"result"},
    "ibroker_group_lag_records": {"group"},
    "ibroker_group_oldest_age_seconds": {"group"},
    "ibroker_heartbeat_age_seconds": {"stage"},
    "ibroker_heartbeat_outstanding_seconds": {"stage"},
    "ibroker_heartbeats_sent_total": set(),
    "ibroker_partitions_offline": set(),
    "ibroker_partitions_under_min_isr": set(),
    "ibroker_partitions_under_replicated": set(),
    "ibroker_postvak_depth_records": {"ontvanger"},
    "ibroker_postvak_oldest_age_seconds": {"ontvanger"},
}


class World:
    """An exporter over a cluster in memory, at a time of the test's own."""

    def __init__(self) -> None:
        self.now = NOW
        self.opened = 0
        self.cluster = MemoryWatched()
        self.opening: Opening = lambda: nullcontext(self.cluster)
        self.cluster.make(UTRECHT.topic, 1)
        self.cluster.warm(UTRECHT.topic)
        self.cluster.make(ROUTE.topic, 1)
        self.metrics = ExporterMetrics(Heartbeats(NOW), lambda: self.now)
        self.freshness = Freshness(15, lambda: self.now)
        survey = Survey(
            "ggk.onbestelbaar", lambda: [UTRECHT], [ROUTE], lambda: self.now
        )
        self.rounds = Rounds(
            self._open, survey, lambda: {"ca": END}, self.metrics, self.freshness
        )

    @contextmanager
    def _open(self) -> Iterator[Watched]:
        self.opened += 1
        with self.opening() as cluster:
            yield cluster

    def value(self, name: str, **labels: str) -> float | None:
        """What a metric says now."""
        return self.metrics.registry.get_sample_value(name, labels)

    def samples(self) -> Mapping[str, set[str]]:
        """The names of all samples of the exporter's own, with their labels."""
        return {
            sample.name: set(sample.labels)
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name.startswith("ibroker_")
        }


def test_every_name_has_its_labels() -> None:
    """No label is a provider, a person or a bericht, and none is missing."""
    world = World()
    world.rounds.do_one()
    shared = {"ibroker_build_info", "ibroker_warnings_total"}

    found = world.samples()

    assert NAMES == {name: found[name] for name in found.keys() - shared}


def test_who_does_not_fetch_is_seen() -> None:
    """Its depth and age, which grows between rounds too, and 0 once it fetched."""
    world = World()
    world.cluster.write(Place(UTRECHT.topic, 0), round((NOW - 600) * 1000))
    depth, age = "ibroker_postvak_depth_records", "ibroker_postvak_oldest_age_seconds"

    world.rounds.do_one()
    world.now += 60
    waiting = [world.value(name, ontvanger="0344") for name in (depth, age)]
    world.cluster.commit(UTRECHT.group, Place(UTRECHT.topic, 0), 4)
    world.rounds.do_one()
    fetched = [world.value(name, ontvanger="0344") for name in (depth, age)]

    assert [1.0, 660.0] == waiting
    assert [0.0, 0.0] == fetched


def test_a_cluster_that_is_away_is_told_of() -> None:
    """No broker, a failed round, what was seen before; and it comes back."""
    world = World()
    world.cluster.write(Place(UTRECHT.topic, 0), round(NOW * 1000))
    world.rounds.do_one()
    world.cluster.is_away = True
    world.now += 100
    world.rounds.do_one()
    away = world.samples()
    figures = {
        "online": world.value("ibroker_brokers_online"),
        "controller": world.value("ibroker_controller_known"),
        "failed": world.value("ibroker_exporter_rounds_total", result="failed"),
        "age": world.value("ibroker_postvak_oldest_age_seconds", ontvanger="0344"),
        "silence": world.value("ibroker_heartbeat_age_seconds", stage="route"),
        "round": world.value("ibroker_exporter_last_round_timestamp_seconds"),
    }
    reasons = world.freshness.why_not_ready()
    world.cluster.is_away = False
    world.rounds.do_one()

    assert {
        "online": 0,
        "controller": 0,
        "failed": 1,
        "age": 100,
        "silence": 100,
        "round": NOW,
    } == figures
    assert "ibroker_partitions_offline" not in away
    # Nothing beat in this test, so that it is said to hang as well.
    assert "al 100 s is geen ronde langs het cluster gelukt" == reasons[-1]
    assert 1.0 == world.value("ibroker_brokers_online")
    assert 2 == world.opened


def test_a_cluster_is_opened_once() -> None:
    """As long as all is well, rounds share one connection."""
    world = World()
    for _ in range(3):
        world.rounds.do_one()

    assert 1 == world.opened
    assert 3.0 == world.value("ibroker_exporter_rounds_total", result="ok")


async def test_a_round_that_is_under_way_is_waited_for() -> None:
    """What a round uses is closed after it, and not under it."""
    world, begun, may_end = World(), Event(), Event()
    told: list[str] = []

    @contextmanager
    def slow() -> Iterator[Watched]:
        begun.set()
        assert may_end.wait(60)
        told.append("opened")
        yield world.cluster
        told.append("closed")

    world.opening = slow
    going = asyncio.create_task(world.rounds.run(60))
    await asyncio.to_thread(begun.wait)
    going.cancel()
    await asyncio.sleep(0.1)
    is_waiting = not going.done()
    may_end.set()
    await asyncio.wait({going})

    assert is_waiting
    assert going.cancelled()
    assert ["opened", "closed"] == told


async def test_a_round_that_does_not_end_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is left behind, with what it uses."""
    monkeypatch.setattr("ibroker.exporter.rounds._ENDING", 0.1)
    world, begun, may_end = World(), Event(), Event()

    @contextmanager
    def stuck() -> Iterator[Watched]:
        begun.set()
        assert may_end.wait(60)
        yield world.cluster

    world.opening = stuck
    going = asyncio.create_task(world.rounds.run(60))
    await asyncio.to_thread(begun.wait)
    going.cancel()
    await asyncio.wait({going}, timeout=30)
    is_over = going.cancelled()
    may_end.set()

    assert is_over


async def test_it_is_ready_once_a_round_is_done() -> None:
    """/readyz says why not before that, and since when after."""
    world = World()
    address = f"127.0.0.1:{free_ports(1)[0]}"
    app = ProbeApp(world.metrics.app, world.freshness)
    async with serve_app(address, app, world.freshness):
        before = await asyncio.to_thread(ask, address, "/readyz")
        world.rounds.do_one()
        after = await asyncio.to_thread(ask, address, "/readyz")
        alive = await asyncio.to_thread(ask, address, "/livez")

    assert (503, ["nog geen ronde langs het cluster is gelukt"]) == (
        before[0],
        json.loads(before[1])["redenen"],
    )
    assert {"goed": True, "redenen": [], "seconden_sinds_ronde": 0.0} == json.loads(
        after[1]
    )
    assert (200, 200) == (after[0], alive[0])

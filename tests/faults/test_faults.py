"""Exactly once, in order and unchanged, whatever happens to processes and brokers.

The short version runs with all tests; `make faults` runs each kind of fault by itself,
with many more berichten. Its model is Kafka's own transactions_test.
"""

import os
from pathlib import Path

import pytest

from tests.faults.conftest import Site
from tests.faults.mischief import (
    bound,
    cut_commits,
    delay_commits,
    drain_router,
    kill_broker,
    kill_router,
    pause_past_the_session,
    pause_past_the_transaction,
    poison,
    restart_broker,
)
from tests.faults.storm import Fault, Storm
from tests.kafka.proxy import running

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "50000"))
PACE = 400  # berichten a second, so that a storm takes some minutes
STRAITENED = "ggk.gemeente.0034"
TIGHT = 2500  # bytes; a few of its berichten are larger

PROCESSES: list[Fault] = [
    kill_router,
    drain_router,
    pause_past_the_session,
    pause_past_the_transaction,
]
EVERYTHING: list[Fault] = [
    kill_router,
    drain_router,
    pause_past_the_session,
    cut_commits,
    poison,
]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """It decides the berichten, the faults, and when; `--seed` gives another."""
    return int(request.config.getoption("--seed"))


def storm_at(site: Site, logs: Path, seed: int, routers: int = 2) -> Storm:
    """A storm of `make faults`; the routers get time to work between two faults."""
    return Storm(
        site.town,
        site.cluster,
        logs,
        seed,
        count=MESSAGES,
        seconds=MESSAGES / PACE,
        routers=routers,
        rest=(2, 8),
    )


async def test_everything_at_once(one_broker: Site, tmp_path: Path, seed: int) -> None:
    """Some berichten under every fault of ours, past routers behind a proxy."""
    site = one_broker
    storm = Storm(site.town, site.cluster, tmp_path, seed, 2000, 20, routers=3)
    storm.route_by(f"127.0.0.1:{site.proxy}")
    await bound(site.cluster.address, STRAITENED, TIGHT)
    async with running(site.proxy, site.behind) as storm.proxy:
        account = await storm.run(EVERYTHING)
    await bound(site.cluster.address, STRAITENED, None)

    assert [] == account.faults
    assert account.refused > 0
    assert {fault.__name__ for fault in EVERYTHING} <= storm.done.keys()
    assert any(name.startswith("request") for name in storm.done)


async def test_one_of_three_brokers(
    three_brokers: Site, tmp_path: Path, seed: int
) -> None:
    """Some with three replicas, while a broker is killed and comes back."""
    site = three_brokers
    storm = Storm(site.town, site.cluster, tmp_path, seed, 1500, 10)

    account = await storm.run([kill_broker])

    assert [] == account.faults


@pytest.mark.faults
@pytest.mark.parametrize("routers", [1, 2, 3])
async def test_routers_come_and_go(
    one_broker: Site, tmp_path: Path, seed: int, routers: int
) -> None:
    """They are killed, asked to stop, and stand still past every time-out."""
    account = await storm_at(one_broker, tmp_path, seed, routers=routers).run(PROCESSES)

    assert [] == account.faults


@pytest.mark.faults
async def test_a_lone_broker_restarts(
    lone_broker: Site, tmp_path: Path, seed: int
) -> None:
    """It is killed, and stopped in an orderly way: nothing is lost, some may be double.

    While no replica of a partition is there, Kafka 4.3 takes it for deleted, and leaves
    its part of a transaction that was being committed open (KAFKA-20734). The owner
    that comes next cannot see that. With three replicas there always is one.
    """
    faults: list[Fault] = [kill_broker, restart_broker]
    account = await storm_at(lone_broker, tmp_path, seed).run(faults)

    assert [] == account.wrong


@pytest.mark.faults
async def test_commits_are_cut_and_late(
    one_broker: Site, tmp_path: Path, seed: int
) -> None:
    """Connections are cut, and requests held up, in the middle of commits."""
    storm = storm_at(one_broker, tmp_path, seed)
    storm.route_by(f"127.0.0.1:{one_broker.proxy}")
    async with running(one_broker.proxy, one_broker.behind) as storm.proxy:
        account = await storm.run([cut_commits, delay_commits])

    assert [] == account.faults
    assert any(name.startswith("request") for name in storm.done)


@pytest.mark.faults
async def test_refusals_and_poison(one_broker: Site, tmp_path: Path, seed: int) -> None:
    """A gemeente takes nothing large, and broken batches come in between."""
    storm = storm_at(one_broker, tmp_path, seed)
    await bound(one_broker.cluster.address, STRAITENED, TIGHT)
    account = await storm.run([poison, kill_router])
    await bound(one_broker.cluster.address, STRAITENED, None)

    assert [] == account.faults
    assert account.refused > 0


@pytest.mark.faults
async def test_three_brokers(three_brokers: Site, tmp_path: Path, seed: int) -> None:
    """All of it with three replicas, of which two must be in sync."""
    faults: list[Fault] = [kill_broker, restart_broker, *PROCESSES, poison]
    account = await storm_at(three_brokers, tmp_path, seed, routers=3).run(faults)

    assert [] == account.faults

"""A changelog that ends in a transaction which Kafka itself forgot (KAFKA-20734).

Made here as it comes to be there: the coordinator does not know of the partition, so
that its mark goes to all but this one. A broker that is told not to ask for that lets
it happen.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.transaction_manager import TransactionManager
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)
from confluent_kafka.admin._resource import ResourceType
from structlog.testing import capture_logs

from ibroker.errors import DeliveryFailed, LogError, StateDangling
from ibroker.kafka.dangling import end_dangling
from ibroker.kafka.loop import Bounds
from ibroker.kafka.places import Places
from ibroker.kafka.producer import TransactionalProducer
from tests.kafka.logs import KafkaUnderTest, MemoryUnderTest
from tests.kafka.tally import IN, SEEN, STAND, lines, state_of
from tests.kafka.world import World, running

pytestmark = pytest.mark.kafka

A = SEEN + b"a"
ONE_BY_ONE = Bounds(records=1, idle=0.1)


@pytest.fixture
def forgetful(kafka: str) -> Iterator[str]:
    """A broker that takes what the coordinator does not know of."""
    admin = AdminClient({"bootstrap.servers": kafka})
    for value in ("false", None):
        how = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
        name = "transaction.partition.verification.enable"
        resource = ConfigResource(
            ResourceType.BROKER,
            "1",
            incremental_configs=[ConfigEntry(name, value, incremental_operation=how)],
        )
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(30)
        if value is not None:
            yield kafka


@pytest.fixture
async def world(
    forgetful: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A log with its topics, and machines with disks."""
    monkeypatch.setattr("ibroker.kafka.kafka_changelog._PATIENCE", 1.0)
    world = World(
        KafkaUnderTest(forgetful),
        lambda machine: Places(tmp_path / machine / "s" / "a"),
    )
    await world.make()
    return world


def forget(monkeypatch: pytest.MonkeyPatch, topic: str) -> None:
    """Let the coordinator not hear of the changelog."""
    known = TransactionManager.maybe_add_partition_to_txn

    def add(manager: TransactionManager, place: TopicPartition) -> None:
        if place.topic == topic:
            manager._txn_partitions.add(place)
        known(manager, place)

    monkeypatch.setattr(TransactionManager, "maybe_add_partition_to_txn", add)


async def count(world: World, values: list[bytes], machine: str, until: int) -> None:
    """Have values counted on a machine."""
    await world.log.put(IN, 0, values)
    async with running(world.member(), world.loop(machine, ONE_BY_ONE)):
        await world.until(until)


@pytest.mark.parametrize(
    "machine,ended", [("one", []), ("other", ["dangling transaction committed"])]
)
async def test_what_the_input_went_past_is_committed(
    world: World, machine: str, ended: list[str]
) -> None:
    """Its outputs and offset were committed, so the state must have it as well.

    A machine that has it on disk needs no restore, and what it writes next ends it.
    """
    await count(world, [b"a"] * 3, "one", 3)
    with pytest.MonkeyPatch.context() as patched:
        forget(patched, world.prefix + STAND)
        await count(world, [b"a"] * 2, "one", 5)
    with pytest.raises(StateDangling):
        await state_of(world.keeper("third"))

    with capture_logs() as logs:
        await count(world, [b"a"] * 2, machine, 7)

    assert lines(b"a", 7) == await world.out()
    assert {A: b"7"} == await state_of(world.keeper("third"))
    said = [one["event"] for one in logs if one["event"].startswith("dangling")]
    assert ended == said


async def test_what_the_input_does_again_is_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was never committed, so it must not be in the state when it is done again."""
    await count(world, [b"a"] * 3, "one", 3)
    commit = TransactionalProducer.commit

    async def fail(producer: TransactionalProducer) -> None:
        monkeypatch.setattr(TransactionalProducer, "commit", commit)
        patched.undo()
        raise DeliveryFailed("no commit")

    with (
        pytest.MonkeyPatch.context() as patched,
        capture_logs() as logs,
    ):
        forget(patched, world.prefix + STAND)
        monkeypatch.setattr(TransactionalProducer, "commit", fail)
        await count(world, [b"a"] * 2, "one", 5)

    assert lines(b"a", 5) == await world.out()
    assert {A: b"5"} == await state_of(world.keeper("third"))
    said = [one["event"] for one in logs if one["event"].startswith("dangling")]
    assert ["dangling transaction undone"] == said


async def test_in_the_middle_of_it_nothing_goes_on() -> None:
    """Where the input is past some of it only, no one can say what is true."""
    log = MemoryUnderTest()
    await log.make(IN, 1, None)
    async with log.owner(IN, 0, []) as lane:
        with pytest.raises(LogError, match="in the middle"):
            await end_dangling(lane, STAND, StateDangling("x", frozenset({0, 5})))

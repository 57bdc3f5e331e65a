"""State and its changelog on a real broker: what a restore may trust, and what not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from structlog.testing import capture_logs

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import Cluster
from ibroker.broker.ports import free_ports
from ibroker.core.record import Outgoing
from ibroker.errors import StateDangling, TopicMissing
from ibroker.kafka.loop import Bounds
from ibroker.kafka.places import Places
from ibroker.kafka.restoring import Kept, Reason
from ibroker.kafka.store import Mark
from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.proxy import Decide, Fate, Held, Request
from tests.kafka.proxy import running as proxying
from tests.kafka.tally import IN, SEEN, STAND, TOPICS, lines, state_of
from tests.kafka.test_store import rot
from tests.kafka.world import World, running

pytestmark = pytest.mark.kafka

A = SEEN + b"a"
DAY = 24 * 60 * 60 * 1000  # ms


@pytest.fixture
async def world(kafka: str, tmp_path: Path) -> World:
    """A log with its topics, and machines with disks."""
    world = World(
        KafkaUnderTest(kafka), lambda machine: Places(tmp_path / machine / "s" / "a")
    )
    await world.make()
    return world


async def count(world: World, values: list[bytes]) -> None:
    """Have values counted on machine `one`."""
    done = len(await world.out())
    await world.log.put(IN, 0, values)
    async with running(world.member(), world.loop(bounds=Bounds(idle=0.1))):
        await world.until(done + len(values))


@asynccontextmanager
async def restored(world: World) -> AsyncIterator[tuple[Kept, Reason]]:
    """The state of machine `one`, and how it came to be."""
    world.heard.clear()
    async with world.keeper().open(0, lambda: True) as kept:
        yield kept, world.heard[-1].reason


async def spoil(world: World, **wrong: int | str) -> None:
    """Give the store another mark, and a value that was never committed."""
    async with world.stores("one").open(0) as store:
        mark = store.mark()
        assert mark is not None
        changed: Mark = replace(mark, **wrong)  # type: ignore[arg-type]
        store.write({A: b"verzonnen"}, changed)


async def test_a_store_goes_on_where_it_was(world: World) -> None:
    """What is on disk is not read again from the changelog."""
    await count(world, [b"a"] * 10)
    async with restored(world) as (kept, reason):
        assert b"10" == kept.store.get(A)

    assert (Reason.BEHIND, 0) == (reason, world.heard[-1].records)


@pytest.mark.parametrize(
    "wrong,expected",
    [
        ({"log": "een/ander"}, Reason.OTHER_LOG),
        ({"offset": 1_000_000}, Reason.PAST_END),
        ({"offset": -1}, Reason.CUT_OFF),
        ({"moment": 1_790_000_000_000 - 4 * DAY}, Reason.TOO_OLD),
        ({"moment": 1_790_000_000_000 + DAY}, Reason.TOO_OLD),
    ],
)
async def test_a_mark_that_cannot_be_trusted(
    world: World, wrong: dict[str, int | str], expected: Reason
) -> None:
    """All that such a store holds is thrown away, and read anew from the begin."""
    await count(world, [b"a"] * 10)
    await spoil(world, **wrong)
    async with restored(world) as (kept, reason):
        assert b"10" == kept.store.get(A)

    assert expected is reason


async def test_a_changelog_that_was_made_again_is_another(world: World) -> None:
    """Its name is the same and its offsets fit, but nothing of the old one counts."""
    await count(world, [b"a"] * 10)
    assert isinstance(world.log, KafkaUnderTest)
    name = world.prefix + STAND
    admin = AIOKafkaAdminClient(bootstrap_servers=world.log.address)
    await admin.start()
    await admin.delete_topics([name])
    for _ in range(100):
        if name not in await admin.list_topics():
            break
        await asyncio.sleep(0.1)
    await admin.close()
    await world.log.make(STAND, 1, None)
    await world.log.put(STAND, 0, [b"7"] * 5)
    async with restored(world) as (kept, reason):
        assert {b"k": b"7"} == dict(kept.store.scan(b""))

    assert Reason.OTHER_LOG is reason


async def test_a_store_that_rots_at_work_is_read_anew(
    world: World, tmp_path: Path
) -> None:
    """The lane starts anew from the changelog, and goes on counting exactly."""
    names = [b"%08d" % n for n in range(2000)]
    await count(world, names)
    async with world.stores("one").open(0):
        pass  # which sorts in what the log of the former had
    (place,) = (tmp_path / "one" / "s" / "a" / "0").iterdir()
    rot(place)
    world.heard.clear()
    with capture_logs() as logs:
        await count(world, names)

    assert [b"%s=2" % name for name in names] == (await world.out())[2000:]
    assert [Reason.BEHIND, Reason.EMPTY] == list(
        dict.fromkeys(one.reason for one in world.heard)
    )
    assert "state is damaged" in {one["event"] for one in logs}


async def test_what_was_undone_is_not_restored(world: World) -> None:
    """Nor where it was undone in the middle, nor what is not committed yet."""
    await count(world, [b"a"] * 3)
    async with world.log.owner(IN, 0, TOPICS) as lane:
        async with lane.transaction(None) as transaction:
            await transaction.send(undone(world))
        async with world.log.owner(IN, 0, TOPICS):
            pass
    await count(world, [b"a"] * 2)

    assert {A: b"5"} == await state_of(world.keeper("other"))


def undone(world: World) -> list[Outgoing]:
    """Changes for a changelog."""
    topic = world.prefix + STAND
    return [Outgoing(topic, b"weg%d" % n, b"v", (), 0) for n in range(50)]


async def test_what_is_open_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore never passes over what may still be committed."""
    monkeypatch.setattr("ibroker.kafka.kafka_changelog._PATIENCE", 1.0)
    await count(world, [b"a"] * 3)
    async with (
        world.log.owner(IN, 0, TOPICS) as lane,
        lane.transaction(None) as transaction,
    ):
        await transaction.send(undone(world)[:1])
        with pytest.raises(StateDangling, match="nobody ends"):
            await state_of(world.keeper("other"))
        await transaction.commit()

    assert {A: b"3", b"weg0": b"v"} == await state_of(world.keeper("other"))


class Broker:
    """A broker of our own, with a listener behind a proxy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        while True:
            self.port, self.proxy, self.behind = free_ports(3)
            if self.port + 1 not in {self.proxy, self.behind}:
                break
        self._cluster = self._start()

    def restart(self) -> None:
        """Stop it, and start it again with what it had."""
        stop_cluster(self._cluster)
        self._cluster = self._start()

    def stop(self) -> None:
        """Stop it."""
        stop_cluster(self._cluster)

    def _start(self) -> Cluster:
        port, proxy, behind = self.port, self.proxy, self.behind
        extra = {
            "auto.create.topics.enable": "true",
            "log.cleaner.backoff.ms": "500",  # compacts soon
            "offsets.topic.num.partitions": "2",
            "transaction.state.log.num.partitions": "2",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"CONTROLLER://127.0.0.1:{port + 1},PROXIED://127.0.0.1:{behind}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"PROXIED://127.0.0.1:{proxy}",
        }
        return start_cluster(self._folder, port=port, extra=extra)

    async def worlds(self, folder: Path) -> tuple[World, World]:
        """A log with its topics, and the same log through the proxy."""
        direct = KafkaUnderTest(f"127.0.0.1:{self.port}")
        world = World(direct, lambda machine: Places(folder / machine / "s" / "a"))
        await world.make()
        via = KafkaUnderTest(f"127.0.0.1:{self.proxy}")
        via.prefix = direct.prefix
        return world, World(via, world.stores)


@pytest.fixture(scope="module")
def broker(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One for this module; where there is no Kafka, `kafka` has skipped it by now."""
    broker = Broker(tmp_path_factory.mktemp("state"))
    yield broker
    broker.stop()


async def test_a_compacted_changelog_restores_the_same(
    broker: Broker, tmp_path: Path
) -> None:
    """Also where whole batches and marks of transactions have gone from it."""
    world, _ = await broker.worlds(tmp_path)
    admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{broker.port}")
    await admin.start()
    topic = ConfigResource(
        ConfigResourceType.TOPIC,
        world.prefix + STAND,
        {
            "cleanup.policy": "compact",
            "segment.ms": "100",
            "min.cleanable.dirty.ratio": "0.001",
            "delete.retention.ms": "0",
        },
    )
    await admin.alter_configs([topic])
    await admin.close()
    for _ in range(6):
        await count(world, [b"%d" % (n % 10) for n in range(40)] + [b"weg:3"])
        await asyncio.sleep(0.3)
    for _ in range(100):
        first, *_ = await world.log.read(STAND)
        if first.offset > 0:
            break
        await asyncio.sleep(0.5)
    else:
        pytest.fail("it was not compacted")

    expected = {SEEN + b"%d" % n: b"24" for n in range(10) if n != 3}
    assert expected == await state_of(world.keeper())
    assert expected == await state_of(world.keeper("other"))


async def test_the_former_owner_is_fenced_before_state_is_restored(
    broker: Broker, tmp_path: Path
) -> None:
    """What it commits while the next one is about to begin is part of the state."""
    world, heir = await broker.worlds(tmp_path)
    init = Held()
    async with proxying(broker.proxy, broker.behind) as proxy:
        proxy.decide = once(kinds.INIT_PRODUCER_ID, init)
        async with world.log.owner(IN, 0, TOPICS) as former:
            await world.log.put(IN, 0, [b"a"] * 5)
            member = heir.member()
            task = asyncio.create_task(member.run(heir.loop("other")))
            await asyncio.wait_for(init.seen.wait(), 60)
            work = asyncio.create_task(world.loop()(former))
            await world.until(5)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        init.released.set()
        await world.log.put(IN, 0, [b"a"])
        out = await world.until(6)
        member.stop()
        await asyncio.wait_for(task, 30)

    assert lines(b"a", 6) == out


def once(api: int, fate: Held) -> Decide:
    """The first request of a kind has that fate."""
    left = [fate]

    def decide(request: Request) -> Fate:
        return left.pop() if request.api == api and left else None

    return decide


async def test_no_changelog_is_made_by_looking_for_it(
    broker: Broker, tmp_path: Path
) -> None:
    """Also where the broker makes topics by itself."""
    world, _ = await broker.worlds(tmp_path)
    with pytest.raises(TopicMissing):
        async with world.log.changelogs("weg", IN)(0):
            pass

    assert not await world.log.exists("weg")


async def test_a_restore_goes_on_after_the_broker_was_away(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker is started anew in the middle: the lane goes on from there."""
    monkeypatch.setattr("ibroker.kafka.kafka_changelog._FETCH", 64 * 1024)
    world, heir = await broker.worlds(tmp_path)
    await fill(world, 60_000)
    await world.log.put(IN, 0, [b"00000001"] * 3)
    halfway = Held()

    def decide(request: Request) -> Fate:
        middle = len(heir.heard) >= 5 and request.api == kinds.FETCH
        return halfway if middle and not halfway.released.is_set() else None

    async with proxying(broker.proxy, broker.behind) as proxy:
        proxy.decide = decide
        member = heir.member()
        task = asyncio.create_task(member.run(heir.loop()))
        await asyncio.wait_for(halfway.seen.wait(), 120)
        before = heir.heard[-1]
        await asyncio.to_thread(broker.restart)
        halfway.released.set()
        await proxy.close()
        out = await world.until(3)
        member.stop()
        await asyncio.wait_for(task, 30)

    assert lines(b"00000001", 3, 2) == out
    assert (Reason.EMPTY, False) == (before.reason, before.is_done)
    after = heir.heard[-1]
    assert (Reason.BEHIND, True) == (after.reason, after.is_done)
    # What was fetched before the one that was held may still have been taken in.
    assert before.offset <= after.offset - after.records < 60_000
    assert 60_000 == len(await state_of(world.keeper()))


async def fill(world: World, records: int) -> None:
    """Put state in a changelog, as if so many had been counted once."""
    assert isinstance(world.log, KafkaUnderTest)
    async with AIOKafkaProducer(
        bootstrap_servers=world.log.address, linger_ms=5, max_batch_size=100_000
    ) as producer:
        for n in range(records):
            await producer.send(
                world.prefix + STAND, b"1", SEEN + b"%08d" % n, partition=0
            )

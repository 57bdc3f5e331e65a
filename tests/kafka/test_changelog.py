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
from ibroker.broker.ports import free_ports
from ibroker.core.record import Outgoing
from ibroker.errors import DeliveryFailed
from ibroker.kafka.loop import Bounds
from ibroker.kafka.places import Places
from ibroker.kafka.restoring import Kept, Reason, Restoring
from ibroker.kafka.stateful import StatefulLoop
from ibroker.kafka.store import Mark
from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.proxy import Decide, Fate, Held, Request
from tests.kafka.proxy import running as proxying
from tests.kafka.tally import IN, SEEN, STAND, TOPICS, Tally, lines, state_of
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
        with pytest.raises(DeliveryFailed, match="no end"):
            await state_of(world.keeper("other"))
        await transaction.commit()

    assert {A: b"3", b"weg0": b"v"} == await state_of(world.keeper("other"))


async def test_a_compacted_changelog_restores_the_same(world: World) -> None:
    """Also where whole batches and marks of transactions have gone from it."""
    assert isinstance(world.log, KafkaUnderTest)
    admin = AIOKafkaAdminClient(bootstrap_servers=world.log.address)
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
    for turn in range(6):
        await count(world, [b"%d" % (n % 10) for n in range(40)] + [b"weg:3"])
        await asyncio.sleep(0.3 * turn)
    expected = {SEEN + b"%d" % n: b"24" for n in range(10) if n != 3}
    left = await uncompacted(world)
    for _ in range(300):
        if await uncompacted(world) < left:
            break
        await asyncio.sleep(0.2)
    else:
        pytest.fail("it was not compacted")

    assert expected == await state_of(world.keeper())
    assert expected == await state_of(world.keeper("other"))


async def uncompacted(world: World) -> int:
    """How many records its changelog has."""
    return len(await world.log.read(STAND))


@pytest.fixture(scope="module")
def ports(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """A broker with a listener behind a proxy: its ports and its folder."""
    while True:
        port, proxy, behind = free_ports(3)
        if port + 1 not in {proxy, behind}:
            break
    cluster = start_cluster(
        tmp_path_factory.mktemp("state"),
        port=port,
        extra={
            "offsets.topic.num.partitions": "2",
            "transaction.state.log.num.partitions": "2",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"CONTROLLER://127.0.0.1:{port + 1},PROXIED://127.0.0.1:{behind}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"PROXIED://127.0.0.1:{proxy}",
        },
    )
    yield [port, proxy, behind]
    stop_cluster(cluster)


async def test_the_former_owner_is_fenced_before_state_is_restored(
    ports: list[int], tmp_path: Path
) -> None:
    """What it commits while the next one is about to begin is part of the state."""
    port, proxy_port, behind = ports
    world = World(
        KafkaUnderTest(f"127.0.0.1:{port}"),
        lambda machine: Places(tmp_path / machine / "s" / "a"),
    )
    await world.make()
    assert isinstance(world.log, KafkaUnderTest)
    via = KafkaUnderTest(f"127.0.0.1:{proxy_port}")
    via.prefix = world.log.prefix
    heir = World(via, world.stores)
    init = Held()
    async with proxying(proxy_port, behind) as proxy:
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


async def test_a_restore_goes_on_after_the_broker_was_away(
    ports: list[int], tmp_path: Path
) -> None:
    """A connection that breaks halfway has the lane begin anew from where it was."""
    port, proxy_port, behind = ports
    log = KafkaUnderTest(f"127.0.0.1:{port}")
    world = World(log, lambda machine: Places(tmp_path / machine / "s" / "a"))
    await world.make()
    await fill(world, 60_000)
    via = KafkaUnderTest(f"127.0.0.1:{proxy_port}")
    via.prefix = log.prefix
    heir = World(via, world.stores)
    await world.log.put(IN, 0, [b"00000001"] * 3)
    async with proxying(proxy_port, behind) as proxy:
        halfway = asyncio.Event()

        def hear(one: Restoring) -> None:
            heir.heard.append(one)
            halfway.set()

        keeper = replace(heir.keeper(), tell=hear)
        member = heir.member()
        task = asyncio.create_task(
            member.run(StatefulLoop(lambda: Tally(heir.prefix), keeper))
        )
        for _ in range(3):
            halfway.clear()
            await asyncio.wait_for(halfway.wait(), 60)
            await proxy.close()
        out = await world.until(3)
        member.stop()
        await asyncio.wait_for(task, 30)

    assert lines(b"00000001", 3, 2) == out
    assert len([one for one in heir.heard if one.is_done]) < len(heir.heard)
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

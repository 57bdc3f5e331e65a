"""The rules by which we talk to Kafka, each on a real broker.

What aiokafka does by itself, against which they are, is in `test_client.py`.
"""

import asyncio
import struct
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from ibroker.errors import LogError, TopicMissing
from ibroker.kafka.lane import KafkaLane
from ibroker.kafka.loop import Bounds, Loop
from ibroker.kafka.port import Lane
from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import OUT, inputs, settled, values
from tests.kafka.proxied import LOADING, Broker, topics_of
from tests.kafka.proxy import Answer, Cut, Fate, Held, Late, Once, Proxy, Request
from tests.kafka.relay import Relay, out

pytestmark = pytest.mark.kafka

# INVALID_PRODUCER_EPOCH, PRODUCER_FENCED; and CONCURRENT_TRANSACTIONS, where the broker
# has more to do before it looks at the epoch.
REFUSED = {47, 90, 51}
TEN = [b"%06d" % number for number in range(10)]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most a minute."""
    for _ in range(6000):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never did")


async def poll(lane: Lane) -> list[bytes]:
    """The values of what comes first."""
    for _ in range(50):
        batch = await lane.poll(500, 0.2)
        if batch:
            return [getattr(record, "value", None) or b"" for record in batch]
    pytest.fail("nothing came")


async def relayed(log: KafkaUnderTest, via: KafkaUnderTest, count: int) -> None:
    """Let a member work behind the proxy until all is there; exactly once, in order."""
    member = via.member("in", OUT)
    loop = Loop(lambda: Relay(log.prefix), Bounds(records=10, idle=0.1))
    task = asyncio.create_task(member.run(loop))
    try:
        await settled(log, count, task)
    finally:
        member.stop()
        await asyncio.wait_for(task, 20)
    assert list(range(count)) == await inputs(log)
    assert [b"%06d" % number for number in range(count)] == await values(log, "uit")
    assert count == await log.committed("in", 0)


@pytest.mark.parametrize(
    "api",
    [
        pytest.param(kinds.PRODUCE, id="Produce"),
        pytest.param(kinds.FETCH, id="Fetch"),
        pytest.param(kinds.ADD_PARTITIONS, id="AddPartitionsToTxn"),
        pytest.param(kinds.ADD_OFFSETS, id="AddOffsetsToTxn"),
        pytest.param(kinds.TXN_OFFSET_COMMIT, id="TxnOffsetCommit"),
        pytest.param(kinds.END_TXN, id="EndTxn"),
    ],
)
@pytest.mark.parametrize("fate", [Cut.BEFORE, Cut.AFTER])
async def test_a_connection_cut_loses_and_doubles_nothing(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy, api: int, fate: Cut
) -> None:
    """Whichever request the connection is cut at, before or after the broker has it."""
    await log.put("in", 0, [b"%06d" % number for number in range(60)])
    proxy.decide = once = Once(api, fate)

    await relayed(log, via, 60)

    assert once.after != []


@pytest.mark.parametrize(
    "api",
    [
        pytest.param(kinds.ADD_PARTITIONS, id="AddPartitionsToTxn"),
        pytest.param(kinds.ADD_OFFSETS, id="AddOffsetsToTxn"),
        pytest.param(kinds.TXN_OFFSET_COMMIT, id="TxnOffsetCommit"),
        pytest.param(kinds.END_TXN, id="EndTxn"),
    ],
)
async def test_a_request_that_comes_late_finds_its_producer_fenced(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy, api: int
) -> None:
    """KIP-890: of the same epoch it would be taken for one of the next transaction."""
    await log.put("in", 0, [b"%06d" % number for number in range(60)])
    late = Late()
    proxy.decide = once = Once(api, late)

    await relayed(log, via, 60)

    answer = await asyncio.wait_for(late.answer, 5)
    assert kinds.INIT_PRODUCER_ID in once.after
    assert error_of(api, answer) in REFUSED


def error_of(api: int, answer: bytes) -> int:
    """The error code in an answer of version 0; in lists it is the last field."""
    if api in {kinds.ADD_OFFSETS, kinds.END_TXN}:
        return int(struct.unpack_from(">ih", answer)[1])
    return int(struct.unpack(">h", answer[-2:])[0])


async def test_each_partition_has_an_owner_of_its_own(log: KafkaUnderTest) -> None:
    """Two partitions are in a transaction at once, and neither fences the other."""
    await log.make("twee", 2, None)
    await log.put("twee", 0, TEN[:5])
    await log.put("twee", 1, TEN[5:])
    async with log.owner("twee", 0, OUT) as one, log.owner("twee", 1, OUT) as other:
        mine, theirs = await poll(one), await poll(other)
        async with one.transaction(5) as first, other.transaction(5) as second:
            await first.send([out(log, value) for value in mine])
            await second.send([out(log, value) for value in theirs])
            await first.commit()
            await second.commit()

    assert TEN == sorted(await values(log, "uit"))


async def test_the_former_owner_is_fenced_before_its_offset_is_read(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy
) -> None:
    """What it commits while the next one is about to begin is not done again."""
    await log.put("in", 0, TEN)
    init = Held()
    async with log.owner("in", 0, OUT) as former:
        done = await poll(former)
        async with former.transaction(10) as transaction:
            await transaction.send([out(log, value) for value in done])
            proxy.decide = Once(kinds.INIT_PRODUCER_ID, init, number=1)
            heir = asyncio.create_task(take_over(via))
            await asyncio.wait_for(init.seen.wait(), 60)
            await transaction.commit()
    await log.put("in", 0, [b"nieuw"])
    init.released.set()

    assert TEN == done
    assert [b"nieuw"] == await asyncio.wait_for(heir, 60)


async def take_over(log: KafkaUnderTest) -> list[bytes]:
    """Own the partition, and tell what comes first."""
    async with log.owner("in", 0, OUT) as lane:
        return await poll(lane)


async def test_what_was_fetched_from_a_former_position_is_dropped(
    log: KafkaUnderTest,
) -> None:
    """The client fetches as soon as a partition is assigned; that is too soon."""
    await log.put("in", 0, TEN)
    place = TopicPartition(log.prefix + "in", 0)
    async with log.owner("in", 0, OUT) as former:
        async with former.transaction(3) as transaction:
            await transaction.commit()
        async with AIOKafkaConsumer(
            bootstrap_servers=log.address,
            group_id=log.prefix + "app",
            enable_auto_commit=False,
            isolation_level="read_committed",
        ) as consumer:
            consumer.assign([place])
            await until(lambda: place in consumer._fetcher._records)
            async with former.transaction(8) as transaction:
                await transaction.commit()
            lane = KafkaLane(
                log.prefix + "app", place, consumer, log.connection, lambda: True
            )
            await lane.open([])
            found = await poll(lane)
            await lane.close()

    assert TEN[8:] == found


async def test_a_coordinator_that_cannot_tell_is_asked_again(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy
) -> None:
    """While it loads its log, what was done before is not done again."""
    await log.put("in", 0, TEN)
    async with log.owner("in", 0, OUT) as lane, lane.transaction(8) as transaction:
        await transaction.commit()
    loading = 4  # the client asks as well as the lane

    def decide(request: Request) -> Fate:
        nonlocal loading
        if request.api != kinds.OFFSET_FETCH or loading == 0:
            return None
        loading -= 1
        return Answer(LOADING)

    proxy.decide = decide
    member = via.member("in", OUT)
    task = asyncio.create_task(member.run(Loop(lambda: Relay(log.prefix))))
    await settled(log, 2, task)
    member.stop()
    await asyncio.wait_for(task, 20)

    assert [8, 9] == await inputs(log)


async def test_offsets_are_committed_in_transactions_alone(
    log: KafkaUnderTest,
) -> None:
    """What was read, and whose outcome was not written, is not committed on leaving."""
    await log.put("in", 0, TEN)
    found = asyncio.Event()

    async def only_poll(lane: Lane) -> None:
        while lane.is_ours():
            if await lane.poll(500, 0.1):
                found.set()

    member = log.member("in", OUT)
    task = asyncio.create_task(member.run(only_poll))
    await asyncio.wait_for(found.wait(), 60)
    member.stop()
    await asyncio.wait_for(task, 20)

    assert await log.committed("in", 0) is None


@pytest.mark.parametrize("missing", ["in", "uit"])
async def test_no_topic_is_made_by_looking_for_it(broker: Broker, missing: str) -> None:
    """Also where the broker makes topics by itself: the process stops and says so."""
    log = KafkaUnderTest(broker.address)
    for topic in {"in", "uit", "apart", "notes"} - {missing}:
        await log.make(topic, 1, None)
    with pytest.raises(TopicMissing, match=log.prefix + missing):
        await asyncio.wait_for(
            log.member("in", OUT).run(Loop(lambda: Relay(log.prefix))), 60
        )

    assert log.prefix + missing not in await topics_of(broker)


async def test_no_topic_is_asked_for_by_name(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy
) -> None:
    """That alone can make one; so all that are there are asked for instead."""
    named: list[int] = []

    def note(request: Request) -> None:
        if request.api == kinds.METADATA:
            named.append(request.items())

    proxy.decide = note
    await log.put("in", 0, [b"%06d" % number for number in range(60)])
    await relayed(log, via, 60)

    # Null, which is -1, asks for all; the first question of a client is for none.
    assert {-1, 0} == set(named)


@pytest.mark.parametrize("gone", ["in", pytest.param("uit", marks=pytest.mark.faults)])
async def test_a_topic_that_is_taken_away_stays_away(
    broker: Broker, log: KafkaUnderTest, gone: str
) -> None:
    """A router that is at work does not bring it back, and stops."""
    member = log.member("in", OUT)
    task = asyncio.create_task(
        member.run(Loop(lambda: Relay(log.prefix), Bounds(idle=0.1)))
    )
    await log.put("in", 0, TEN)
    await settled(log, 10, task)
    admin = AIOKafkaAdminClient(bootstrap_servers=log.address)
    await admin.start()
    await admin.delete_topics([log.prefix + gone])
    await admin.close()
    if gone == "uit":
        await log.put("in", 0, TEN)
    with pytest.raises(LogError):
        await asyncio.wait_for(task, 60)

    assert log.prefix + gone not in await topics_of(broker)


async def test_a_client_that_stops_by_itself_stops_us(
    log: KafkaUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the process would stand by for ever, alive and ready and without work."""
    member = log.member("in", OUT)
    task = asyncio.create_task(member.run(Loop(lambda: Relay(log.prefix))))
    await log.put("in", 0, TEN)
    await settled(log, 10, task)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("aiokafka.consumer.fetcher.Fetcher._get_actions_per_node", fail)
    with pytest.raises(LogError, match="stopped by itself"):
        await asyncio.wait_for(task, 20)

"""A member that lets go of its partitions: in time, cut off, or unheard."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from structlog.testing import capture_logs

from ibroker.kafka.loop import Bounds, Loop
from ibroker.kafka.member import KafkaMember, Patience
from ibroker.kafka.port import Lane
from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import OUT, settled
from tests.kafka.proxy import Held, Proxy
from tests.kafka.relay import Relay, out
from tests.kafka.test_house_rules import TEN, poll, until

pytestmark = pytest.mark.kafka


async def test_who_cannot_say_goodbye_is_gone_all_the_same(
    log: KafkaUnderTest,
    via: KafkaUnderTest,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the group would give partitions to one who does nothing with them."""
    before = asyncio.all_tasks()
    monkeypatch.setattr("ibroker.kafka.member._LEAVING", 1)
    proxy.decide = lambda request: Held() if request.api == kinds.LEAVE_GROUP else None
    member = via.member("in", OUT)
    task = asyncio.create_task(member.run(Loop(lambda: Relay(log.prefix))))
    await log.put("in", 0, TEN)
    await settled(log, 10, task)
    member.stop()
    await asyncio.wait_for(task, 10)
    await proxy.close()
    await asyncio.sleep(0.1)

    assert set() == {one for one in asyncio.all_tasks() - before if not one.done()}


async def test_a_division_anew_does_not_wait_for_a_quiet_lane(
    log: KafkaUnderTest,
) -> None:
    """Who waits for records when the group changes lets go, and is not cut off."""
    patience = Patience(drain=15, session=6, again=0.1)
    await log.make("veel", 24, None)

    def member() -> KafkaMember:
        return KafkaMember(
            log.prefix + "app", log.prefix + "veel", [], log.connection, patience
        )

    first = member()
    loop = Loop(lambda: Relay(log.prefix), Bounds(idle=0.2))
    owned: set[int] = set()

    async def work(lane: Lane) -> None:
        owned.add(lane.partition)
        await loop(lane)

    with capture_logs() as logs:
        one = asyncio.create_task(first.run(loop))
        feed = asyncio.create_task(keep_busy(log))
        await settled(log, 200, one)
        for _ in range(4):  # without the rule it does not go wrong each time
            second = member()
            owned.clear()
            two = asyncio.create_task(second.run(work))
            await until(lambda: len(owned) >= 12)
            second.stop()
            await asyncio.wait_for(two, 40)
        feed.cancel()
        first.stop()
        await asyncio.wait_for(one, 40)

    assert "assigned" in {line["event"] for line in logs}
    assert [] == [line for line in logs if line["event"] == "lanes cut off"]


async def test_a_lane_that_does_not_let_go_is_cut_off(log: KafkaUnderTest) -> None:
    """What hangs gets the time to drain and no more, and the log names its partition.

    What it had begun is undone, and done once by who comes next.
    """
    await log.make("in", 1, None)
    await log.make("uit", 1, None)
    await log.put("in", 0, TEN)
    begun = asyncio.Event()

    async def hang(lane: Lane) -> None:
        async with lane.transaction(len(await poll(lane))) as transaction:
            await transaction.send([out(log, b"half")])
            begun.set()
            await asyncio.Event().wait()

    member = log.member("in", ["uit"])
    with capture_logs() as logs:
        task = asyncio.create_task(member.run(hang))
        await begun.wait()
        member.stop()
        await asyncio.wait_for(task, 30)

    assert [[0]] == [
        one["partitions"] for one in logs if one["event"] == "lanes cut off"
    ]
    assert [] == await log.read("uit")
    assert await log.committed("in", 0) in {None, 0}


async def keep_busy(log: KafkaUnderTest) -> None:
    """Records on some of the partitions, without end."""
    async with AIOKafkaProducer(bootstrap_servers=log.address) as producer:
        while True:
            for partition in range(4):
                await producer.send(
                    log.prefix + "veel", b"v", b"k", partition=partition
                )
            await asyncio.sleep(0.002)

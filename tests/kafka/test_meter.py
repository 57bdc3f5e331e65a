"""What meters are told by the loop and the member: on Kafka, and on both twins."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import groupby

import pytest

from ibroker.broker.ports import free_ports
from ibroker.core.record import Outgoing, Record
from ibroker.errors import DeliveryFailed, Fenced
from ibroker.health import Health
from ibroker.kafka.loop import Bounds, Loop
from ibroker.kafka.meter import (
    Meter,
    metered,
)
from ibroker.kafka.port import Lane
from ibroker.metrics import Kinds
from ibroker.probes import serve_probes
from tests.kafka.logs import KafkaUnderTest, LogUnderTest, MemoryUnderTest
from tests.kafka.meters import (
    NOW,
    MeterUnderTest,
    PrometheusUnderTest,
    done,
    kind_of,
)
from tests.kafka.meters import MemoryUnderTest as TwinUnderTest
from tests.kafka.relay import Carried, Relay

OUT = ["uit", "apart", "notes"]


@pytest.fixture(
    params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)],
)
def log(request: pytest.FixtureRequest) -> LogUnderTest:
    """Kafka and its twin, in turn."""
    if request.param == "twin":
        return MemoryUnderTest()
    return KafkaUnderTest(request.getfixturevalue("kafka"))


@pytest.fixture(
    params=["twins", "twin", pytest.param("kafka", marks=pytest.mark.kafka)],
)
def pair(request: pytest.FixtureRequest) -> tuple[LogUnderTest, MeterUnderTest]:
    """A log with a meter: both twins, the twin of Kafka, and both real ones."""
    if request.param == "twins":
        return MemoryUnderTest(), TwinUnderTest()
    if request.param == "twin":
        return MemoryUnderTest(), PrometheusUnderTest()
    return KafkaUnderTest(request.getfixturevalue("kafka")), PrometheusUnderTest()


async def test_counts_equal_what_was_committed(
    pair: tuple[LogUnderTest, MeterUnderTest],
) -> None:
    """After a run with a record that is refused, the counts are those of the log."""
    log, measured = pair
    await make(log, limit=1000)
    values = [b"%06d" % n for n in range(60)]
    values[20] = b"x" * 5000
    await log.put("in", 0, values[:40])
    await log.put("in", 1, values[40:])
    member = log.member("in", OUT, measured.meter)
    loop = Loop(
        lambda: Relay(name(log, "")), Bounds(records=7, idle=0.1), measured.meter
    )
    task = asyncio.create_task(member.run(loop))
    await until(lambda: measured.numbers().get("records", 0) >= 60)

    numbers = measured.numbers()
    assert 2 == numbers.pop("partitions")
    member.stop()
    await asyncio.wait_for(task, 20)

    assert len(await log.read("uit")) == numbers.pop("outcome uit") == 59
    assert len(await log.read("apart")) == numbers.pop("outcome apart") == 1
    assert len(await log.read("notes")) == numbers.pop("out notes") == 60
    assert 59 == numbers.pop("out uit")
    assert 60 == numbers.pop("records") == numbers.pop("judged 1.0")
    assert numbers["batches"] == numbers["transactions committed"]
    # The batch with the large one is undone, and the large one again by itself.
    assert 2 == numbers["transactions aborted"] == numbers["restarts"]
    assert "partitions" not in measured.numbers()
    assert "in progress" not in measured.numbers()


async def test_what_the_steps_have_is_under_way(
    pair: tuple[LogUnderTest, MeterUnderTest],
) -> None:
    """While a batch is handled all of it is in progress, and nothing counts."""
    log, measured = pair
    await make(log)
    await log.put("in", 0, [b"1", b"2", b"3"])
    seen: list[dict[str, float]] = []
    loop = Loop(
        lambda: Watching(name(log, ""), lambda: seen.append(measured.numbers())),
        Bounds(idle=0.1),
        measured.meter,
    )
    member = log.member("in", OUT, measured.meter)
    task = asyncio.create_task(member.run(loop))
    await until(lambda: measured.numbers().get("records", 0) == 3)
    member.stop()
    await asyncio.wait_for(task, 20)

    oldest = (await log.read("in"))[0].timestamp / 1000
    assert {
        "assignments": 1,
        "partitions": 2,
        "in progress": 3,
        "age": NOW - oldest,
    } == seen[0]
    assert 3 == len(seen)


async def test_who_is_fenced_counts_nothing(
    pair: tuple[LogUnderTest, MeterUnderTest],
) -> None:
    """Who was overtaken inside a transaction committed nothing, and says so."""
    log, measured = pair
    await make(log)
    async with log.owner("in", 0, OUT) as zombie:
        with pytest.raises((Fenced, DeliveryFailed)):
            await overtaken(log, zombie, measured.meter)

    ends = measured.numbers()
    assert 1 == len(ends)
    assert ends in ({"transactions fenced": 1}, {"transactions aborted": 1})


async def test_ready_while_it_works(log: LogUnderTest) -> None:
    """Over HTTP: not before there are partitions, nor from the begin of the drain."""
    await make(log)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    finish = asyncio.Event()

    async def work(lane: Lane) -> None:
        while lane.is_ours():
            await lane.poll(10, 0.1)
        await finish.wait()

    kinds = Kinds(kind_of, (), {})
    async with serve_probes(address, "test", kinds) as meter:
        member = log.member("in", OUT, meter)
        seen = [await asyncio.to_thread(readiness, address)]
        task = asyncio.create_task(member.run(work))
        while seen[-1] != 200:
            seen.append(await asyncio.to_thread(readiness, address))
        member.stop()
        while seen[-1] == 200:
            seen.append(await asyncio.to_thread(readiness, address))
        is_draining = not task.done()
        finish.set()
        await asyncio.wait_for(task, 40)
        seen.append(await asyncio.to_thread(readiness, address))

    assert is_draining
    assert [503, 200, 503] == [one for one, _ in groupby(seen)]


def readiness(address: str) -> int:
    """The status of /readyz."""
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


async def test_who_stands_by_is_ready(log: LogUnderTest) -> None:
    """With more members than partitions all are ready, also the one without any."""
    await make(log)
    healths = [Health() for _ in range(3)]
    members = [log.member("in", OUT, health) for health in healths]

    async def work(lane: Lane) -> None:
        while lane.is_ours():
            await lane.poll(10, 0.1)

    def is_divided() -> bool:
        shares = sorted(health.partitions for health in healths)
        is_ready = not any(health.why_not_ready() for health in healths)
        return is_ready and shares == [0, 1, 1]

    tasks = [asyncio.create_task(member.run(work)) for member in members]
    await until(is_divided)
    for member in members:
        member.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), 40)

    assert all(health.why_not_ready() for health in healths)


class Watching(Relay):
    """A relay that looks around at each record."""

    def __init__(self, prefix: str, look: Callable[[], None]) -> None:
        super().__init__(prefix)
        self._look = look

    def step(self, record: Record) -> Carried:
        self._look()
        return super().step(record)


async def overtaken(log: LogUnderTest, zombie: Lane, meter: Meter) -> None:
    """Commit what another owner has overtaken."""
    opened = zombie.transaction(1)
    async with metered(opened, meter, 0, lambda _: done(0)) as held:
        await held.send([Outgoing(name(log, "uit"), b"k", b"v", (), 0)])
        async with log.owner("in", 0, OUT):
            await held.commit()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most a minute."""
    for _ in range(6000):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never did")


async def make(log: LogUnderTest, limit: int | None = None) -> None:
    """The topics of the relay; `limit` bounds what `uit` takes."""
    await log.make("in", 2, None)
    await log.make("uit", 1, limit)
    await log.make("apart", 1, None)
    await log.make("notes", 1, None)


def name(log: LogUnderTest, topic: str) -> str:
    """The topic as the log knows it."""
    return (log.prefix if isinstance(log, KafkaUnderTest) else "") + topic

"""The loop on Kafka and on its twin: one suite for both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

import pytest

from ibroker.core.record import Outgoing, Record
from ibroker.errors import DeliveryFailed, Fenced, RecordRefused, TopicMissing
from ibroker.kafka.loop import Bounds, Loop
from ibroker.kafka.port import Lane, Member
from tests.kafka.logs import HEADERS, KafkaUnderTest, LogUnderTest, MemoryUnderTest
from tests.kafka.relay import Carried, Relay

OUT = ["uit", "apart", "notes"]
SMALL = Bounds(records=7, idle=0.1)


@pytest.fixture(
    params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)],
)
def log(request: pytest.FixtureRequest) -> LogUnderTest:
    """Kafka and its twin, in turn."""
    if request.param == "twin":
        return MemoryUnderTest()
    return KafkaUnderTest(request.getfixturevalue("kafka"))


async def make(
    log: LogUnderTest, partitions: int = 1, limit: int | None = None
) -> None:
    """The topics of the relay; `limit` bounds what `uit` takes."""
    await log.make("in", partitions, None)
    await log.make("uit", 1, limit)
    await log.make("apart", 1, None)
    await log.make("notes", 1, None)


def relay(log: LogUnderTest, **how: bytes) -> Loop:
    """The loop with the steps of the relay."""
    prefix = log.prefix if isinstance(log, KafkaUnderTest) else ""
    return Loop(lambda: Relay(prefix, crash_at=how.get("crash_at")), SMALL)


@asynccontextmanager
async def running(member: Member, loop: Loop) -> AsyncIterator[asyncio.Task[None]]:
    """A member at work, drained at the end."""
    task = asyncio.create_task(member.run(loop))
    try:
        yield task
    finally:
        member.stop()
        await asyncio.wait_for(task, 20)


async def until(log: LogUnderTest, count: int, topic: str = "notes") -> None:
    """Wait until so many records can be read."""
    for _ in range(300):
        if len(await log.read(topic)) >= count:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"fewer than {count} records in {topic}")


def numbered(count: int, begin: int = 0) -> list[bytes]:
    """Values that differ."""
    return [b"%06d" % n for n in range(begin, begin + count)]


async def test_each_record_once_and_in_order(log: LogUnderTest) -> None:
    """What comes in goes out once, as it was and in order, and its place is noted."""
    await make(log)
    await log.put("in", 0, numbered(50))
    async with running(log.member("in", OUT), relay(log)):
        await until(log, 50)
        await log.put("in", 0, numbered(5, 50))
        await until(log, 55)

    out = await log.read("uit")

    assert numbered(55) == [record.value for record in out]
    assert [(("h", b"1"),)] * 55 == [record.headers for record in out]
    notes = [(record.value or b"").decode() for record in await log.read("notes")]
    assert [f"{n}>uit/{out[n].offset}" for n in range(55)] == notes
    assert await log.committed("in", 0) == 55


async def test_without_commit_nothing_happened(log: LogUnderTest) -> None:
    """A transaction that is left shows nothing, and its input comes again."""
    await make(log)
    await log.put("in", 0, numbered(3))
    async with log.owner("in", 0, OUT) as lane:
        first = await poll(lane)
        async with lane.transaction(1) as transaction:
            await transaction.send([out(log, value) for value in first])
    async with log.owner("in", 0, OUT) as lane:
        again = await poll(lane)

    assert numbered(3) == first == again
    assert [] == await log.read("uit")
    assert await log.committed("in", 0) in {None, 0}


async def test_a_former_owner_is_fenced(log: LogUnderTest) -> None:
    """Who was overtaken inside a transaction cannot commit it: all is done once."""
    await make(log)
    await log.put("in", 0, numbered(10))
    async with log.owner("in", 0, OUT) as zombie:
        late = await poll(zombie)
        async with zombie.transaction(len(late)) as held:
            await held.send([out(log, value) for value in late])
            async with log.owner("in", 0, OUT) as lane:
                values = await poll(lane)
                async with lane.transaction(len(values)) as transaction:
                    await transaction.send([out(log, value) for value in values])
                    await transaction.commit()
            with pytest.raises((Fenced, DeliveryFailed)):
                await held.commit()

    assert numbered(10) == late == values
    assert numbered(10) == [record.value for record in await log.read("uit")]
    assert await log.committed("in", 0) == 10


async def test_a_refused_record_commits_nothing(log: LogUnderTest) -> None:
    """Where the log refuses one of a batch, none of it is written, nor the offset."""
    await make(log, limit=1000)
    await log.put("in", 0, numbered(2))
    async with log.owner("in", 0, OUT) as lane:
        await poll(lane)
        async with lane.transaction(1) as transaction:
            await transaction.send([Outgoing(name(log, "notes"), b"k", b"good", (), 0)])
            with pytest.raises(RecordRefused):
                await transaction.send([out(log, b"x" * 5000)])

    assert [] == await log.read("notes")
    assert await log.committed("in", 0) in {None, 0}


async def test_only_the_refused_record_is_set_aside(log: LogUnderTest) -> None:
    """One that the log will never take does not hold up the others, nor loop."""
    await make(log, limit=1000)
    values = [*numbered(4), b"x" * 5000, *numbered(6, 4)]
    await log.put("in", 0, values)
    async with running(log.member("in", OUT), relay(log)):
        await until(log, 11)

    assert numbered(10) == [record.value for record in await log.read("uit")]
    assert [b""] == [record.value for record in await log.read("apart")]
    notes = [(record.value or b"").decode() for record in await log.read("notes")]
    assert [str(n) for n in range(11)] == [note.partition(">")[0] for note in notes]


async def test_a_fault_of_ours_stops_the_run(log: LogUnderTest) -> None:
    """What is no fault of the log ends the run, and the next one goes on exactly."""
    await make(log)
    await log.put("in", 0, numbered(30))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(
            log.member("in", OUT).run(relay(log, crash_at=b"000017")), 30
        )
    async with running(log.member("in", OUT), relay(log)):
        await until(log, 30)

    assert numbered(30) == [record.value for record in await log.read("uit")]


async def test_partitions_move_between_members(log: LogUnderTest) -> None:
    """Members come and go, and every record is carried once, in order."""
    await make(log, partitions=4)
    for partition in range(4):
        await log.put("in", partition, numbered(40, 1000 * partition))
    async with running(log.member("in", OUT), relay(log)):
        async with running(log.member("in", OUT), relay(log)):
            await until(log, 40)
            for partition in range(4):
                await log.put("in", partition, numbered(40, 1000 * partition + 40))
        await until(log, 320)

    carried = [record.value or b"" for record in await log.read("uit")]
    for partition in range(4):
        mine = [value for value in carried if int(value) // 1000 == partition]
        assert numbered(80, 1000 * partition) == mine


class Patient(Relay):
    """Waits at each large record until it may go on."""

    def __init__(self, prefix: str, large: int, may_go_on: Event) -> None:
        super().__init__(prefix)
        self._large = large
        self._may_go_on = may_go_on

    def step(self, record: Record) -> Carried:
        """Carry a record on. Raises TimeoutError where it had to wait for too long."""
        if len(record.value or b"") >= self._large and not self._may_go_on.wait(60):
            raise TimeoutError
        return super().step(record)


async def test_a_large_record_holds_up_no_other_partition(log: LogUnderTest) -> None:
    """However long one takes, small ones of other partitions are carried meanwhile."""
    await make(log, partitions=2)
    may_go_on = Event()
    prefix = name(log, "")
    loop = Loop(
        lambda: Patient(prefix, 100, may_go_on), Bounds(records=7, idle=0.1, large=100)
    )
    await log.put("in", 0, [b"x" * 100, *numbered(6)])
    async with running(log.member("in", OUT), loop):
        await log.put("in", 1, numbered(30, 100))
        await until(log, 30)
        meanwhile = [record.value for record in await log.read("uit")]
        may_go_on.set()
        await until(log, 37)

    out = [record.value for record in await log.read("uit")]
    assert numbered(30, 100) == meanwhile
    assert [*meanwhile, b"x" * 100, *numbered(6)] == out


async def test_a_missing_topic_is_said_before_anything_is_read(
    log: LogUnderTest,
) -> None:
    """A recipient's topic that is not there stops the process, and is not made."""
    await make(log)
    await log.put("in", 0, numbered(1))
    with pytest.raises(TopicMissing):
        await asyncio.wait_for(log.member("in", [*OUT, "weg"]).run(relay(log)), 30)

    assert not await log.exists("weg")
    assert await log.committed("in", 0) in {None, 0}


async def test_writing_to_a_missing_topic_makes_none(log: LogUnderTest) -> None:
    """No topic comes to be by writing to it."""
    await make(log)
    async with log.owner("in", 0, OUT) as lane:
        with pytest.raises(TopicMissing):
            async with lane.transaction(1) as transaction:
                await transaction.send([Outgoing(name(log, "weg"), b"k", b"v")])

    assert not await log.exists("weg")


async def test_draining_finishes_what_was_begun(log: LogUnderTest) -> None:
    """After a stop the offset and the outputs still agree, and the run has ended."""
    await make(log)
    await log.put("in", 0, numbered(200))
    member = log.member("in", OUT)
    task = asyncio.create_task(member.run(relay(log)))
    await until(log, 7)
    member.stop()
    await asyncio.wait_for(task, 10)

    done = await log.committed("in", 0)
    assert done is not None
    assert numbered(done) == [record.value for record in await log.read("uit")]


async def poll(lane: Lane) -> list[bytes]:
    """The values that are there."""
    for _ in range(100):
        batch = await lane.poll(500, 0.2)
        if batch:
            return [getattr(record, "value", None) or b"" for record in batch]
    pytest.fail("nothing came")


def out(log: LogUnderTest, value: bytes) -> Outgoing:
    """A record for `uit`."""
    return Outgoing(name(log, "uit"), b"k", value, HEADERS, 0)


def name(log: LogUnderTest, topic: str) -> str:
    """The topic as the log knows it."""
    return (log.prefix if isinstance(log, KafkaUnderTest) else "") + topic

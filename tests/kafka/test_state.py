"""Keyed state in the loop, on Kafka with a disk and on its twin: one suite for both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ibroker.core.record import Position, Record, Unreadable, Written
from ibroker.core.state import State
from ibroker.errors import DeliveryFailed, Fenced, LogError, TopicMissing
from ibroker.kafka.loop import Bounds
from ibroker.kafka.memory_state import MemoryStores
from ibroker.kafka.places import Places
from ibroker.kafka.port import Lane, Transaction
from ibroker.kafka.restoring import Reason
from ibroker.kafka.stateful import StatefulLoop, WakeBounds
from ibroker.kafka.store import Changes, Mark, Stores
from tests.kafka.logs import KafkaUnderTest, MemoryUnderTest
from tests.kafka.tally import (
    IN,
    OUT,
    SEEN,
    STAND,
    TOPICS,
    Counted,
    Tally,
    WakingTally,
    lines,
    state_of,
    timer,
)
from tests.kafka.world import SMALL, World, running

A, B = SEEN + b"a", SEEN + b"b"


@pytest.fixture(params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Kafka with a disk, and the twin of both, in turn."""
    if request.param == "twin":
        return World(MemoryUnderTest(), lambda _: MemoryStores())
    log = KafkaUnderTest(request.getfixturevalue("kafka"))
    return World(log, lambda machine: Places(tmp_path / machine / "state" / "app", 0.2))


async def test_a_record_sees_what_those_before_it_changed(world: World) -> None:
    """Also within one batch; and the changelog has each key of a batch once."""
    await world.make()
    await world.log.put(IN, 0, [b"a"] * 20)
    async with running(world.member(), world.loop(bounds=Bounds(idle=0.1))):
        out = await world.until(20)

    assert lines(b"a", 20) == out
    assert [b"20"] == [record.value for record in await world.log.read(STAND)]
    assert {A: b"20"} == await state_of(world.keeper())


async def test_what_was_refused_changed_nothing(world: World) -> None:
    """All of its batch is undone and done again, without what was refused."""
    await world.make(limit=1000)
    await world.log.put(IN, 0, [*[b"a"] * 4, b"b" * 5000, *[b"a"] * 6])
    async with running(world.member(), world.loop()):
        out = await world.until(11)

    assert [*lines(b"a", 4), b"geweigerd", *lines(b"a", 6, 5)] == out
    assert {A: b"10", b"geweigerd": b"4"} == await state_of(world.keeper())


async def test_what_was_not_committed_was_never_there(world: World) -> None:
    """A fault of ours in the middle of a batch leaves no trace of it."""
    await world.make()
    await world.log.put(IN, 0, [*[b"a"] * 10, b"b", *[b"a"] * 3])
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(
            world.member().run(world.loop(crash_at=b"b")), timeout=30
        )
    assert {A: b"7"} == await state_of(world.keeper())
    async with running(world.member(), world.loop()):
        out = await world.until(14)

    assert [*lines(b"a", 10), *lines(b"b", 1), *lines(b"a", 3, 11)] == out


async def test_what_the_disk_did_not_get_comes_from_the_changelog(
    world: World,
) -> None:
    """A crash between the commit and the disk loses nothing and counts nothing twice.

    What the disk has is what was committed before.
    """
    await world.make()
    await world.log.put(IN, 0, [b"a"] * 7)
    keeper = world.keeper()
    disk = Failing(keeper.stores)
    loop = StatefulLoop(
        lambda: Tally(world.prefix), replace(keeper, stores=disk), SMALL
    )
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(world.member().run(loop), 30)
    assert lines(b"a", 7) == await world.out()
    async with keeper.stores.open(0) as store:
        assert store.get(A) is None
    await world.log.put(IN, 0, [b"a"] * 7)
    async with running(world.member(), world.loop()):
        out = await world.until(14)

    assert lines(b"a", 14) == out


async def test_the_state_of_a_zombie_is_never_seen(world: World) -> None:
    """Who was overtaken before its commit leaves nothing, also not on its own disk."""
    await world.make()
    await world.log.put(IN, 0, [b"a"] * 3)
    async with world.log.owner(IN, 0, TOPICS) as lane:
        held = HeldLane(lane)
        zombie = asyncio.create_task(world.loop("zombie")(held))
        await asyncio.wait_for(held.at_commit.wait(), 20)
        async with world.log.owner(IN, 0, TOPICS) as heir:
            await world.log.put(IN, 0, [b"b"])
            work = asyncio.create_task(world.loop("heir")(heir))
            out = await world.until(4)
            held.released.set()
            with pytest.raises((Fenced, DeliveryFailed)):
                await asyncio.wait_for(zombie, 20)
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
    async with world.stores("zombie").open(0) as store:
        assert {} == dict(store.scan(b""))

    assert [*lines(b"a", 3), *lines(b"b", 1)] == out
    assert {A: b"3", B: b"1"} == await state_of(world.keeper("zombie"))


async def test_changes_are_in_the_transaction_of_what_came_of_them(
    world: World,
) -> None:
    """No transaction has only one of the two, also where time alone was the cause."""
    await world.make()
    await world.log.put(IN, 0, [b"op:%d:x" % (world.clock.now - 1), *[b"a"] * 20])
    async with world.log.owner(IN, 0, TOPICS) as lane:
        noted = NotedLane(lane)
        work = asyncio.create_task(world.loop()(noted))
        await world.until(22)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    both = {world.prefix + topic for topic in TOPICS}
    assert 4 <= len(noted.committed)
    assert [both] * len(noted.committed) == noted.committed


async def test_a_restored_state_is_what_was_committed(world: World) -> None:
    """On another machine it is the same, without what is gone."""
    await world.make()
    names = [b"%d" % (n % 40) for n in range(200)]
    await world.log.put(IN, 0, [*names, b"weg:3", b"weg:7", b"7"])
    async with running(world.member(), world.loop()):
        out = await world.until(203)

    expected = {SEEN + b"%d" % n: b"5" for n in range(40)} | {SEEN + b"7": b"1"}
    del expected[SEEN + b"3"]
    assert b"7=1" == out[-1]
    assert expected == await state_of(world.keeper())
    world.heard.clear()
    assert expected == await state_of(world.keeper("other"))
    assert {Reason.EMPTY} == {one.reason for one in world.heard}
    assert world.heard[-1].is_done
    assert len(await world.log.read(STAND)) == world.heard[-1].records


async def test_partitions_move_with_their_state(world: World) -> None:
    """Members on other machines go on counting where the former one was."""
    await world.make(partitions=4)
    for partition in range(4):
        await world.log.put(IN, partition, [b"%d" % partition] * 30)
    async with running(world.member(), world.loop("one")):
        async with running(world.member(), world.loop("two")):
            await world.until(60)
            for partition in range(4):
                await world.log.put(IN, partition, [b"%d" % partition] * 30)
            await world.until(150)
        out = await world.until(240)

    for partition in range(4):
        name = b"%d" % partition
        assert lines(name, 60) == [one for one in out if one.startswith(name)]


async def test_a_large_record_has_the_same_state(world: World) -> None:
    """It is handled in another thread, between those before and after it."""
    await world.make()
    large = b"a" * 8 + b"-" * 200
    await world.log.put(IN, 0, [b"a" * 8, large, b"a" * 8, large, b"a" * 8])
    async with running(world.member(), world.loop()):
        out = await world.until(5)

    assert [b"1", b"2", b"3", b"4", b"5"] == [one.rpartition(b"=")[2] for one in out]


async def test_what_no_one_can_decode_has_a_place_in_the_state(world: World) -> None:
    """What sets it aside may change state like any other."""
    await world.make()
    await world.log.put(IN, 0, [b"a", b"rot", b"a"])
    async with world.log.owner(IN, 0, TOPICS) as lane:
        work = asyncio.create_task(world.loop()(RottenLane(lane, b"rot")))
        out = await world.until(3)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    assert [b"a=1", b"verloren", b"a=2"] == out
    assert {A: b"2", b"verloren": b"1"} == await state_of(world.keeper("other"))


async def test_time_alone_is_a_cause_too(world: World) -> None:
    """What becomes due is written once, by the clock, and moves no offset."""
    await world.make()
    now = world.clock.now
    await world.log.put(
        IN, 0, [b"op:%d:%s" % (now + n, b"abc"[n : n + 1]) for n in range(3)]
    )
    async with running(world.member(), world.loop()):
        await world.until(3)
        world.clock.now += 2
        await world.until(5)
    done = await world.log.committed(IN, 0)
    world.clock.now += 1
    async with running(world.member(), world.loop("other")):
        out = await world.until(6)

    assert [b"wakker:a", b"wakker:b", b"wakker:c"] == out[3:]
    assert 3 == done == await world.log.committed(IN, 0)
    assert {} == await state_of(world.keeper())


async def test_no_turn_is_longer_than_its_bound(world: World) -> None:
    """What is due comes so many at a time, and each of them once."""
    await world.make()
    moment = world.clock.now - 1
    await world.log.put(IN, 0, [b"op:%d:%04d" % (moment, n) for n in range(25)])
    async with running(world.member(), world.loop(wake=WakeBounds(every=60, most=10))):
        out = await world.until(50)

    assert [b"wakker:%04d" % n for n in range(25)] == sorted(
        one for one in out if one.startswith(b"wakker")
    )
    waked = [one for one in await world.log.read(STAND) if one.value is None]
    assert 25 == len(waked)


async def test_a_busy_lane_wakes_too(world: World) -> None:
    """Steps are woken in time, though the lane is never quiet."""
    await world.make()
    await world.log.put(IN, 0, [b"op:%d:x" % world.clock.now, *[b"a"] * 50])
    async with world.log.owner(IN, 0, TOPICS) as lane:
        busy = BusyLane(lane)
        loop = world.loop(bounds=Bounds(records=1), wake=WakeBounds(every=0))
        world.clock.now += 1
        work = asyncio.create_task(loop(busy))
        out = await world.until(50)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    assert b"wakker:x" in out[:3]


async def test_steps_without_a_wake_are_left_alone(world: World) -> None:
    """Where steps have none, nothing becomes due."""
    await world.make()
    await world.log.put(IN, 0, [b"op:%d:x" % (world.clock.now - 5), b"a"])
    loop = StatefulLoop(
        lambda: Tally(world.prefix), world.keeper(), SMALL, WakeBounds(every=0.01)
    )
    async with running(world.member(), loop):
        await world.until(2)
        await asyncio.sleep(0.5)

    assert 2 == len(await world.out())
    assert timer(world.clock.now - 5) + b"x" in await state_of(world.keeper())


async def test_what_became_due_and_is_refused_stops_the_run(world: World) -> None:
    """No record is to blame for it, so it is a fault of ours, and said so."""
    await world.make(limit=1000)
    name = b"y" * 150
    await world.log.put(IN, 0, [b"op:%d:%s" % (world.clock.now - 5, name)])
    loop = StatefulLoop(
        lambda: LongWinded(world.prefix), world.keeper(), SMALL, WakeBounds(every=0.1)
    )
    with pytest.raises(LogError, match="became due"):
        await asyncio.wait_for(world.member().run(loop), 30)

    async with world.log.owner(IN, 0, TOPICS):  # who was there before is fenced
        state = await state_of(world.keeper())
    assert timer(world.clock.now - 5) + name in state


async def test_a_changelog_has_as_many_partitions_as_the_input(world: World) -> None:
    """Else the state of some would be nowhere: said before anything is read."""
    await world.log.make(IN, 2, None)
    await world.log.make(OUT, 1, None)
    await world.log.make(STAND, 3, None)
    await world.log.put(IN, 0, [b"a"])
    with pytest.raises(LogError, match="has 3 partitions"):
        await asyncio.wait_for(world.member().run(world.loop()), 30)

    assert [] == await world.out()


async def test_a_missing_changelog_is_said(world: World) -> None:
    """Nothing is read without it, and it is not made."""
    await world.log.make(IN, 1, None)
    await world.log.make(OUT, 1, None)
    await world.log.put(IN, 0, [b"a"])
    with pytest.raises(TopicMissing):
        await asyncio.wait_for(
            world.log.member(IN, [OUT]).run(world.loop()), timeout=30
        )

    assert not await world.log.exists(STAND)


class LongWinded(WakingTally):
    """Says more of what is due than the log takes."""

    def wake(self, state: State, moment: int) -> Iterator[Counted]:
        """The same, at length."""
        for one in super().wake(state, moment):
            (out,) = one.outgoing
            yield Counted((replace(out, value=out.value * 9),), one.changes)


class Failing:
    """A disk that fails at the first write of what was committed."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @asynccontextmanager
    async def open(
        self, partition: int, *, fresh: bool = False
    ) -> AsyncIterator["_FailingStore"]:
        async with self._stores.open(partition, fresh=fresh) as store:
            failing = _FailingStore()
            failing.__dict__.update(
                get=store.get, scan=store.scan, mark=store.mark, keep=store.write
            )
            yield failing

    def size(self) -> int:
        return self._stores.size()


class _FailingStore:
    get: Callable[[bytes], bytes | None]
    scan: Callable[..., Iterator[tuple[bytes, bytes]]]
    mark: Callable[[], Mark | None]
    keep: Callable[[Changes, Mark], None]

    def write(self, changes: Changes, mark: Mark) -> None:
        if changes:
            raise ZeroDivisionError
        self.keep(changes, mark)


class WrappedLane:
    """A lane, with something else about it."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    @property
    def partition(self) -> int:
        return self._lane.partition

    def is_ours(self) -> bool:
        return self._lane.is_ours()

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        return await self._lane.poll(max_records, seconds)

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield transaction


class NotedLane(WrappedLane):
    """One that notes the topics of each transaction that is committed."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane)
        self.committed: list[set[str]] = []

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield _NotedTransaction(transaction, self)


class _NotedTransaction:
    def __init__(self, transaction: Transaction, lane: NotedLane) -> None:
        self._transaction = transaction
        self._lane = lane
        self._topics: set[str] = set()

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        self._topics |= {one.topic for one in outgoing}
        return await self._transaction.send(outgoing)

    async def commit(self) -> None:
        self._lane.committed.append(self._topics)
        await self._transaction.commit()


class HeldLane(WrappedLane):
    """One that stands still just before its commit, as a stopped process does."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane)
        self.at_commit = asyncio.Event()
        self.released = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, next_offset: int | None) -> AsyncIterator[Transaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield _HeldTransaction(transaction, self)


class _HeldTransaction:
    def __init__(self, transaction: Transaction, lane: HeldLane) -> None:
        self._transaction = transaction
        self._lane = lane

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        return await self._transaction.send(outgoing)

    async def commit(self) -> None:
        self._lane.at_commit.set()
        await self._lane.released.wait()
        await self._transaction.commit()


class RottenLane(WrappedLane):
    """One on which a value cannot be decoded."""

    def __init__(self, lane: Lane, rotten: bytes) -> None:
        super().__init__(lane)
        self._rotten = rotten

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        return [
            Unreadable(one.topic, one.partition, one.offset, one.timestamp, b"raw")
            if isinstance(one, Record) and one.value == self._rotten
            else one
            for one in await self._lane.poll(max_records, seconds)
        ]


class BusyLane(WrappedLane):
    """One that always has a record, until there are none."""

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        found: Sequence[Record | Unreadable] = ()
        while not found:
            found = await self._lane.poll(max_records, max(seconds, 0.1))
        return found

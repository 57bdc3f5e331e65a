"""Totals in the state of a partition, on Kafka with a disk and on its twin."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ibroker.core.record import Handled
from ibroker.kafka.loop import Bounds
from ibroker.kafka.memory_meter import MemoryMeter
from ibroker.kafka.memory_state import MemoryStores
from ibroker.kafka.meter import Kind
from ibroker.kafka.places import Places
from ibroker.kafka.stateful import StatefulLoop
from ibroker.kafka.totals import Totals
from tests.kafka.logs import KafkaUnderTest, MemoryUnderTest
from tests.kafka.tally import IN, TOPICS, WakingTally
from tests.kafka.world import QUICK, SMALL, World, running


class Sorted(WakingTally):
    """Says of what kind each line is: what stands before it."""

    def kind_of(self, handled: Handled) -> Kind:
        """The line without its number."""
        return kind_of(handled)


def kind_of(handled: Handled) -> Kind:
    """The line without its number, and what comes after a colon as a type."""
    (out,) = handled.outgoing
    return sort(out.value)


def sort(line: bytes) -> Kind:
    """Of what kind a line is."""
    name, _, rest = line.partition(b"=")[0].decode().partition(":")
    return name, rest or None


@pytest.fixture(params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Kafka with a disk, and the twin of both, in turn."""
    if request.param == "twin":
        return World(MemoryUnderTest(), lambda _: MemoryStores())
    log = KafkaUnderTest(request.getfixturevalue("kafka"))
    return World(log, lambda machine: Places(tmp_path / machine / "state" / "app", 0.2))


def loop(
    world: World, meter: MemoryMeter, machine: str = "one", **how: bytes
) -> StatefulLoop:
    """A loop whose steps are counted."""
    return StatefulLoop(
        lambda: Sorted(world.prefix, crash_at=how.get("crash_at")),
        world.keeper(machine),
        SMALL,
        QUICK,
        meter,
    )


async def totals(world: World, machine: str, partitions: int = 1) -> Counter[Kind]:
    """What all partitions ever came to, as a machine that owns them reads it."""
    found: Counter[Kind] = Counter()
    for partition in range(partitions):
        async with world.keeper(machine).open(partition, lambda: True) as kept:
            found.update(Totals(kept.store, kind_of).kept)
    return found


async def test_totals_are_what_was_written(world: World) -> None:
    """Also of what was refused, undone by a fault of ours, or came of time alone."""
    await world.make(limit=1000)
    due = b"op:%d:x" % (world.clock.now - 1)
    await world.log.put(
        IN, 0, [*[b"a"] * 20, b"b" * 5000, due, *[b"a"] * 10, b"stop", b"a"]
    )
    meter = MemoryMeter(kind_of)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(
            world.log.member(IN, TOPICS, meter).run(
                loop(world, meter, crash_at=b"stop")
            ),
            30,
        )
    heir = MemoryMeter(kind_of)
    member = world.log.member(IN, TOPICS, heir)
    async with running(member, loop(world, heir, "other")):
        out = await world.until(35)
        await told(heir, 35)
        (shown,) = heir.totals.values()

    written = Counter(map(sort, out))
    assert 31 == written["a", None]
    assert 1 == written["geweigerd", None] == written["wakker", "x"]
    assert written == shown
    assert written == await totals(world, "fresh")
    assert heir.outcomes.total() < 35  # in memory it knows of its own work only


async def test_totals_move_with_their_partition(world: World) -> None:
    """However partitions go round, the totals of their owners are those of the log."""
    await world.make(partitions=4)
    one, two = MemoryMeter(kind_of), MemoryMeter(kind_of)
    members = [world.log.member(IN, TOPICS, meter) for meter in (one, two)]
    for partition in range(4):
        await world.log.put(IN, partition, [b"%d" % partition] * 30)
    async with running(members[0], loop(world, one, "one")):
        async with running(members[1], loop(world, two, "two")):
            await world.until(60)
            for partition in range(4):
                await world.log.put(IN, partition, [b"%d" % partition] * 30)
            await world.until(150)
        out = await world.until(240)
        await told(one, 240)
        shown: Counter[Kind] = Counter()
        for counted in one.totals.values():
            shown.update(counted)

    assert Counter(map(sort, out)) == shown
    assert {("0", None): 60} == await totals(world, "two")


async def test_steps_that_are_not_counted_have_no_totals(world: World) -> None:
    """What says of no kind is kept under no key of ours."""
    await world.make()
    await world.log.put(IN, 0, [b"a"] * 5)
    async with running(world.member(), world.loop(bounds=Bounds(idle=0.1))):
        await world.until(5)

    assert {} == await totals(world, "one")


async def test_a_store_tells_its_size(world: World) -> None:
    """As long as it is open, and in another thread too."""
    await world.make()
    stores = world.stores("one")
    keeper = replace(world.keeper(), stores=stores)

    assert 0 == stores.size()
    async with keeper.open(0, lambda: True) as kept:
        kept.write({b"k": b"v" * 10_000}, 1)
        assert 1000 < await asyncio.to_thread(stores.size)
    assert 0 == stores.size()


async def told(meter: MemoryMeter, amount: int) -> None:
    """Wait until a meter was told of so much."""
    for _ in range(300):
        if sum(sum(one.values()) for one in meter.totals.values()) >= amount:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{meter.totals}")

"""A cluster as the exporter sees it: the same of Kafka and of its twin."""

import secrets
import time

import pytest

from ibroker.exporter.backlog import Backlog
from ibroker.exporter.port import Extent, Found, Place, Watched
from ibroker.exporter.readers import Reader
from ibroker.exporter.survey import Backlogs, Survey
from tests.exporter.clusters import KafkaUnderTest, WatchedUnderTest
from tests.kafka.broker_address import Topics

NOW = round(time.time() * 1000)
MINUTE, HOUR = 60_000, 3_600_000
LATER = NOW + 50 * MINUTE  # brokers take what is less than an hour ahead


def name() -> str:
    """A group that no other test has."""
    return f"g.{secrets.token_hex(6)}"


def look(cluster: Watched, reader: Reader, topic: str = "none") -> Backlogs:
    """What one round sees of one party."""
    survey = Survey(topic, lambda: [reader], [], lambda: LATER / 1000)
    return survey.look(cluster, cluster.condition())


def backlog(cluster: Watched, reader: Reader) -> Backlog:
    """What waits for one party."""
    return look(cluster, reader).postvakken[reader.name]


async def test_where_a_place_begins_and_ends(world: WatchedUnderTest) -> None:
    """The end is behind the mark of the last transaction; an empty place has none."""
    topic = await world.make("in", 2)
    first, second = Place(topic, 0), Place(topic, 1)
    await world.write(first, NOW, NOW)

    with world.open() as cluster:
        assert 2 == cluster.condition().partitions[topic]
        assert {first: Extent(0, 3), second: Extent(0, 0)} == cluster.extents(
            [first, second]
        )


async def test_where_groups_go_on(world: WatchedUnderTest) -> None:
    """Groups are asked by name or by how they begin; others are not told of."""
    topic = await world.make("in", 2)
    first, second = Place(topic, 0), Place(topic, 1)
    begin = name()
    alone = name()
    await world.write(first, NOW, NOW)
    await world.commit(alone, first, 1)
    await world.commit(f"{begin}.1", first, 2)
    await world.commit(f"{begin}.2", second, 0)

    with world.open() as cluster:
        cluster.condition()
        found = cluster.committed([alone, "never.committed"], f"{begin}.")

    assert {
        alone: {first: 1},
        f"{begin}.1": {first: 2},
        f"{begin}.2": {second: 0},
    } == {group: offsets for group, offsets in found.items() if offsets}


async def test_the_first_since_a_moment(world: WatchedUnderTest) -> None:
    """It is the first of that time or later; None where all are older."""
    place = Place(await world.make("in", 1), 0)
    await world.write(place, NOW - 3 * HOUR, NOW - 2 * HOUR)
    await world.write(place, NOW - HOUR)

    with world.open() as cluster:
        cluster.condition()
        found = [
            cluster.first_since({place: moment})[place]
            for moment in (1, NOW - 3 * HOUR + 1)
        ]
        # The mark of a transaction is of now.
        nothing = cluster.first_since({place: NOW + 10 * HOUR})[place]

    assert [Found(0, NOW - 3 * HOUR), Found(1, NOW - 2 * HOUR)] == found
    assert nothing is None


async def test_who_does_not_fetch(world: WatchedUnderTest) -> None:
    """Who never fetched has all from the begin; what is fetched does not wait."""
    reader = Reader("0344", name(), await world.warm(await world.make("in", 1)))
    place = Place(reader.topic, 0)

    with world.open() as cluster:
        nothing = backlog(cluster, reader)
        await world.write(place, LATER - 30 * MINUTE, LATER - 20 * MINUTE)
        await world.write(place, LATER)
        never = backlog(cluster, reader)
        await world.commit(reader.group, place, 3)
        some = backlog(cluster, reader)
        await world.commit(reader.group, place, 6)
        all_but_the_mark = backlog(cluster, reader)
        await world.commit(reader.group, place, 7)
        everything = backlog(cluster, reader)

    assert Backlog(0, None) == nothing
    # The mark between the two transactions counts.
    assert 4 == never.records
    assert 3 == some.records
    for minutes, since in ((30, never.since), (20, some.since)):
        assert since is not None
        assert abs(LATER - minutes * MINUTE - since) <= minutes * MINUTE / 50
    assert Backlog(0, None) == all_but_the_mark == everything


async def test_dead_letters_are_counted(world: WatchedUnderTest) -> None:
    """None is 0, one is 1, and so in each partition."""
    topic = await world.warm(await world.make("dood", 3))
    reader = Reader("0344", name(), await world.make("in", 1))

    with world.open() as cluster:
        none = look(cluster, reader, topic).deadletters
        await world.write(Place(topic, 0), NOW)
        await world.write(Place(topic, 2), NOW)
        two = look(cluster, reader, topic).deadletters

    assert (0, 2) == (none, two)


async def test_a_cluster_that_is_well(world: WatchedUnderTest) -> None:
    """Its broker takes part, a controller leads, and nothing is behind."""
    await world.make("in", 1)

    with world.open() as cluster:
        condition = cluster.condition()

    assert 1 == len(condition.brokers)
    assert condition.has_controller
    assert (0, 0, 0) == (
        condition.offline,
        condition.under_replicated,
        condition.under_min_isr,
    )
    [disk] = condition.disks.values()
    assert 0 < disk.usable <= disk.total


@pytest.mark.kafka
async def test_what_is_open_does_not_wait(topic: Topics) -> None:
    """What an open transaction wrote nobody may read yet, so nobody is behind."""
    world = KafkaUnderTest(topic)
    reader = Reader("0344", name(), await world.warm(await world.make("in", 1)))
    place = Place(reader.topic, 0)
    await world.write(place, NOW)

    async with world.transaction() as producer:
        await producer.send_and_wait(place.topic, b"bericht", partition=0)
        with world.open() as cluster:
            meanwhile = backlog(cluster, reader).records
            await world.commit(reader.group, place, 3)
            read = backlog(cluster, reader).records

    assert (1, 0) == (meanwhile, read)

"""A real process that counts, killed at random moments: its state counts exactly."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from ibroker.kafka.places import Places
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.tally import IN, SEEN, state_of
from tests.kafka.world import World

pytestmark = pytest.mark.kafka

PARTITIONS, NAMES = 3, 17
ROOT = Path(__file__).parents[2]

WORKER = """
import asyncio, sys
from pathlib import Path
from ibroker.kafka.kafka_changelog import KafkaChangelogs
from ibroker.kafka.loop import Bounds
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.places import Places
from ibroker.kafka.restoring import Keeper
from ibroker.kafka.stateful import StatefulLoop
from tests.kafka.logs import QUICK
from tests.kafka.tally import IN, STAND, TOPICS, Tally
address, prefix, folder = sys.argv[1:]
to_kafka = {"bootstrap_servers": address}
source, stand = prefix + IN, prefix + STAND
keeper = Keeper(
    stand, Places(Path(folder)), KafkaChangelogs(to_kafka, stand, source)
)
loop = StatefulLoop(lambda: Tally(prefix), keeper, Bounds(records=20))
topics = [prefix + topic for topic in TOPICS]
member = KafkaMember(prefix + "app", source, topics, to_kafka, QUICK)
asyncio.run(member.run(loop))
"""


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kills", [4, pytest.param(16, marks=pytest.mark.faults)])
async def test_killed_again_and_again(kafka: str, tmp_path: Path, kills: int) -> None:
    """Each input is counted once: in the state on disk, in the changelog and outside.

    A second process on the same machine is now and then stopped for so long that it is
    taken for dead, holds its places on disk meanwhile, and then wakes up.
    """
    log = KafkaUnderTest(kafka)
    world = World(log, lambda machine: Places(tmp_path / machine / "state" / "app"))
    await world.make(partitions=PARTITIONS)
    random = Random(11)  # noqa: S311 - no secret
    put: list[Counter[bytes]] = [Counter() for _ in range(PARTITIONS)]
    folder = tmp_path / "one" / "state" / "app"

    enough = asyncio.Event()

    async def feed() -> None:
        while not enough.is_set():
            partition = random.randrange(PARTITIONS)
            values = [b"%d" % random.randrange(NAMES) for _ in range(40)]
            await log.put(IN, partition, values)
            put[partition].update(values)
            await asyncio.sleep(0.05)

    feeding = asyncio.create_task(feed())
    working = [await start(log, folder), await start(log, folder)]
    for kill in range(kills):
        before = len(await world.out())
        for _ in range(300):
            if len(await world.out()) > before:
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(random.random())
        victim = working.pop(0)
        if kill % 4 == 3:
            victim.send_signal(signal.SIGSTOP)
            await asyncio.sleep(8)  # longer than its session
            victim.send_signal(signal.SIGCONT)
            working.append(victim)
            continue
        victim.kill()
        await victim.wait()
        working.append(await start(log, folder))
    enough.set()
    await feeding
    out = await world.until(sum(one.total() for one in put))
    await asyncio.sleep(1)
    assert sum(one.total() for one in put) == len(await world.out())
    for worker in working:
        worker.kill()
        await worker.wait()

    for partition in range(PARTITIONS):
        expected = {SEEN + name: b"%d" % n for name, n in put[partition].items()}
        for machine in ("one", "fresh"):
            assert expected == await state_of(world.keeper(machine), partition)
    written = Counter(
        b"%s=%d" % (name, n + 1)
        for one in put
        for name, amount in one.items()
        for n in range(amount)
    )
    assert written == Counter(out)


async def start(log: KafkaUnderTest, folder: Path) -> Process:
    """A process that counts."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WORKER,
        log.address,
        log.prefix,
        str(folder),
        cwd=ROOT,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )

"""Faults in the middle of a restore: a member of the Wlz stream has lost its disk."""

import asyncio
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from ibroker.broker.cluster import kill_node, start_node
from ibroker.broker.layout import Cluster
from tests.faults.mischief import in_sync
from tests.faults.storm import Storm
from tests.faults.wlz_storm import WlzStorm

__all__ = ["kill_in_a_restore", "weigh_down", "wipe_while_a_broker_fails"]

_STAND = "ggk.intern.wlz.stand"
# One partition holds so much, in records of so many bytes, that a restore takes many
# fetches of 1 MB. No step knows keys that begin so.
_PARTITION, _BALLAST, _SIZE, _KEY = 0, 4000, 4096, b"ballast"
_BEGUN = 64 * 1024  # bytes on disk by which a restore has begun
_LOOK = 0.005  # s between two looks
_PATIENCE = 60.0  # s in which what was asked for happens
_TRIES = 4


def weigh_down(cluster: Cluster) -> None:
    """Have a changelog begin with so much that its restore takes a while.

    All that is written to it later, a restore reads after that.
    """
    producer = Producer({"bootstrap.servers": cluster.address, "linger.ms": 20})
    for number in range(_BALLAST):
        key, value = _KEY + b"%d" % number, b"x" * _SIZE
        producer.produce(_STAND, value, key, partition=_PARTITION)
    assert producer.flush(_PATIENCE) == 0


async def wipe_while_a_broker_fails(storm: Storm) -> None:
    """Take the disk of a member away; kill a broker at the begin of its restore."""
    assert isinstance(storm, WlzStorm)
    number = storm.chance.randrange(storm.members)
    state = storm.state_of(number)
    await _wipe(storm, [number])
    for _ in range(4000):
        # The first partition has a place again, and nothing is in it yet.
        if any(state.glob("*/*/db")):
            break
        await asyncio.sleep(0.01)
    broker = storm.chance.choice(storm.cluster.nodes).number
    await asyncio.to_thread(kill_node, storm.cluster, broker)
    await asyncio.sleep(storm.chance.uniform(0, 3))
    await asyncio.to_thread(start_node, storm.cluster, broker)
    await in_sync(storm.cluster)


async def kill_in_a_restore(storm: Storm) -> None:
    """Wipe the disks of all members; kill the broker that a restore is reading from.

    `weigh_down` must have made that restore a long one.

    That it was still reading is shown twice: nothing says that it was done once the
    broker is gone, and the restore that is done at last goes on from the middle. Only
    then the storm notes how many records were left; where the member was too quick, or
    another took over, it is tried again.
    """
    assert isinstance(storm, WlzStorm)
    for _ in range(_TRIES):
        known = set(storm.logs.iterdir())
        await _wipe(storm, range(storm.members))
        leader = await asyncio.to_thread(_leader, storm.cluster)
        number = await _begun(storm)
        await asyncio.to_thread(kill_node, storm.cluster, leader)
        done = _first_done(storm.logs, known, f"wlz{number}-*")
        await asyncio.to_thread(start_node, storm.cluster, leader)
        await in_sync(storm.cluster)
        if done is not None:
            continue
        until = time.monotonic() + _PATIENCE
        while done is None and time.monotonic() < until:
            await asyncio.sleep(0.1)
            done = _first_done(storm.logs, known, f"wlz{number}-*")
        if done and done["reason"] == "behind" and done["records"] < _BALLAST:
            storm.left.append(done["records"])
            return


async def _wipe(storm: WlzStorm, members: Iterable[int]) -> None:
    """Kill members, take their disks away, and let them start again."""
    async with AsyncExitStack() as down:
        for number in members:
            await down.enter_async_context(storm.fleet.down(f"wlz{number}"))
            state = storm.state_of(number)
            await asyncio.to_thread(shutil.rmtree, state, ignore_errors=True)


def _leader(cluster: Cluster) -> int:
    """Give the broker that the partition is read from."""
    producer = Producer({"bootstrap.servers": cluster.address})
    topic = producer.list_topics(_STAND).topics[_STAND]
    return int(topic.partitions[_PARTITION].leader)


async def _begun(storm: WlzStorm) -> int:
    """Wait until a member has some of that partition on disk again; say which."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for number in range(storm.members):
            if _size_of(storm.state_of(number) / str(_PARTITION)) >= _BEGUN:
                return number
        await asyncio.sleep(_LOOK)
    raise TimeoutError("no restore begins")


def _size_of(folder: Path) -> int:
    size = 0
    for path in folder.glob("*/db/*.log"):
        with suppress(FileNotFoundError):  # it was sorted in meanwhile
            size += path.stat().st_size
    return size


def _first_done(logs: Path, known: set[Path], names: str) -> dict[str, Any] | None:
    """Give what a member said first of a restore of that partition that was done."""
    for path in sorted(set(logs.glob(names)) - known):
        for event in _events(path):
            done = event.get("event") == "state restored"
            if done and event["partition"] == _PARTITION:
                return event
    return None


def _events(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines(keepends=True):
        if line.startswith(b"{") and line.endswith(b"}\n"):
            yield json.loads(line)

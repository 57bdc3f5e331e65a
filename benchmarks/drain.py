"""How fast a contender works off a backlog, and what that costs."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from aiokafka import TopicPartition
from broker import Broker
from contender import Contender, Work, is_running, running
from posting import INPUT, publish
from traffic import Post
from usage import busy_seconds, cpu_seconds, listeners, peak_memory

from ibroker.settings import read_settings

__all__ = [
    "NOT_DELIVERED",
    "Clocks",
    "Drained",
    "Setting",
    "broker_pids",
    "drain",
    "outputs",
    "wait_for",
]

EVENTS: Final = "ggk.gebeurtenissen"
INVALID: Final = "ggk.onbestelbaar"
NOT_DELIVERED: Final = (INPUT, EVENTS, "ggk.wlz.signalen")
INTERN: Final = "ggk.intern."  # and what begins so
EVENT: Final = "nl.ggk.bericht."
LOOK: Final = 0.02  # s
READING: Final = 120.0  # s, for the check afterwards


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a run takes place: a cluster, what the router needs, and a log file.

    `brokers` are the processes of the brokers, none where they are elsewhere. A group
    that gets no further in `stuck` seconds ends the run.
    """

    broker: Broker
    brokers: Sequence[int]
    environment: Mapping[str, str]
    log: Path
    stuck: float = 60.0


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run gave.

    `start` is in seconds from starting the processes to the first outcome; `cpu` and
    `broker_cpu` in µs of CPU for each bericht, the latter 0 where the brokers are
    elsewhere; `memory` in MB at its highest. `others` is how many cores were busy with
    anything else, so how far to trust the rest.
    """

    per_second: float
    start: float
    cpu: float
    broker_cpu: float
    memory: float
    others: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """The time, and the CPU time so far of the router, the brokers and all, in s."""

    time: float
    router: float
    brokers: float
    all: float

    @classmethod
    def read(cls, pids: Sequence[int], brokers: Sequence[int]) -> Self:
        """Read them; `pids` are the processes of the router."""
        return cls(
            time.monotonic(),
            cpu_seconds(pids),
            cpu_seconds(brokers),
            busy_seconds(),
        )


async def drain(
    contender: Contender, posts: Sequence[Post], warm: int, run: str, setting: Setting
) -> Drained:
    """Work off a backlog of `posts`; the first `warm` berichten are not timed.

    What is done is known by the offsets of the group, which are committed with the
    outcomes or after them. Afterwards a reader counts those and compares their bytes;
    SystemExit where one is missing, too many or another.
    """
    broker = setting.broker
    group = contender.group or f"bench.{contender.name}.{run}"
    places = await broker.places([INPUT])
    before = await broker.ends(places)
    given = await broker.ends(await outputs(broker))
    await broker.stand_at(group, before)
    await publish(posts)
    begin = time.monotonic()
    async with running(contender, group, setting.environment, setting.log) as pids:
        after = await broker.ends(places)
        offset = sum(before.values())
        first = await wait_for(offset + 1, group, places, pids, setting)
        start = time.monotonic() - begin
        timed_from = await wait_for(offset + warm, group, places, pids, setting)
        began = Clocks.read(pids, setting.brokers)
        end = await wait_for(sum(after.values()), group, places, pids, setting)
        ended = Clocks.read(pids, setting.brokers)
        memory = peak_memory(pids)
    count = end - max(first, timed_from)
    if not count:
        raise SystemExit(f"{contender.name}: a backlog of {len(posts)} is too small")
    await _check(contender, posts, given, setting)
    took = ended.time - began.time
    cpu, broker_cpu = ended.router - began.router, ended.brokers - began.brokers
    return Drained(
        per_second=count / took,
        start=start,
        cpu=cpu / count * 1e6,
        broker_cpu=broker_cpu / count * 1e6,
        memory=memory / 1e6,
        others=(ended.all - began.all - cpu - broker_cpu) / took,
    )


async def wait_for(
    target: int,
    group: str,
    places: Sequence[TopicPartition],
    pids: Sequence[int],
    setting: Setting,
) -> int:
    """Wait until a group is so far, all partitions together; gives where it is then."""
    latest, since = -1, time.monotonic()
    while True:
        committed = await setting.broker.committed(group, places)
        total = sum(committed.values())
        if total >= target:
            return total
        if total > latest:
            latest, since = total, time.monotonic()
        if time.monotonic() - since > setting.stuck or not all(map(is_running, pids)):
            raise SystemExit(f"{group} stopped at {latest} of {target}: {setting.log}")
        await asyncio.sleep(LOOK)


async def outputs(broker: Broker) -> list[TopicPartition]:
    """Every partition that an outcome may be written to."""
    return await broker.places(
        topic
        for topic in await broker.counts()
        if topic != INPUT and not topic.startswith(INTERN)
    )


def broker_pids() -> list[int]:
    """The brokers, where they run on this machine."""
    hosts = read_settings().kafka.split(",")
    return listeners(int(host.rpartition(":")[2]) for host in hosts)


@dataclass(frozen=True, slots=True)
class Found:
    """What was written: how many to each topic, of each event, and of each SHA-256."""

    delivered: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    digests: Counter[bytes] = field(default_factory=Counter)

    def take(self, topic: str, value: bytes) -> None:
        """Take in a record."""
        if topic == EVENTS:
            self.events[json.loads(value)["type"].removeprefix(EVENT)] += 1
        elif topic not in NOT_DELIVERED:
            self.delivered[topic] += 1
            self.digests[sha256(value).digest()] += 1


async def _check(
    contender: Contender,
    posts: Sequence[Post],
    given: Mapping[TopicPartition, int],
    setting: Setting,
) -> None:
    """Read what is committed since, and hold it beside what was posted."""
    found = await _read(given, setting.broker)
    does_all = contender.work is Work.EVERYTHING
    expected = Counter(post.uitkomst for post in posts)
    # What is good goes on as it came; only ibroker answers the rest.
    kept = Counter(
        sha256(post.value).digest()
        for post in posts
        if post.uitkomst == "bezorgd" or not does_all
    )
    wrong = {
        "delivered": (found.delivered.total(), len(posts)),
        "unchanged": ((found.digests & kept).total(), kept.total()),
        "invalid": (found.delivered[INVALID], 0 if does_all else expected["fout"]),
        "events": (dict(found.events), dict(expected)),
    }
    if contender.work is Work.NOTHING:
        del wrong["invalid"]
    if not does_all:
        del wrong["events"]
    wrong = {what: pair for what, pair in wrong.items() if pair[0] != pair[1]}
    if wrong:
        raise SystemExit(f"{contender.name}: {wrong} (found, expected)")


async def _read(given: Mapping[TopicPartition, int], broker: Broker) -> Found:
    """Read from where each place ended up to where it ends now."""
    ends = {
        place: end
        for place, end in (await broker.ends(given)).items()
        if end > given[place]
    }
    found = Found()
    reader = broker.reader()
    await reader.start()
    try:
        reader.assign(list(ends))
        for place in ends:
            reader.seek(place, given[place])
        async with asyncio.timeout(READING):
            while ends:
                fetched = await reader.getmany(timeout_ms=1000)
                for place, records in fetched.items():
                    for one in records:
                        found.take(place.topic, one.value)
                for place in list(ends):
                    if await reader.position(place) >= ends[place]:
                        del ends[place]
                        reader.pause(place)
    finally:
        await reader.stop()
    return found

"""`ibroker watch` as a process of its own, on a broker that has its topics alone."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ibroker.settings import Settings
from ibroker.watch.tabellen import WATCH_GROUP, WatchTables, load_watch_tables
from tests.kafka.broker_address import own_broker
from tests.watch.events import PARTITIONS, Gebeurd
from tests.watch.uninterrupted import Kept, find_kept

__all__ = [
    "START",
    "Process",
    "environment",
    "placed",
    "put",
    "running",
    "settle",
    "until_committed",
    "watch_broker",
]

TRANSACTION = 10  # events
START = 180.0  # s; a machine may be busy, and one that was killed is waited for


@contextmanager
def watch_broker(folder: Path) -> Iterator[str]:
    """A broker with the topics of the watch, and none besides."""
    with own_broker(folder) as address:
        asyncio.run(_make_topics(address))
        yield address


async def _make_topics(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    compact = {"cleanup.policy": "compact"}
    await admin.create_topics(
        [
            NewTopic(
                topic,
                PARTITIONS,
                1,
                topic_configs=compact if topic.endswith(("stand", "week")) else {},
            )
            for topic in load_watch_tables(Settings()).topics
        ]
    )
    await admin.close()


async def put(address: str, events: list[Gebeurd]) -> None:
    """In transactions, as the router does: each leaves a mark where it wrote."""
    async with AIOKafkaProducer(
        bootstrap_servers=address, transactional_id="router"
    ) as producer:
        for some in together(events):
            async with producer.transaction():
                for one in some:
                    place = one.key, one.partition
                    await producer.send("ggk.gebeurtenissen", one.value, *place)


def together(events: list[Gebeurd]) -> Iterator[list[Gebeurd]]:
    """The events of each transaction."""
    for begin in range(0, len(events), TRANSACTION):
        yield events[begin : begin + TRANSACTION]


class Process:
    """One `ibroker watch`."""

    def __init__(self, address: str, data: Path, *arguments: str) -> None:
        data.mkdir(exist_ok=True)
        self.log = data / f"watch-{time.monotonic_ns()}.log"
        self._out = self.log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ibroker", "watch", *arguments],
            env=environment(address, data),
            stdout=self._out,
            stderr=self._out,
        )

    def metrics(self) -> Mapping[str, float]:
        """What it shows, by name and labels; nothing where it is not there yet."""
        said = self.log.read_text(encoding="utf-8")
        assert self._process.poll() is None, said
        found = re.search(r'"port": (\d+)', said)
        if found is None:
            return {}
        address = f"http://127.0.0.1:{found[1]}/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in lines
            if not line.startswith("#")
        }

    def until(self, events: float) -> None:
        """Wait until it took in so many, and a little longer."""
        deadline = time.monotonic() + START
        while self.metrics().get("ibroker_watch_events_total", 0) < events:
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)

    def open(self) -> float:
        """How many answers it shows as open."""
        return sum(
            number
            for name, number in self.metrics().items()
            if name.startswith("ibroker_answers_open{")
        )

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def ends(self, seconds: float) -> int | None:
        """Its exit code; None where it does not end by itself in so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """As a crash does."""
        self._process.kill()
        self._process.wait()
        self._out.close()

    def stop(self) -> int:
        """As an operator does."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        self._out.close()
        return self._process.returncode


def environment(address: str, data: Path) -> dict[str, str]:
    """The settings of a process."""
    return {
        **os.environ,
        "IBROKER_KAFKA": address,
        "IBROKER_DATA": str(data),
        "IBROKER_METRICS": "127.0.0.1:0",
    }


def placed(events: list[Gebeurd]) -> Iterator[tuple[int, int, bytes]]:
    """Where each of them will stand: partition, offset and value."""
    offsets = Counter[int]()
    for some in together(events):
        for one in some:
            yield one.partition, offsets[one.partition], one.value
            offsets[one.partition] += 1
        offsets.update({one.partition for one in some})  # the mark


async def _committed(address: str) -> dict[int, int]:
    """Where the group goes on in each partition of the events."""
    async with AIOKafkaConsumer(
        bootstrap_servers=address, group_id=WATCH_GROUP, enable_auto_commit=False
    ) as consumer:
        return {
            number: await consumer.committed(
                TopicPartition("ggk.gebeurtenissen", number)
            )
            for number in range(PARTITIONS)
        }


def until_committed(address: str, events: list[Gebeurd]) -> None:
    """Wait until it need read none of these again."""
    wanted = {partition: offset + 1 for partition, offset, _ in placed(events)}
    deadline = time.monotonic() + START
    while (found := asyncio.run(_committed(address))) != wanted:
        assert time.monotonic() < deadline, (found, wanted)
        time.sleep(0.5)


@contextmanager
def running(address: str, data: Path, *arguments: str) -> Iterator[Process]:
    """A process that is stopped at the end, and ends well."""
    process = Process(address, data, *arguments)
    try:
        yield process
    finally:
        code = process.stop()
    assert 0 == code, process.log.read_text(encoding="utf-8")


def settle(address: str, tables: WatchTables, wanted: tuple[Kept, Kept]) -> None:
    """Wait until the changelogs hold what they must; fail with how they differ."""
    deadline = time.monotonic() + START
    while (found := asyncio.run(find_kept(address, tables, PARTITIONS))) != wanted:
        assert time.monotonic() < deadline, differing(found, wanted)
        time.sleep(0.5)


def differing(found: tuple[Kept, Kept], wanted: tuple[Kept, Kept]) -> str:
    """How many of the draden and of the weken are missing, too many, or others."""
    return "; ".join(
        f"{name}: {len(must.keys() - does.keys())} missing, "
        f"{len(does.keys() - must.keys())} too many, "
        f"{sum(does.get(key, value) != value for key, value in must.items())} others, "
        f"of {len(must)}"
        for name, does, must in zip(("draden", "weken"), found, wanted, strict=True)
    )

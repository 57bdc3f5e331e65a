"""`ibroker watch` on a real broker: killed, shared, begun anew, asked what is open."""

import asyncio
import json
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
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ibroker.core.watch.draad import Stand, klokken
from ibroker.core.watch.vorm import decode_draad
from ibroker.settings import Settings
from ibroker.watch.tabellen import WATCH_GROUP, WatchTables, load_watch_tables
from tests.kafka.broker_address import own_broker
from tests.watch.events import PARTITIONS, Gebeurd, make_events
from tests.watch.uninterrupted import Kept, find_kept, uninterrupted

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

NUMBER = int(os.environ.get("WATCH_EVENTS", "3000"))
UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRANSACTION = 10  # events
_START = 180.0  # s; a machine may be busy, and one that was killed is waited for


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with the topics of the watch, and none besides."""
    with own_broker(tmp_path_factory.mktemp("watch") / "kafka") as address:
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


async def _put(address: str, events: list[Gebeurd]) -> None:
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
        deadline = time.monotonic() + _START
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


def until_open(number: int, *processes: Process) -> None:
    """Wait until they show between them that so many answers are open."""
    deadline = time.monotonic() + _START
    while number != (shown := sum(one.open() for one in processes)):
        assert time.monotonic() < deadline, f"{shown}, not {number}"
        time.sleep(0.1)


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
    deadline = time.monotonic() + _START
    while (found := asyncio.run(_committed(address))) != wanted:
        assert time.monotonic() < deadline, (found, wanted)
        time.sleep(0.5)


def open_clocks(draden: Kept, tables: WatchTables) -> int:
    """How many answers are open."""
    return sum(
        klok.stand is Stand.OPEN
        for value in draden.values()
        for klok in klokken(decode_draad(value), tables.antwoorden, tables.kalender)
    )


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
    deadline = time.monotonic() + _START
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


def test_killed_and_begun_anew(broker: str, tmp_path: Path) -> None:
    """Whatever happens to it, the end is that of a run that nothing happened to."""
    tables = load_watch_tables(Settings())
    events = make_events(NUMBER, until=UNTIL)
    wanted = uninterrupted(placed(events), tables, UNTIL.timestamp)
    asyncio.run(_put(broker, events[: NUMBER // 2]))
    data = tmp_path / "one"
    for part in (1, NUMBER // 10):
        process = Process(broker, data)
        process.until(part)
        process.kill()
    running_now = open_clocks(wanted[0], tables)
    with running(broker, data) as process:
        # Another takes its share of the partitions, and gives it back.
        with running(broker, tmp_path / "beside") as other:
            asyncio.run(_put(broker, events[NUMBER // 2 :]))
            settle(broker, tables, wanted)
            until_open(running_now, process, other)
            assert 0 < other.open() < running_now
        until_open(running_now, process)
    # On another machine all of it comes from the changelogs.
    with running(broker, tmp_path / "two") as process:
        until_open(running_now, process)
        # As long as one runs none begins anew, and nothing is thrown away.
        assert 3 == rebuild(broker, data)
        settle(broker, tables, wanted)

    with running(broker, data, "--rebuild") as process:
        process.until(NUMBER)
        settle(broker, tables, wanted)
        until_open(running_now, process)
        until_committed(broker, events)
    mine = {code: open_for(broker, data, code) for code in ("0344", "12345678")}
    for code, rows in mine.items():
        assert rows, code
        assert code not in {row["wederpartij"] for row in rows}
    assert 0 < len(mine["0344"]) < running_now


def rebuild(address: str, data: Path) -> int:
    """Try to begin anew; gives the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "ibroker", "watch", "--rebuild"],
        env=environment(address, data),
        capture_output=True,
        check=False,
    )
    assert b"stop die eerst" in done.stderr
    return done.returncode


def open_for(address: str, data: Path, code: str) -> list[dict[str, str]]:
    """What is open for a party."""
    done = subprocess.run(
        [sys.executable, "-m", "ibroker", "watch", "open", "--as", code],
        env=environment(address, data),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]

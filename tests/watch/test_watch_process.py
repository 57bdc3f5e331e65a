"""`ibroker watch` on a real broker: killed, shared, begun anew, asked what is open."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ibroker.broker.cluster import kill_node
from ibroker.broker.layout import read_cluster
from ibroker.core.watch.draad import Stand, klokken
from ibroker.core.watch.vorm import decode_draad
from ibroker.settings import Settings
from ibroker.watch.tabellen import WatchTables, load_watch_tables
from tests.watch.events import make_events
from tests.watch.running import (
    START,
    Process,
    environment,
    placed,
    put,
    running,
    settle,
    until_committed,
    watch_broker,
)
from tests.watch.uninterrupted import Kept, uninterrupted

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

NUMBER = int(os.environ.get("WATCH_EVENTS", "3000"))
UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One of its own."""
    with watch_broker(tmp_path_factory.mktemp("watch") / "kafka") as address:
        yield address


def until_open(number: int, *processes: Process) -> None:
    """Wait until they show between them that so many answers are open."""
    deadline = time.monotonic() + START
    while number != (shown := sum(one.open() for one in processes)):
        assert time.monotonic() < deadline, f"{shown}, not {number}"
        time.sleep(0.1)


def open_clocks(draden: Kept, tables: WatchTables) -> int:
    """How many answers are open."""
    return sum(
        klok.stand is Stand.OPEN
        for value in draden.values()
        for klok in klokken(decode_draad(value), tables.antwoorden, tables.kalender)
    )


def test_killed_and_begun_anew(broker: str, tmp_path: Path) -> None:
    """Whatever happens to it, the end is that of a run that nothing happened to."""
    tables = load_watch_tables(Settings())
    events = make_events(NUMBER, until=UNTIL)
    wanted = uninterrupted(placed(events), tables, UNTIL.timestamp)
    asyncio.run(put(broker, events[: NUMBER // 2]))
    data = tmp_path / "one"
    for part in (1, NUMBER // 10):
        process = Process(broker, data)
        process.until(part)
        process.kill()
    running_now = open_clocks(wanted[0], tables)
    with running(broker, data) as process:
        # Another takes its share of the partitions, and gives it back.
        with running(broker, tmp_path / "beside") as other:
            asyncio.run(put(broker, events[NUMBER // 2 :]))
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


def test_it_ends_where_kafka_is_gone(tmp_path: Path) -> None:
    """Told to stop it ends, with events under way, and says that not all is well."""
    folder = tmp_path / "kafka"
    with watch_broker(folder) as address:
        asyncio.run(put(address, make_events(NUMBER, until=UNTIL)))
        process = Process(address, tmp_path / "one")
        process.until(NUMBER // 10)
        cluster = read_cluster(folder)
        assert cluster is not None
        kill_node(cluster, 1)
        process.send_signal(signal.SIGTERM)
        ended = process.ends(60)
        process.kill()

    assert 3 == ended

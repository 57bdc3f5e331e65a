"""A router of real traffic, seen from outside: its metrics and its probes."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ibroker.broker.ports import free_ports
from ibroker.core.bestemming import label_topics
from ibroker.core.hartslag import sent_at
from ibroker.demo.processes import find_process
from ibroker.demo.verkeer import read_verkeer
from ibroker.errors import TopicMissing
from ibroker.feiten import load_feiten_topic
from ibroker.post.kafka_replay import KafkaArchive
from ibroker.register import load_register
from tests.cli.running import Run
from tests.stilled import stilled

VERKEER = Path(__file__).parents[1] / "berichten" / "verkeer.toml"
_NUMBER = re.compile(rb">([0-9]{8,9})<")


def ask(address: str, page: str) -> tuple[int, str]:
    """The status and the body of a page; status 0 where nobody is there."""
    try:
        with urllib.request.urlopen(f"http://{address}{page}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except ConnectionError:
        return 0, ""
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionError):
            return 0, ""
        raise


def until(address: str, wanted: int) -> list[int]:
    """What /readyz says in turn, until it says what is wanted."""
    seen: list[int] = []
    deadline = time.monotonic() + 150
    while not seen or seen[-1] != wanted:
        assert time.monotonic() < deadline, seen
        status, _ = ask(address, "/readyz")
        if not seen or seen[-1] != status:
            seen.append(status)
        time.sleep(0.01)
    return seen


@dataclass
class Book:
    """What the log says that routers did: outcomes, and records by where they went."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    heartbeats: int = 0

    def since(self, before: "Book") -> "Book":
        """What came after another one."""
        return Book(
            self.outcomes - before.outcomes,
            self.written - before.written,
            self.heartbeats - before.heartbeats,
        )


async def keep_book(kafka: str) -> Book:
    """Read the log so far.

    Each event is a record, and names the topic of what was delivered. Of topics that
    are read whole here that says nothing more: an event names the first of its facts.
    """
    register = load_register(None)
    words = label_topics(register, {})
    archive = KafkaArchive({"bootstrap_servers": [kafka]})
    whole = load_feiten_topic(), register.topics.hartslag
    book = Book()
    try:
        async for record in archive.read(register.topics.gebeurtenissen):
            event = json.loads(record.value or b"{}")
            data = event["data"]
            berichttype = data["berichttype"] or "onbekend"
            book.outcomes[event["type"].rpartition(".")[2], berichttype] += 1
            book.heartbeats += sent_at(data["kenmerk"]) is not None
            book.written[words.word_for(record.topic)] += 1
            if data["topic"] not in {None, *whole}:
                book.written[words.word_for(data["topic"])] += 1
        for topic in whole:
            async for record in archive.read(topic):
                if ("ce_type", b"nl.ggk.hartslag.wlz") not in record.headers:
                    book.written[words.word_for(topic)] += 1
    except TopicMissing:
        pass
    return book


def outcomes(text: str) -> Counter[tuple[str, str]]:
    """The same as the metrics count it."""
    return Counter(
        {
            (sample.labels["uitkomst"], sample.labels["berichttype"]): int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "ibroker_outcomes_total" and sample.value
        }
    )


def written(text: str) -> Counter[str]:
    """The same as the metrics count it."""
    return Counter(
        {
            sample.labels["bestemming"]: int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "ibroker_records_out_total" and sample.value
        }
    )


async def agree(kafka: str, before: Book, address: str) -> tuple[Book, str]:
    """The log and the metrics, once they are of the same moment.

    What is committed is counted a moment later. No heartbeat may come meanwhile.
    """
    deadline = time.monotonic() + 30
    while True:
        text = ask(address, "/metrics")[1]
        book = (await keep_book(kafka)).since(before)
        if (book.outcomes, book.written) == (outcomes(text), written(text)):
            return book, text
        assert time.monotonic() < deadline, (book, outcomes(text), written(text))


def value(text: str, name: str) -> float:
    """A metric without labels."""
    [found] = re.findall(rf"^{re.escape(name)} (.+)$", text, re.MULTILINE)
    return float(found)


def demo(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command of the demo."""
    return subprocess.Popen(
        [sys.executable, "-m", "ibroker", "demo", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


@pytest.mark.kafka
def test_real_traffic(kafka: str, tmp_path: Path, persoonssleutels: Path) -> None:
    """What is counted is what was committed, and says nothing of who it is about.

    It is ready once it has partitions; once it drains, no more until it is gone.
    Heartbeats go along and are told apart, so that post is counted exactly.
    """
    address = f"127.0.0.1:{free_ports(1)[0]}"
    environment = {
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(tmp_path),
        "IBROKER_METRICS": address,
        "IBROKER_PERSOONSSLEUTELS": str(persoonssleutels),
        "IBROKER_HARTSLAG_SECONDEN": "5",
    }
    before = asyncio.run(keep_book(kafka))
    up = demo(environment, "up")
    try:
        began = until(address, 200)
        assert 0 == up.wait(60)
        assert 0 == demo(environment, "run", str(VERKEER)).wait(120)
        with stilled(tmp_path, "exporter"):
            book, text = asyncio.run(agree(kafka, before, address))
        alive = ask(address, "/livez")
        router = find_process("route", tmp_path)
        assert router is not None
        os.kill(router, signal.SIGTERM)
        ended = until(address, 0)
    finally:
        up.wait(60)
        demo(environment, "down").wait(60)

    zendingen = read_verkeer(VERKEER)
    count = book.outcomes.total()
    assert len(zendingen) == count - book.heartbeats
    assert count == value(text, "ibroker_records_in_total")
    assert count == value(text, "ibroker_batch_records_sum")
    committed = value(text, 'ibroker_transactions_total{result="committed"}')
    assert committed == value(text, "ibroker_batch_records_count")
    assert {"gemeente", "zorgaanbieder", "intern"} < set(book.written)
    for measured in ("verdict", "end_to_end"):
        post = count - book.heartbeats
        assert post == value(text, f"ibroker_{measured}_seconds_count")
    assert 0 < value(text, "ibroker_end_to_end_seconds_sum")
    assert 10_000 < value(text, "ibroker_state_disk_bytes")
    assert 0 == value(text, "ibroker_restoring_partitions")
    assert 12 == value(text, "ibroker_partitions_assigned")
    assert 0 == value(text, "ibroker_records_in_progress")
    age = time.time() - value(text, "ibroker_last_commit_timestamp_seconds")
    assert 0 <= age < 120
    assert [503, 200] == [status for status in began if status]
    # How long it drains depends on the machine: there may be no time to see it.
    assert ended in ([200, 503, 0], [503, 0], [200, 0], [0])
    assert 200 == alive[0]
    assert [] == told(text, [zending.path for zending in zendingen])
    assert '"metrics"' in (tmp_path / "route.log").read_text(encoding="utf-8")


def told(text: str, berichten: list[Path]) -> list[str]:
    """What the metrics say that they must not: a number, or a party in a label."""
    numbers = {
        number.decode()
        for path in berichten
        for number in _NUMBER.findall(path.read_bytes())
    }
    parties = {zending.zender for zending in read_verkeer(VERKEER)}
    labels = {
        label
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for label in sample.labels.values()
    }
    assert numbers
    return [*(one for one in numbers if one in text), *(parties & labels)]


@pytest.mark.parametrize("address", ["9461", "127.0.0.1:99999", "192.0.2.1:9461"])
def test_a_port_that_is_no_good(run: Run, address: str) -> None:
    """It is said at the start, in one line, and the exit code is 2."""
    done = run("route", env={"IBROKER_METRICS": address})

    assert 2 == done.returncode
    assert f"fout: IBROKER_METRICS: {address}".encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_help_names_the_setting(run: Run) -> None:
    """Who asks how it is watched finds it where the command is explained."""
    assert b"IBROKER_METRICS" in run("route", "--help").stdout

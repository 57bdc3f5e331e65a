"""Real routers and a real Wlz stream, killed at work: what they count is in the log."""

import asyncio
import json
import random
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from ibroker.broker.ports import free_ports
from ibroker.demo.verkeer import read_verkeer, rename
from ibroker.feiten import load_feiten_topic
from ibroker.post.kafka_replay import KafkaArchive
from ibroker.register import load_register

VERKEER = Path(__file__).parents[1] / "berichten" / "verkeer.toml"
PARTITIONS = 12
KEPT = "ibroker_outcomes_kept_total"
HARTSLAG = "HARTSLAG"
Kinds = Counter[tuple[str, str]]


class Fleet:
    """Processes by their name, each with a port for its metrics."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._addresses: dict[str, str] = {}

    def start(self, name: str, command: str) -> None:
        """Start `ibroker <command>`."""
        address = f"127.0.0.1:{free_ports(1)[0]}"
        self._addresses[name] = address
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "ibroker", command],
            env={**self._environment, "IBROKER_METRICS": address},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """Kill one, whatever it is doing."""
        self._running[name].kill()
        self._running[name].wait()
        del self._addresses[name]

    def end(self) -> None:
        """Kill all."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def read(self, prefix: str, name: str) -> dict[tuple[str, ...], float]:
        """A metric of the processes that begin so: the greatest of each series."""
        found: dict[tuple[str, ...], float] = {}
        for process, address in self._addresses.items():
            if process.startswith(prefix):
                for labels, value in scrape(address, name):
                    found[labels] = max(value, found.get(labels, 0.0))
        return found

    def are_ready(self, prefix: str) -> bool:
        """Whether they have all partitions between them, and restored the state."""
        shares = 0.0
        for process, address in self._addresses.items():
            if process.startswith(prefix):
                shares += one_of(address, "ibroker_partitions_assigned")
                shares -= one_of(address, "ibroker_restoring_partitions")
        return shares == PARTITIONS


def one_of(address: str, name: str) -> float:
    """A metric without labels; 0 where nobody is there yet."""
    return sum(value for _, value in scrape(address, name))


def scrape(address: str, name: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """The series of a metric by their labels, as Prometheus reads them."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=60) as answer:
            text = answer.read().decode()
    except (ConnectionError, urllib.error.URLError):
        return
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name:
                labels = sample.labels
                yield tuple(labels[one] for one in sorted(labels)), sample.value


def kept(fleet: Fleet, prefix: str) -> Kinds:
    """What all partitions ever came to: (uitkomst, berichttype), zeroes left out."""
    found: Kinds = Counter()
    for (berichttype, _, uitkomst, _), n in fleet.read(prefix, KEPT).items():
        found[uitkomst, berichttype] += int(n)
    return found


async def ledger(kafka: str) -> tuple[Kinds, int]:
    """The same as the events say, and how many facts there are."""
    archive = KafkaArchive({"bootstrap_servers": [kafka]})
    found: Kinds = Counter()
    async for record in archive.read(load_register(None).topics.gebeurtenissen):
        event = json.loads(record.value or b"{}")
        berichttype = event["data"]["berichttype"] or "onbekend"
        found[event["type"].rpartition(".")[2], berichttype] += 1
    facts = [one async for one in archive.read(load_feiten_topic())]
    return found, len(facts)


def post(counted: Kinds) -> int:
    """How many that are, without a heartbeat that an earlier test left."""
    return sum(n for (_, berichttype), n in counted.items() if berichttype != HARTSLAG)


async def hand_in(kafka: str, times: int) -> int:
    """Put the sample traffic on the topic so many times, and give how much that is."""
    zendingen = [(one.zender.encode(), one.read()) for one in read_verkeer(VERKEER)]
    topic = load_register(None).topics.aanlevering
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        for _ in range(times):
            run = secrets.token_hex(4)
            for zender, data in zendingen:
                await producer.send(
                    topic, rename(data, run), zender, headers=[("zender", zender)]
                )
        await producer.flush()
    return times * len(zendingen)


@contextmanager
def running(kafka: str, folder: Path, persoonssleutels: Path) -> Iterator[Fleet]:
    """Two routers and a Wlz stream, that have all their partitions."""
    sleutel = folder / "verwijzing.sleutel"
    sleutel.write_bytes(b"s" * 32)
    environment = {
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(folder),
        "IBROKER_VERWIJZING_SLEUTEL": str(sleutel),
        "IBROKER_PERSOONSSLEUTELS": str(persoonssleutels),
    }
    subprocess.run(
        [sys.executable, "-m", "ibroker", "topics", "apply"],
        env=environment,
        capture_output=True,
        check=False,
    )
    fleet = Fleet(environment)
    try:
        for name, command in (("route1", "route"), ("route2", "route"), ("wlz", "wlz")):
            fleet.start(name, command)
        yield fleet
    finally:
        fleet.end()


async def until_ready(fleet: Fleet) -> None:
    """Wait until each partition has an owner that knows its state."""
    deadline = time.monotonic() + 180
    while not all([fleet.are_ready("route"), fleet.are_ready("wlz")]):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


@pytest.mark.kafka
@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_what_was_counted_outlives_a_kill(
    kafka: str, tmp_path: Path, persoonssleutels: Path
) -> None:
    """After kills and rebalances the totals equal the events, by kind, to the bericht.

    So do those of the Wlz stream and the facts.
    """
    chance = random.Random(7)  # noqa: S311 - no secret
    with running(kafka, tmp_path, persoonssleutels) as fleet:
        await until_ready(fleet)
        first, first_facts = await ledger(kafka)
        began, began_wlz = kept(fleet, "route"), kept(fleet, "wlz")
        amount = 0
        for round_, victim in enumerate(("route1", "wlz", "route2")):
            amount += await hand_in(kafka, 2)
            await asyncio.sleep(chance.random())
            fleet.kill(victim)
            # The second time under another name: a member that was not there before.
            fleet.start(f"{victim}-{round_}", victim.rstrip("12"))
        await until_ready(fleet)
        deadline = time.monotonic() + 120
        while True:
            last, last_facts = await ledger(kafka)
            made, facts = kept(fleet, "route"), kept(fleet, "wlz")
            told = facts.total() - began_wlz.total()
            if post(last - first) >= amount and told >= last_facts - first_facts:
                break
            assert time.monotonic() < deadline, (amount, post(last - first), told)
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        last, last_facts = await ledger(kafka)
        made, facts = kept(fleet, "route"), kept(fleet, "wlz")

    assert amount == post(last - first)
    assert last - first == made - began
    assert last_facts - first_facts == facts.total() - began_wlz.total() > 0

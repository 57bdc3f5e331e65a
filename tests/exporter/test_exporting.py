"""The exporter as a whole on a real broker, with the commands that others give."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ibroker.broker.ports import free_ports
from ibroker.errors import ConfigError
from ibroker.exporting import run_exporter
from ibroker.kafka.connection import connection
from ibroker.kafka.warming import warm
from ibroker.settings import Settings
from tests.cli.postkantoor import Postkantoor, open_postkantoor
from tests.kafka.broker_address import Topics
from tests.post.deliveries import delivery
from tests.test_probes import ask

pytestmark = pytest.mark.kafka
WITHIN = 60.0  # s; it takes one or two


@asynccontextmanager
async def exporting(settings: Settings) -> AsyncIterator[str]:
    """An exporter at work, and its address; afterwards it ended well."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    stopped = asyncio.Event()
    own = settings.model_copy(update={"metrics": address})
    running = asyncio.create_task(run_exporter(own, stopped))
    try:
        yield address
    finally:
        stopped.set()
        await running


async def wait_for(address: str, pattern: str) -> str:
    """Wait until a line of /metrics is so, and give them all."""
    until = time.monotonic() + WITHIN
    text = ""
    while time.monotonic() < until:
        try:
            _, text = await asyncio.to_thread(ask, address, "/metrics")
        except OSError:
            text = ""  # it does not listen yet
        if re.search(f"^{pattern}$", text, re.MULTILINE):
            return text
        await asyncio.sleep(0.2)
    pytest.fail(f"{pattern} is nowhere in {text}")


def settings_of(office: Postkantoor) -> Settings:
    """Rounds and heartbeats that follow each other soon."""
    return Settings(
        kafka=office.address,
        partijen=office.folder / "partijen",
        exporter_seconden=0.5,
        hartslag_seconden=0.5,
    )


@pytest.fixture
async def office(topic: Topics, tmp_path: Path) -> Postkantoor:
    """A post office of this test alone."""
    return await open_postkantoor(topic, tmp_path, gemeente=1, aanlevering=2)


async def test_a_gemeente_that_does_not_fetch(office: Postkantoor) -> None:
    """Its post has a depth and an age until `ibroker consume` took all of it."""
    label = f'{{ontvanger="{office.code}"}}'
    mailbox = office.topic(office.mailbox)
    settings = settings_of(office)
    assert 1 == await warm(f"t.{mailbox}", [mailbox], connection(settings))
    await office.put([delivery(mailbox, n) for n in range(2)])

    async with exporting(settings) as address:
        waiting = await wait_for(
            address, re.escape(f"ibroker_postvak_depth_records{label}") + " 2.0"
        )
        ready = await asyncio.to_thread(ask, address, "/readyz")
        taken = await asyncio.to_thread(
            office.run, "consume", "--as", office.code, "--out", "post"
        )
        fetched = await wait_for(
            address, re.escape(f"ibroker_postvak_depth_records{label}") + " 0.0"
        )

    age = re.escape(f"ibroker_postvak_oldest_age_seconds{label} ") + "(.*)"
    [before], [after] = re.findall(age, waiting), re.findall(age, fetched)
    assert 0 == taken.returncode
    assert 0 < float(before) < WITHIN
    assert 0 == float(after)
    assert 200 == ready[0]


async def test_heartbeats_are_handed_in(office: Postkantoor) -> None:
    """On ggk.aanlevering in turn; as no router runs here they stay outstanding."""
    async with exporting(settings_of(office)) as address:
        text = await wait_for(address, r"ibroker_heartbeats_sent_total [4-9]\.0")

    handed_in = await office.read("aanlevering")
    waits = re.findall(r'outstanding_seconds\{stage="(?:route|wlz)"\} (.*)', text)
    assert {0, 1} == {one.partition for one in handed_in}
    assert {b"GGK"} == {dict(one.headers)["zender"] for one in handed_in}
    assert all(float(one) > 0 for one in waits)
    assert 2 == len(waits)


async def test_a_cluster_that_is_away() -> None:
    """It starts all the same, and says so."""
    gone = Settings(kafka=f"127.0.0.1:{free_ports(1)[0]}", exporter_seconden=0.2)
    async with exporting(gone) as address:
        await wait_for(
            address, r'ibroker_exporter_rounds_total\{result="failed"\} [1-9]\.0'
        )
        text = await wait_for(address, r"ibroker_brokers_online 0\.0")
        ready = await asyncio.to_thread(ask, address, "/readyz")

    assert "\nibroker_controller_known 0.0\n" in text
    assert 503 == ready[0]


async def test_it_must_be_told_where_to_listen() -> None:
    """An exporter that nobody can ask is a mistake."""
    with pytest.raises(ConfigError, match="IBROKER_METRICS"):
        await run_exporter(Settings(), asyncio.Event())

"""No signal missed and none doubled, whatever happens to processes and brokers.

What the gemeenten were told is read by another client, folded as they would, and held
against plain SQL over the facts that the berichten were made of. `make faults` runs it
with many more; the short version runs with all tests.
"""

import asyncio
import os
from base64 import b64encode
from collections import Counter
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark
from tests.faults.conftest import Site
from tests.faults.mischief import (
    drain_router,
    kill_broker,
    kill_router,
    pause_past_the_session,
    pause_past_the_transaction,
    restart_broker,
)
from tests.faults.restores import (
    kill_in_a_restore,
    weigh_down,
    wipe_while_a_broker_fails,
)
from tests.faults.storm import Fault, Storm
from tests.faults.wlz_storm import WlzStorm

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "50000"))
EACH = 7.4  # berichten a person
PACE = 60  # berichten a second


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """It decides the berichten, the faults, and when; `--seed` gives another."""
    return int(request.config.getoption("--seed"))


PLANTED = {"key": 2, "header": 1, "value": 1, "contents": 2, "name": 1, "an entry": 1}


async def planted(storm: WlzStorm) -> dict[str, int]:
    """Put a canary wherever one could be, and count where one is found."""
    bsn = storm.briefs[0].feiten[0][0].encode()
    address, topic = storm.cluster.address, "ggk.intern.canarie"
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 3)])
        async with AIOKafkaProducer(bootstrap_servers=address, acks="all") as producer:
            await producer.send_and_wait(topic, b"x", b"x" + bsn)
            await producer.send_and_wait(topic, b"x", headers=[("x", bsn)])
            await producer.send_and_wait(topic, b64encode(bsn), bsn.hex().encode())
        place = storm.town.folder / "machine-x" / "state" / "ibroker.wlz" / "0" / "0"
        place.mkdir(parents=True)
        with closing(RocksStore(place)) as store:
            store.write({b"p": bsn}, Mark("x", 0, 0))
        (storm.logs / f"{bsn.decode()}.txt").write_text("x")
        (storm.logs / "y").write_bytes(sha256(bsn).hexdigest().encode())
        found = await storm.find_canaries([topic], "machine-x")
    finally:
        await admin.delete_topics([topic])
        await admin.close()
    return Counter(one.rpartition(": ")[2] for one in found)


async def test_a_broker_is_killed_in_a_restore(
    three_brokers: Site, tmp_path: Path, seed: int
) -> None:
    """A member loses its disk, and the broker that it is restoring from is killed.

    A router is killed meanwhile. The restore goes on from the middle.
    """
    site = three_brokers
    storm = WlzStorm(
        *(site.town, site.cluster, tmp_path, seed, 60, 6), routers=1, members=1
    )

    async def both(_: Storm) -> None:
        async with storm.fleet.down("router0"):
            pass
        await kill_in_a_restore(storm)

    await asyncio.to_thread(weigh_down, site.cluster)
    account = await storm.run([both])

    assert [] == account.faults
    assert 1 == len(storm.left)
    assert account.outcomes["dubbel"] > 0
    signals = await storm.settle_signals()
    assert [] == signals.faults
    assert signals.standing > 0
    assert [] == await storm.find_canaries()
    assert PLANTED == await planted(storm)


@pytest.mark.faults
async def test_wlz_under_everything(
    three_brokers: Site, tmp_path: Path, seed: int
) -> None:
    """All of it, again and again, with two routers and two members."""
    site = three_brokers
    persons = min(int(MESSAGES / EACH), 8000)
    storm = WlzStorm(
        *(site.town, site.cluster, tmp_path, seed, persons, persons * EACH / PACE),
        rest=(2, 8),
    )
    faults: list[Fault] = [
        *(wipe_while_a_broker_fails, kill_in_a_restore),
        *(kill_router, drain_router, kill_broker),
        *(pause_past_the_session, pause_past_the_transaction, restart_broker),
    ]

    await asyncio.to_thread(weigh_down, site.cluster)
    account = await storm.run(faults)

    assert [] == account.faults
    assert len(storm.left) > 0
    signals = await storm.settle_signals()
    assert [] == signals.faults
    assert [] == await storm.find_canaries()

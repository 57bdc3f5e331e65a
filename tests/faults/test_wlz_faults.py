"""No signal missed and none doubled, whatever happens to processes and brokers.

What the gemeenten were told is read by another client, folded as they would, and held
against plain SQL over the facts that the berichten were made of. `make faults` runs it
with many more; the short version runs with all tests.
"""

import os
from pathlib import Path

import pytest

from tests.faults.conftest import Site
from tests.faults.mischief import (
    drain_router,
    kill_broker,
    kill_router,
    pause_past_the_session,
    pause_past_the_transaction,
    restart_broker,
)
from tests.faults.storm import Fault
from tests.faults.wlz_storm import WlzStorm, wipe_while_a_broker_fails

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "50000"))
EACH = 7.4  # berichten a person
PACE = 60  # berichten a second


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """It decides the berichten, the faults, and when; `--seed` gives another."""
    return int(request.config.getoption("--seed"))


async def test_a_disk_goes_and_a_broker_fails(
    three_brokers: Site, tmp_path: Path, seed: int
) -> None:
    """A member is killed, loses its disk, and restores while a broker fails."""
    site = three_brokers
    storm = WlzStorm(site.town, site.cluster, tmp_path, seed, 150, 12, routers=1)

    account = await storm.run([wipe_while_a_broker_fails, kill_router])

    assert [] == account.faults
    assert account.outcomes["dubbel"] > 0
    signals = await storm.settle_signals()
    assert [] == signals.faults
    assert signals.standing > 0


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
        *(wipe_while_a_broker_fails, kill_router, drain_router, kill_broker),
        *(pause_past_the_session, pause_past_the_transaction, restart_broker),
    ]

    account = await storm.run(faults)

    assert [] == account.faults
    signals = await storm.settle_signals()
    assert [] == signals.faults

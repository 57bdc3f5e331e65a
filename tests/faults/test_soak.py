"""An hour or more of traffic, with a fault every few seconds: `make soak`.

After each round all that came of it is held against the ledger and the oracle. What it
found goes to the file that SOAK_JSON names, round after round.
"""

import asyncio
import json
import os
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from machine import machine

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
from tests.faults.soak import Healing, Round, SoakRound, report
from tests.faults.storm import Fault
from tests.faults.wlz_post import Brief

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
ROUND = 300.0  # s of traffic
PACE = 60  # berichten a second
LIBRARIES = ("aiokafka", "rocksdict", "faust-streaming")
EACH = 7.4  # berichten a person
FAULTS: list[Fault] = [
    *(wipe_while_a_broker_fails, kill_in_a_restore),
    *(kill_router, drain_router, kill_broker, restart_broker),
    *(pause_past_the_session, pause_past_the_transaction),
]

pytestmark = [pytest.mark.soak, pytest.mark.timeout(SECONDS * 2 + 1800)]


async def test_soak(
    three_brokers: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing is lost, doubled, missed or shown, round after round."""
    seed = int(request.config.getoption("--seed"))
    site, until = three_brokers, time.monotonic() + SECONDS
    described = {
        "command": f"make soak SECONDS={SECONDS:.0f} SEED={seed}",
        "moment": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "versions": {name: version(name) for name in ("ibroker", *LIBRARIES)},
        "seed": seed,
    }
    rounds: list[Round] = []
    healings: list[Healing] = []
    earlier: list[Brief] = []
    await asyncio.to_thread(weigh_down, site.cluster)
    while time.monotonic() < until:
        number = len(rounds)
        seconds = min(ROUND, max(60.0, until - time.monotonic()))
        storm = SoakRound(
            *(site.town, site.cluster, tmp_path / f"{number:03}"),
            *(1000 * seed + number, int(PACE * seconds / EACH), seconds),
            rest=(2, 8),
            earlier=earlier,
        )
        rounds.append(await storm.round(FAULTS))
        earlier, healings = storm.briefs, healings + storm.healings
        figures = {**described, **report(rounds, healings)}
        tell(figures)
        assert [] == rounds[-1].faults


def tell(figures: dict[str, Any]) -> None:
    """Let it be followed, and keep it."""
    text = json.dumps(figures, indent=1)
    print(text)  # noqa: T201 - the report is what the run is for
    if "SOAK_JSON" in os.environ:
        Path(os.environ["SOAK_JSON"]).write_text(text + "\n", encoding="utf-8")

"""A declaratie of 24 MB goes through among small berichten; what it costs is told."""

import asyncio
import time
from hashlib import sha256
from pathlib import Path
from statistics import quantiles

import pytest
from declaratie import build_declaratie

from ibroker.core.record import Outgoing, Position
from ibroker.post.kafka_submission import KafkaIntake
from tests.faults.conftest import Site
from tests.faults.fleet import Fleet, routers
from tests.faults.ledger import INPUT, Sent, settle
from tests.faults.reading import Watcher, ends_of, read_all

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

SIZE = 24_000_000  # bytes
PRESTATIES = 25_400  # that is some 24 MB
ZENDER = "98000011"
PACE = 50  # small ones a second
WARMING, SECONDS = 4, 10  # s before the large one, and in all


class Sender:
    """Hands in berichten, and remembers when each was due."""

    def __init__(self, intake: KafkaIntake) -> None:
        self._intake = intake
        self.sent: list[Sent] = []
        self.due: dict[str, float] = {}

    async def send(self, zender: str, value: bytes, uitkomst: str, due: float) -> Sent:
        """Hand one in, and wait until the log has it."""
        key = zender.encode()
        (answer,) = await self._intake.take(
            [Outgoing(INPUT, key, value, (("zender", key),))]
        )
        assert isinstance(answer, Position)
        digest = sha256(value).hexdigest()
        one = Sent(answer.partition, answer.offset, zender, digest, uitkomst)
        self.sent.append(one)
        self.due[one.id] = due
        return one


async def test_a_large_one_and_many_small(
    one_broker: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A declaratie of 24 MB is delivered whole and once, and so is what came with it.

    What the small ones wait is told, not judged: that is up to the machine. That they
    need not wait is held by the tests of the loop.
    """
    address = one_broker.cluster.address
    connection = {"bootstrap_servers": [address]}
    large = build_declaratie(PRESTATIES, 2_000)
    assert SIZE <= len(large) < 25_000_000
    starts = await ends_of(address)
    environment = one_broker.town.environment(address)
    async with (
        Watcher(address, starts) as watcher,
        Fleet(routers(1, environment), tmp_path / "logs") as fleet,
        KafkaIntake(connection, INPUT) as small_intake,
        KafkaIntake(connection, INPUT) as large_intake,
    ):
        small, big = Sender(small_intake), Sender(large_intake)
        posts = one_broker.town.post(
            PACE * SECONDS, int(request.config.getoption("--seed")) + 1
        )
        begin = time.monotonic()
        going: asyncio.Task[Sent] | None = None
        for number, one in enumerate(list(posts)):
            due = begin + number / PACE
            if number == PACE * WARMING:
                going = asyncio.create_task(big.send(ZENDER, large, "bezorgd", due))
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await small.send(one.zender, one.value, one.uitkomst, due)
        assert going is not None
        bulk = await going
        count = len(small.sent) + 1
        assert await watcher.until(count, 60), fleet.said()

    ends = await ends_of(address)
    final = await asyncio.to_thread(read_all, address, starts, ends)
    assert [] == settle([*small.sent, bulk], final).faults
    took = watcher.arrived[bulk.id] - big.due[bulk.id]
    during = [
        one
        for one in small.sent
        if one.partition != bulk.partition
        if big.due[bulk.id] <= small.due[one.id] <= watcher.arrived[bulk.id]
    ]
    waits = [watcher.arrived[one.id] - small.due[one.id] for one in during]
    cuts = quantiles(waits, n=100)
    print(  # noqa: T201 - what is measured is for people
        f"\n{len(large) / 1e6:.1f} MB in {took:.1f} s; {len(during)} small ones during"
        f" it, on other partitions: p50 {cuts[49] * 1000:.0f} ms,"
        f" p99 {cuts[98] * 1000:.0f} ms, slowest {max(waits) * 1000:.0f} ms"
    )

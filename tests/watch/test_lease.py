"""A watch writes only while its partitions cannot be those of another."""

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import (
    BrokerResponseError,
    IllegalGenerationError,
    NoError,
    NotCoordinatorForGroupError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest
from aiokafka.protocol.produce import ProduceRequest

from ibroker.settings import Settings
from ibroker.watch.lease import Lease
from ibroker.watch.tabellen import load_watch_tables
from tests.watch.events import PARTITIONS, make_events
from tests.watch.running import Process, placed, put, running, settle, watch_broker
from tests.watch.uninterrupted import find_kept, uninterrupted

SESSION, REBALANCE = 10.0, 60.0
HEARTBEAT = HeartbeatRequest("watch", 3, "one")
LEAVE = LeaveGroupRequest("watch", "one")
PRODUCE = ProduceRequest(None, -1, 1000, [])
UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)
NUMBER = 8_000

Noted = list[tuple[float, type[BrokerResponseError]]]


def leased(noted: Noted) -> Lease:
    """One that heard these."""
    lease = Lease(SESSION, REBALANCE)
    for sent, answer in noted:
        lease.note(sent, answer)
    return lease


@pytest.mark.parametrize(
    "noted, until",
    [
        ([(1, NoError)], 11),
        ([(1, NoError), (4, NoError)], 14),
        ([(1, NoError), (4, NotCoordinatorForGroupError)], 11),
        # While the group is divided anew it is still ours, but not for ever.
        ([(1, NoError), (4, RebalanceInProgressError)], 14),
        ([(1, NoError), (55, RebalanceInProgressError)], 61),
        ([(1, NoError), (55, RebalanceInProgressError), (58, NoError)], 68),
        ([(1, UnknownMemberIdError), (4, NoError)], 14),
    ],
)
def test_it_is_held_for_a_session(noted: Noted, until: float) -> None:
    """Counted from when what was answered was sent."""
    lease = leased(noted)

    assert lease.is_held(until - 0.1)
    assert not lease.is_held(until)


def test_it_is_not_held_at_first() -> None:
    """Nothing is ours before the group said so."""
    assert not leased([]).is_held(0.0)


@pytest.mark.parametrize("lost", [UnknownMemberIdError, IllegalGenerationError])
def test_who_is_no_member_writes_nothing(lost: type[BrokerResponseError]) -> None:
    """At once, whatever was left of the session."""
    with pytest.raises(lost):
        leased([(1, NoError), (2, lost)]).is_held(3)


class Client:
    """A client of aiokafka, whose coordinator answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.answer: type[BrokerResponseError] = NoError
        self.send: Callable[..., Any] = self._send

    async def _send(self, node: int, request: object, **_: object) -> object:
        assert node == 1
        self.sent.append(request)
        return SimpleNamespace(error_code=self.answer.errno)


async def test_what_is_written_waits_for_it() -> None:
    """Until the group answers, that it is ours or that it is no more."""
    lease, consumer, producer = Lease(SESSION, REBALANCE), Client(), Client()
    lease.hear(cast("Any", consumer))
    lease.guard(cast("Any", producer))

    writing = asyncio.create_task(producer.send(1, PRODUCE))
    await asyncio.sleep(0.2)
    assert not producer.sent
    await consumer.send(1, HEARTBEAT)
    await writing
    assert [PRODUCE] == producer.sent
    consumer.answer = UnknownMemberIdError
    await consumer.send(1, HEARTBEAT)
    with pytest.raises(UnknownMemberIdError):
        await producer.send(1, PRODUCE)
    await producer.send(1, HEARTBEAT)  # whatever else it asks

    assert [PRODUCE, HEARTBEAT] == producer.sent
    assert [HEARTBEAT, HEARTBEAT] == consumer.sent


async def test_who_leaves_gives_it_up() -> None:
    """Before anyone else can have it."""
    lease, consumer = leased([]), Client()
    lease.hear(cast("Any", consumer))

    await consumer.send(1, HEARTBEAT)
    await consumer.send(1, LEAVE)

    with pytest.raises(UnknownMemberIdError):
        lease.is_held(0.0)


@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_who_stood_still_writes_over_nothing(tmp_path: Path) -> None:
    """Another had its partitions meanwhile: what it knows stays the latest."""
    tables = load_watch_tables(Settings())
    events = make_events(NUMBER, until=UNTIL)
    wanted = uninterrupted(placed(events), tables, UNTIL.timestamp)
    with watch_broker(tmp_path / "kafka") as broker:
        asyncio.run(put(broker, events))
        still = Process(broker, tmp_path / "still")
        still.until(NUMBER // 10)
        still.send_signal(signal.SIGSTOP)
        with running(broker, tmp_path / "other"):
            settle(broker, tables, wanted)
            still.send_signal(signal.SIGCONT)
            ended = still.ends(60)
            found = asyncio.run(find_kept(broker, tables, PARTITIONS))
        still.kill()

    assert found == wanted
    assert 3 == ended

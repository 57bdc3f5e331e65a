"""What is waited for before a commit: all that was sent, and nothing after that."""

import asyncio
from pathlib import Path
from typing import cast

import pytest
from faust.types import FutureMessage, PendingMessage, RecordMetadata

from ibroker.watch.mended import MendedApp

DEADLINE = 30.0  # s
WRITTEN = cast("RecordMetadata", None)


@pytest.fixture
async def app(tmp_path: Path) -> MendedApp:
    """An app that never starts: what it sends stays under way."""
    return MendedApp("test", broker="kafka://127.0.0.1:1", datadir=tmp_path)


def send(app: MendedApp) -> FutureMessage:
    """Send something, and give what tells that it is written."""
    sent = FutureMessage(cast("PendingMessage", None))
    app.producer.send_soon(sent)
    return sent


async def test_what_is_sent_meanwhile_is_not_waited_for(app: MendedApp) -> None:
    """While events come in something is always under way, and a commit must go on."""
    first, second = send(app), send(app)
    flushing = asyncio.create_task(app.producer.flush())
    first.set_result(WRITTEN)
    await asyncio.sleep(0)
    send(app)
    assert not flushing.done()

    second.set_result(WRITTEN)

    async with asyncio.timeout(DEADLINE):
        await flushing


async def test_what_was_not_written_is_not_committed(app: MendedApp) -> None:
    """A record that was refused stops the app, also when it was before this flush."""
    send(app).set_exception(ZeroDivisionError())
    await asyncio.sleep(0)

    with pytest.raises(ZeroDivisionError):
        await app.producer.flush()

    assert isinstance(app.crash_reason, ZeroDivisionError)


async def test_what_must_come_first_is_written_first(app: MendedApp) -> None:
    """What is written before a commit is waited for as well."""
    sent: list[FutureMessage] = []
    app.before_commit = lambda: sent.append(send(app))
    flushing = asyncio.create_task(app.producer.flush())
    await asyncio.sleep(0)
    assert 1 == len(sent)
    assert not flushing.done()

    sent[0].set_result(WRITTEN)

    async with asyncio.timeout(DEADLINE):
        await flushing

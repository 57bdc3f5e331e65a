"""Faust with its defects mended: one test for each that can be shown without Kafka."""

import asyncio
import logging
from pathlib import Path
from typing import cast

import pytest
from faust.tables.manager import TableManager
from faust.tables.recovery import ServiceStopped
from mode.utils.queues import FlowControlQueue

from ibroker.watch.mended import MendedApp, quiet_faust


@pytest.fixture
async def app(tmp_path: Path) -> MendedApp:
    """An app that never starts."""
    return MendedApp("test", broker="kafka://127.0.0.1:1", datadir=tmp_path)


async def test_what_came_in_while_it_flowed_stays(app: MendedApp) -> None:
    """Resuming once more loses nothing that has come in since it was resumed."""
    flow = app.flow_control
    queue = FlowControlQueue[int](flow_control=flow, clear_on_resume=True)
    queue.put_nowait(1)

    flow.resume()
    assert queue.empty()  # of before: it is read again
    queue.put_nowait(2)
    flow.resume()

    assert 2 == queue.get_nowait()


async def test_a_fault_of_an_agent_never_ends_it(app: MendedApp) -> None:
    """It waits until the app has stopped: what ends is begun anew past its event."""
    failing = asyncio.create_task(app.fail(ZeroDivisionError()))
    done, _ = await asyncio.wait([failing], timeout=0.05)

    assert not done
    assert isinstance(app.crash_reason, ZeroDivisionError)
    failing.cancel()


async def test_what_takes_too_long_to_restore_is_a_fault(app: MendedApp) -> None:
    """Not a stop, after which nothing would be read by a process that lives on."""
    recovery = cast("TableManager", app.tables).recovery

    with pytest.raises(TimeoutError):
        await recovery._wait(asyncio.sleep(60), timeout=0.01)


async def test_a_stop_while_it_restores_is_none(app: MendedApp) -> None:
    """It ends what it was at."""
    recovery = cast("TableManager", app.tables).recovery
    await recovery.stop()

    with pytest.raises(ServiceStopped):
        await recovery._wait(asyncio.sleep(60), timeout=60)


@pytest.mark.parametrize("name", ["faust.tests.values", MendedApp.logger.name])
def test_what_faust_says_has_no_value(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Also a logger that is there already says only where it is."""
    logger = logging.getLogger(name)
    quiet_faust()

    with caplog.at_level(logging.WARNING, logger.name):
        logger.warning("record %r", "geheim")

    assert "geheim" not in caplog.text
    assert "test_mended" in caplog.text

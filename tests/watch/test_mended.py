"""Faust with its defects mended: one test for each that can be shown without Kafka."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP
from intervaltree import IntervalTree
from mode.utils.queues import FlowControlQueue

from ibroker.watch.mended import MendedApp, _Consumer, quiet_faust


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


def test_what_faust_says_has_no_value(caplog: pytest.LogCaptureFixture) -> None:
    """Also a logger that is there already says only where it is."""
    logger = logging.getLogger("faust.tests.values")
    quiet_faust()

    with caplog.at_level(logging.WARNING, logger.name):
        logger.warning("record %r", "geheim")

    assert "geheim" not in caplog.text
    assert "test_mended" in caplog.text


PLACE = TP("ggk.gebeurtenissen", 3)


class Reading(_Consumer):
    """What a consumer knows of what it read; it never started."""

    def __init__(self, start: int | None) -> None:
        self._acked = defaultdict(list)
        self._acked_index = defaultdict(set)
        self._gap = defaultdict(IntervalTree)
        self._committed_offset = defaultdict(lambda: start)
        self._read = start
        self.fails = False
        self.committed: list[int] = []

        async def flush() -> None:
            pass

        producer = SimpleNamespace(flush=flush)
        tables = SimpleNamespace(on_commit=lambda _: None)
        self.app = cast("Any", SimpleNamespace(producer=producer, tables=tables))

    def assignment(self) -> set[TP]:
        """All that there is."""
        return {PLACE}

    async def _handle_attached(self, commit_offsets: Mapping[TP, int]) -> None:
        """Nothing is."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """As a broker does that may refuse it."""
        if not self.fails:
            self.committed.append(offsets[PLACE])
        return not self.fails

    async def read(self, *offsets: int) -> None:
        """Read these, and note where none is, as Faust does."""
        for offset in offsets:
            if self._read and offset - self._read > 1:
                await self._add_gap(PLACE, self._read + 1, offset)
            self._read = offset

    def after(self, *offsets: int) -> int | None:
        """Be done with these: where to go on?"""
        self._acked[PLACE].extend(offsets)
        self._acked_index[PLACE].update(offsets)
        return self._new_offset(PLACE)


@pytest.mark.parametrize(
    "read, taken, start, after",
    [
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 5, 6, 8], None, 9),  # marks at 2, 4 and 7
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 6, 8], None, 5),  # 5 is under way
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 5, 6], None, 7),
        ([5, 6, 8], [5, 6, 8], 4, 9),  # it stood before a mark
        ([6, 7], [6, 7], 4, 8),  # and before two
        ([5, 6], [6], 4, None),  # the first is under way
        ([5, 6], [], 5, None),
        ([5, 6, 9], [9, 6, 6, 5], 5, 10),
    ],
)
async def test_it_commits_past_marks(
    read: list[int], taken: list[int], start: int | None, after: int | None
) -> None:
    """All that was taken in, past the marks of transactions, and nothing else."""
    consumer = Reading(start)

    await consumer.read(*read)

    assert after == consumer.after(*taken)


async def test_it_goes_on_from_there() -> None:
    """What came in while it committed counts the next time, and nothing is kept."""
    consumer = Reading(1)

    await consumer.read(1, 3)
    consumer.after(1, 3)
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    await consumer.read(5, 7)
    consumer.after(5, 7)
    await consumer._commit_tps([PLACE], start_new_transaction=False)

    assert [4, 8] == consumer.committed
    assert consumer._new_offset(PLACE) is None
    assert not consumer._acked[PLACE]
    assert not consumer._acked_index[PLACE]
    assert not consumer._gap[PLACE]


async def test_what_was_not_committed_is_tried_again() -> None:
    """Also where nothing comes any more that would be committed with it."""
    consumer = Reading(1)
    await consumer.read(1, 3)
    consumer.after(1, 3)

    consumer.fails = True
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    consumer.fails = False
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    await consumer._commit_tps([PLACE], start_new_transaction=False)

    assert [4] == consumer.committed

"""The loop: consume, transform and produce, each batch in one transaction.

For each batch of a partition, in this order:

1. take what is there now, up to a bound: few when it is quiet, many when it is busy;
2. let the step make of each record what must be written;
3. begin a transaction, write it, and wait until the log has taken all of it;
4. write what follows from where that came to stand, and wait again;
5. commit, together with the offset where the partition goes on.

Whatever fails in 3 to 5 undoes all of it; the lane starts anew from the last commit.
A record that the log will never take, or that no one can decode, is set aside.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard

import structlog

from ibroker.core.record import Handled, Outgoing, Record, Unreadable
from ibroker.errors import LogError, RecordRefused
from ibroker.kafka.meter import SILENT, Committed, Meter, Taken, metered
from ibroker.kafka.port import Lane, Transaction

__all__ = ["Bounds", "Loop", "Steps", "write"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one batch may hold, and how long it may keep others waiting.

    `records` is the most that one transaction holds, and `bytes` the most of their
    values, unless a single one is larger: what a sender compressed may be any size once
    it is read. `idle` the seconds that a quiet
    lane waits for the next record. A record of `large` bytes or more is handled in a
    thread of its own, so that small ones go on meanwhile. `slice` is the time in
    seconds after which a batch lets heartbeats and other lanes go first.
    """

    records: int = 2000
    bytes: int = 8 * 1024 * 1024
    idle: float = 0.5
    large: int = 256 * 1024
    slice: float = 0.01


class Steps(Protocol):
    """What is made of a record; pure, so that doing it again gives the same."""

    def step(self, record: Record) -> Handled:
        """Handle a record."""
        ...

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        """Set aside what no one can decode."""
        ...

    def set_aside_refused(self, record: Record) -> Handled:
        """Set aside a record whose outcome the log does not take."""
        ...


class Loop:
    """The work on the lanes of one process; its call is a `Work`.

    `steps` is made twice, since lxml's validators are not for two threads at a time.
    """

    def __init__(
        self,
        steps: Callable[[], Steps],
        bounds: Bounds = Bounds(),
        meter: Meter = SILENT,
    ) -> None:
        self._bounds = bounds
        self._meter = meter
        self._steps = steps()
        self._make_steps = steps
        self._large_steps: Steps | None = None
        self._thread: Executor = ThreadPoolExecutor(1, "large")
        self._turn = asyncio.Lock()
        self._careful_until: dict[int, int] = {}
        self._refused: dict[int, int] = {}

    async def __call__(self, lane: Lane) -> None:
        """Work on a lane as long as it is ours. Raises what its transactions raise."""
        while lane.is_ours():
            await self._batch(lane)

    async def _batch(self, lane: Lane) -> None:
        bounds = self._bounds
        partition = lane.partition
        careful = partition in self._careful_until
        batch = await lane.poll(1 if careful else bounds.records, bounds.idle)
        for part in _parts(batch, bounds.bytes):
            await self._carry(lane, part)
            if not lane.is_ours():
                return

    async def _carry(self, lane: Lane, batch: Sequence[Record | Unreadable]) -> None:
        partition = lane.partition
        self._meter.tell(Taken(partition, len(batch), batch[0].timestamp))
        made = await self._handle(partition, batch)
        written: list[Outgoing] = []
        following = batch[-1].offset + 1

        def done(seconds: float) -> Committed:
            return Committed(
                partition, batch, made.handled, made.seconds, written, seconds
            )

        try:
            opened = lane.transaction(following)
            async with metered(opened, self._meter, partition, done) as transaction:
                written += await write(transaction, made.handled)
                await transaction.commit()
        except RecordRefused:
            self._note_refused(partition, batch)
            raise
        if following >= self._careful_until.get(partition, following + 1):
            del self._careful_until[partition]

    async def _handle(
        self, partition: int, batch: Sequence[Record | Unreadable]
    ) -> "_Made":
        """Let the steps handle a batch, while other lanes wait for their turn.

        All lanes share one processor core: a batch that is done sooner is soon on its
        way, where batches that are done in turns would all be late.
        """
        made = _Made([], [])
        small: list[Record | Unreadable] = []
        for item in batch:
            if self._is_large(item, partition):
                await self._handle_small(partition, small, made)
                await self._handle_large(item, made)
                small = []
            else:
                small.append(item)
        await self._handle_small(partition, small, made)
        return made

    async def _handle_small(
        self, partition: int, items: Sequence[Record | Unreadable], made: "_Made"
    ) -> None:
        async with self._turn:
            began = last = time.perf_counter()
            for item in items:
                made.handled.append(self._handle_one(partition, item))
                now = time.perf_counter()
                made.seconds.append(now - last)
                last = now
                if now - began > self._bounds.slice:
                    await asyncio.sleep(0)
                    began = last = time.perf_counter()

    def _handle_one(self, partition: int, item: Record | Unreadable) -> Handled:
        is_refused = item.offset == self._refused.get(partition)
        match item:
            case Unreadable():
                return self._steps.set_aside_unreadable(
                    replace(item, raw=None) if is_refused else item
                )
            case Record():
                return (
                    self._steps.set_aside_refused(item)
                    if is_refused
                    else self._steps.step(item)
                )

    def _is_large(self, item: Record | Unreadable, partition: int) -> TypeGuard[Record]:
        return (
            isinstance(item, Record)
            and len(item.value or b"") >= self._bounds.large
            and item.offset != self._refused.get(partition)
        )

    async def _handle_large(self, record: Record, made: "_Made") -> None:
        handled, seconds = await asyncio.get_running_loop().run_in_executor(
            self._thread, self._step_large, record
        )
        made.handled.append(handled)
        made.seconds.append(seconds)

    def _step_large(self, record: Record) -> tuple[Handled, float]:
        if self._large_steps is None:
            self._large_steps = self._make_steps()  # it may take seconds
        began = time.perf_counter()
        return self._large_steps.step(record), time.perf_counter() - began

    def _note_refused(
        self, partition: int, batch: Sequence[Record | Unreadable]
    ) -> None:
        """Find the record to blame: go one by one, and set aside the one that fails."""
        if len(batch) > 1:
            self._careful_until[partition] = batch[-1].offset + 1
            return
        offset = batch[0].offset
        if self._refused.get(partition) == offset:
            raise LogError(
                f"partition {partition}: even what sets a record aside is refused"
            )
        self._refused[partition] = offset
        self._careful_until[partition] = offset + 1
        _log.warning("record refused", partition=partition, offset=offset)


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made of each record of a batch, and the seconds that took."""

    handled: list[Handled]
    seconds: list[float]


async def write(
    transaction: Transaction, handled: Sequence[Handled]
) -> Sequence[Outgoing]:
    """Write what steps made, and then what follows from where that came to stand.

    Gives all that was written.
    """
    outgoing = [out for one in handled for out in one.outgoing]
    positions = await transaction.send(outgoing)
    begin = 0
    follow_ups: list[Outgoing] = []
    for one in handled:
        end = begin + len(one.outgoing)
        follow_ups.extend(one.follow_up(positions[begin:end]))
        begin = end
    await transaction.send(follow_ups)
    return outgoing + follow_ups


def _parts(
    batch: Sequence[Record | Unreadable], most: int
) -> Iterator[Sequence[Record | Unreadable]]:
    """The batch in parts of at most so many bytes, or of one record."""
    part: list[Record | Unreadable] = []
    held = 0
    for item in batch:
        content = item.value if isinstance(item, Record) else item.raw
        size = len(content or b"")
        if part and held + size > most:
            yield part
            part, held = [], 0
        part.append(item)
        held += size
    if part:
        yield part

"""The loop for steps that know what came before: state, kept with what they write.

The changes of a batch are laid over the store at once, so that the next record sees
them. They are written to the changelog in the transaction of the batch, and to the
store once that was committed. So what is on disk was committed, always.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, runtime_checkable

from ibroker.core.record import (
    Handled,
    Position,
    Record,
    Unreadable,
    Written,
)
from ibroker.core.state import State
from ibroker.errors import LogError, RecordRefused
from ibroker.kafka.loop import Bounds, Loop, write
from ibroker.kafka.overlay import Overlay
from ibroker.kafka.port import Lane, Transaction
from ibroker.kafka.restoring import Keeper, Kept

__all__ = ["StatefulLoop", "StatefulSteps", "WakeBounds", "WakingSteps"]

_BOUNDS = Bounds()


class StatefulSteps(Protocol):
    """What is made of a record and of the state of its partition; pure.

    What it changes, `changes` of what it gives says. What it gives for a record that
    was refused may change state too; what was to be changed by the refused attempt was
    not.
    """

    def step(self, record: Record, state: State) -> Handled:
        """Handle a record."""
        ...

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        """Set aside what no one can decode."""
        ...

    def set_aside_refused(self, record: Record) -> Handled:
        """Set aside a record whose outcome the log does not take."""
        ...


@runtime_checkable
class WakingSteps(StatefulSteps, Protocol):
    """Steps for which time alone is a cause as well."""

    def wake(self, state: State, moment: int) -> Iterator[Handled]:
        """What is due at `moment`, in milliseconds since 1970, one after the other.

        Each sees the changes of those before it. Only as many are asked for as fit in
        one turn: the state must say what is still due.
        """
        ...


@dataclass(frozen=True, slots=True)
class WakeBounds:
    """When steps are woken: when it is quiet, and at least every `every` seconds.

    `most` is how much may come of one time; the rest follows at once, after what came
    in meanwhile. `slice` is as in `Bounds`.
    """

    every: float = 1.0
    most: int = 500
    slice: float = 0.01


class StatefulLoop:
    """The work on the lanes of one process; its call is a `Work`.

    `steps` is made as for `Loop`; `keeper` keeps their state.
    """

    def __init__(
        self,
        steps: Callable[[], StatefulSteps],
        keeper: Keeper,
        bounds: Bounds = _BOUNDS,
        wake: WakeBounds = WakeBounds(),
    ) -> None:
        self._keeper = keeper
        self._bounds = wake
        self._overlays: dict[int, Overlay] = {}
        first = steps()
        self._waking = first if isinstance(first, WakingSteps) else None
        made = iter((first,))  # the loop may make more of them
        self._loop = Loop(
            lambda: _Steps(next(made, None) or steps(), self._overlays), bounds
        )

    async def __call__(self, lane: Lane) -> None:
        """Bring the state up to date, then work as long as the lane is ours."""
        partition = lane.partition
        async with self._keeper.open(partition, lane.is_ours) as kept:
            overlay = Overlay(kept.store)
            self._overlays[partition] = overlay
            try:
                await self._loop(
                    _StatefulLane(
                        lane,
                        _Ledger(self._keeper.topic, partition, overlay, kept),
                        self._waking,
                        self._bounds,
                    )
                )
            finally:
                del self._overlays[partition]


class _Steps:
    """Steps as the loop asks for them: each gets the state of its partition."""

    def __init__(self, steps: StatefulSteps, overlays: dict[int, Overlay]) -> None:
        self._steps = steps
        self._overlays = overlays

    def step(self, record: Record) -> Handled:
        overlay = self._overlays[record.partition]
        handled = self._steps.step(record, overlay)
        overlay.lay(handled.changes)
        return handled

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        handled = self._steps.set_aside_unreadable(lost)
        self._overlays[lost.partition].lay(handled.changes)
        return handled

    def set_aside_refused(self, record: Record) -> Handled:
        handled = self._steps.set_aside_refused(record)
        self._overlays[record.partition].lay(handled.changes)
        return handled


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The state of one lane: what is committed, and what was laid over it."""

    topic: str
    partition: int
    overlay: Overlay
    kept: Kept

    def records(self) -> list[Written]:
        return self.overlay.records(self.topic, self.partition)

    def keep(self, following: int) -> None:
        """What was laid is committed; the changelog goes on at `following`."""
        self.kept.write(self.overlay.changes, following)
        self.overlay.clear()


class _StatefulLane:
    """A lane whose transactions hold the changes of its state; it is a `Lane`."""

    def __init__(
        self,
        lane: Lane,
        ledger: _Ledger,
        waking: WakingSteps | None,
        bounds: WakeBounds,
    ) -> None:
        self._lane = lane
        self._ledger = ledger
        self._waking = waking
        self._bounds = bounds
        self._due = 0.0

    @property
    def partition(self) -> int:
        return self._lane.partition

    def is_ours(self) -> bool:
        return self._lane.is_ours()

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        """See `Lane.poll`. Between two batches is the time to wake the steps."""
        if self._waking is not None and time.monotonic() >= self._due:
            has_more = await self._wake(self._waking)
            seconds = 0.0 if has_more else min(seconds, self._bounds.every)
        batch = await self._lane.poll(max_records, seconds)
        if not batch:
            self._due = 0.0
        return batch

    @asynccontextmanager
    async def transaction(
        self, next_offset: int | None
    ) -> AsyncIterator["_StatefulTransaction"]:
        async with self._lane.transaction(next_offset) as transaction:
            yield _StatefulTransaction(transaction, self._ledger)

    async def _wake(self, steps: WakingSteps) -> bool:
        """Let the steps do what is due, and tell whether there may be more."""
        bounds, ledger = self._bounds, self._ledger
        self._due = time.monotonic() + bounds.every
        handled: list[Handled] = []
        began = time.perf_counter()
        due = steps.wake(ledger.overlay, ledger.kept.clock())
        for one in islice(due, bounds.most):
            ledger.overlay.lay(one.changes)
            handled.append(one)
            if time.perf_counter() - began > bounds.slice:
                await asyncio.sleep(0)
                began = time.perf_counter()
        if not handled or not self.is_ours():
            ledger.overlay.clear()
            return False
        try:
            async with self.transaction(None) as transaction:
                await write(transaction, handled)
                await transaction.commit()
        except RecordRefused as error:
            # No record is to blame, so there is none to set aside.
            raise LogError(
                f"partition {self.partition}: what became due is refused"
            ) from error
        has_more = len(handled) >= bounds.most
        if has_more:
            self._due = 0.0
        return has_more


class _StatefulTransaction:
    """A transaction that holds the changes too; it is a `Transaction`."""

    def __init__(self, transaction: Transaction, ledger: _Ledger) -> None:
        self._transaction = transaction
        self._ledger = ledger
        self._following: int | None = None

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        """See `Transaction.send`. With the first go the changes."""
        if self._following is not None:
            return await self._transaction.send(outgoing)
        records = self._ledger.records()
        if not records:
            return await self._transaction.send(outgoing)
        positions = await self._transaction.send([*outgoing, *records])
        self._following = positions[-1].offset + 1
        return positions[: len(outgoing)]

    async def commit(self) -> None:
        """See `Transaction.commit`. Only then is it written to the store."""
        await self._transaction.commit()
        if self._following is not None:
            self._ledger.keep(self._following)

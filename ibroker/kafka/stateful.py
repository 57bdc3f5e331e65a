"""The loop for steps that know what came before: state, kept with what they write.

The changes of a batch are laid over the store at once, so that the next record sees
them. They are written to the changelog in the transaction of the batch, and to the
store once that was committed. So what is on disk was committed, always.
Of steps that say of what kind things are, it also keeps how much there was of each.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol, runtime_checkable

from ibroker.core.record import (
    Handled,
    Outgoing,
    Record,
    Unreadable,
)
from ibroker.core.state import State
from ibroker.errors import LogError, RecordRefused
from ibroker.kafka.ledger import Ledger, StatefulTransaction
from ibroker.kafka.loop import Bounds, Loop, write
from ibroker.kafka.meter import (
    SILENT,
    Kind,
    Meter,
    Restoring,
    Stored,
    Woken,
    metered,
)
from ibroker.kafka.overlay import Overlay
from ibroker.kafka.port import Lane
from ibroker.kafka.restoring import Keeper
from ibroker.kafka.totals import Totals

__all__ = [
    "CountedSteps",
    "StatefulLoop",
    "StatefulSteps",
    "WakeBounds",
    "WakingSteps",
]

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


@runtime_checkable
class CountedSteps(StatefulSteps, Protocol):
    """Steps of which is kept how much they made of each kind; see `Totals`."""

    def kind_of(self, handled: Handled) -> Kind:
        """Of what kind is what was made of a record. There are few of them."""
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
        meter: Meter = SILENT,
    ) -> None:
        self._keeper = replace(keeper, tell=self._hear)
        self._hearing = keeper.tell
        self._bounds = wake
        self._meter = meter
        self._ledgers: dict[int, Ledger] = {}
        first = steps()
        self._waking = first if isinstance(first, WakingSteps) else None
        self._counted = first if isinstance(first, CountedSteps) else None
        made = iter((first,))  # the loop may make more of them
        self._loop = Loop(
            lambda: _Steps(next(made, None) or steps(), self._ledgers), bounds, meter
        )
        meter.tell(Stored(keeper.stores.size))

    async def __call__(self, lane: Lane) -> None:
        """Bring the state up to date, then work as long as the lane is ours."""
        partition = lane.partition
        async with self._keeper.open(partition, lane.is_ours) as kept:
            counted = self._counted
            totals = None if counted is None else Totals(kept.store, counted.kind_of)
            ledger = Ledger(
                self._keeper.topic,
                partition,
                Overlay(kept.store),
                kept,
                self._meter,
                totals,
            )
            self._ledgers[partition] = ledger
            ledger.show()
            try:
                await self._loop(
                    _StatefulLane(lane, ledger, self._waking, self._bounds)
                )
            finally:
                del self._ledgers[partition]

    def _hear(self, progress: Restoring) -> None:
        self._hearing(progress)
        self._meter.tell(progress)


class _Steps:
    """Steps as the loop asks for them: each gets the state of its partition."""

    def __init__(self, steps: StatefulSteps, ledgers: dict[int, Ledger]) -> None:
        self._steps = steps
        self._ledgers = ledgers

    def step(self, record: Record) -> Handled:
        ledger = self._ledgers[record.partition]
        handled = self._steps.step(record, ledger.overlay)
        ledger.take(handled)
        return handled

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        handled = self._steps.set_aside_unreadable(lost)
        self._ledgers[lost.partition].take(handled)
        return handled

    def set_aside_refused(self, record: Record) -> Handled:
        handled = self._steps.set_aside_refused(record)
        self._ledgers[record.partition].take(handled)
        return handled


class _StatefulLane:
    """A lane whose transactions hold the changes of its state; it is a `Lane`."""

    def __init__(
        self,
        lane: Lane,
        ledger: Ledger,
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
    ) -> AsyncIterator[StatefulTransaction]:
        async with self._lane.transaction(next_offset) as transaction:
            yield StatefulTransaction(transaction, self._ledger)

    async def _wake(self, steps: WakingSteps) -> bool:
        """Let the steps do what is due, and tell whether there may be more."""
        bounds, ledger = self._bounds, self._ledger
        self._due = time.monotonic() + bounds.every
        due: list[Handled] = []
        written: list[Outgoing] = []
        began = time.perf_counter()
        woken = steps.wake(ledger.overlay, ledger.kept.clock())
        for one in islice(woken, bounds.most):
            ledger.take(one, is_counted=bool(one.outgoing))
            due.append(one)
            if time.perf_counter() - began > bounds.slice:
                await asyncio.sleep(0)
                began = time.perf_counter()
        if not due or not self.is_ours():
            ledger.drop()
            return False

        def done(seconds: float) -> Woken:
            said = [one for one in due if one.outgoing]
            return Woken(self.partition, said, written, seconds)

        try:
            opened = self.transaction(None)
            async with metered(opened, ledger.meter, self.partition, done) as held:
                written += await write(held, due)
                await held.commit()
        except RecordRefused as error:
            # No record is to blame, so there is none to set aside.
            raise LogError(
                f"partition {self.partition}: what became due is refused"
            ) from error
        has_more = len(due) >= bounds.most
        if has_more:
            self._due = 0.0
        return has_more

"""Brings the store of a partition up to its changelog, before any work begins.

The former owner has been fenced by then, so what is in the changelog is all that was
ever committed there. Where the store goes on from cannot be trusted, it begins anew.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from ibroker.kafka.changelog import Changelogs, Extent, Portion
from ibroker.kafka.store import Changes, Mark, Store, Stores

__all__ = ["TRUSTED", "Keeper", "Kept", "Reason", "Restoring"]

# A compacted topic forgets that a key is gone after delete.retention.ms, seven days by
# topics.yaml. A store that is behind for longer would never hear of it.
TRUSTED = 3 * 24 * 60 * 60 * 1000  # ms
_AHEAD = 60 * 60 * 1000  # ms that a clock may have been ahead

_log = structlog.get_logger()


class Reason(StrEnum):
    """From where a store is brought up to date, and why from there."""

    BEHIND = "behind"
    """From where it was."""
    EMPTY = "empty"
    """From the begin: it is new, or could not be read."""
    OTHER_LOG = "other log"
    """From the begin: the changelog is not the one that it was made of."""
    PAST_END = "past the end"
    """From the begin: it holds what the changelog does not have."""
    CUT_OFF = "cut off"
    """From the begin: what comes next is not in the changelog any more."""
    TOO_OLD = "too old"
    """From the begin: the changelog may have forgotten what went away meanwhile."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """How far a restore is: so many records, up to `offset` of `end`, in seconds.

    At its begin it has none yet.
    """

    partition: int
    reason: Reason
    records: int
    offset: int
    end: int
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether the store is up to date."""
        return self.offset >= self.end


class Kept:
    """An open store that is up to date, and stays so by what is written to it."""

    def __init__(self, store: Store, log: str, clock: Callable[[], int]) -> None:
        self.store = store
        self.log = log
        self.clock = clock

    def write(self, changes: Changes, following: int) -> None:
        """Write what was just committed; the changelog goes on at `following`."""
        self.store.write(changes, Mark(self.log, following, self.clock()))


def _tell(progress: Restoring) -> None:
    if progress.is_done and progress.records:
        _log.info(
            "state restored",
            partition=progress.partition,
            reason=progress.reason.value,
            records=progress.records,
            seconds=round(progress.seconds, 3),
        )


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the state of partitions: `stores` here, `changelogs` of `topic`.

    `clock` gives milliseconds since 1970. `tell` hears of a restore when it begins,
    after each portion and at its end; of one that is cut off it hears no more.
    """

    topic: str
    stores: Stores
    changelogs: Changelogs
    clock: Callable[[], int] = _now
    tell: Callable[[Restoring], None] = _tell

    @asynccontextmanager
    async def open(
        self, partition: int, is_ours: Callable[[], bool]
    ) -> AsyncIterator[Kept]:
        """The state of a partition, up to date; stops halfway once it is not ours."""
        async with AsyncExitStack() as opened:
            store = await opened.enter_async_context(self.stores.open(partition))
            async with self.changelogs(partition) as changelog:
                began = self.clock()
                extent = await changelog.extent()
                mark = store.mark()
                reason = _reason(mark, extent, began)
                if mark is None or reason is not Reason.BEHIND:
                    mark = Mark(extent.log, extent.begin, began)
                    await opened.aclose()
                    store = await opened.enter_async_context(
                        self.stores.open(partition, fresh=True)
                    )
                whole = Mark(extent.log, extent.end, began)
                course = _Course(partition, reason, mark, whole)
                self.tell(course.progress(mark.offset))
                async with aclosing(changelog.read(mark.offset, extent.end)) as read:
                    async for portion in read:
                        progress = course.apply(portion, store)
                        if not is_ours():
                            break
                        self.tell(progress)
            yield Kept(store, extent.log, self.clock)


class _Course:
    """One restore, from a mark to that of the whole changelog."""

    def __init__(
        self, partition: int, reason: Reason, start: Mark, whole: Mark
    ) -> None:
        self._partition = partition
        self._reason = reason
        self._start = start
        self._whole = whole
        self._records = 0
        self._began = time.monotonic()

    def apply(self, portion: Portion, store: Store) -> Restoring:
        """Write a portion. Until all is read, the store is as old as it was."""
        offset, end = portion.following, self._whole.offset
        mark = self._whole if offset >= end else replace(self._start, offset=offset)
        store.write(portion.changes, mark)
        self._records += portion.records
        return self.progress(offset)

    def progress(self, offset: int) -> Restoring:
        """How far it is, up to `offset`."""
        return Restoring(
            self._partition,
            self._reason,
            self._records,
            offset,
            self._whole.offset,
            time.monotonic() - self._began,
        )


def _reason(mark: Mark | None, extent: Extent, now: int) -> Reason:
    if mark is None:
        return Reason.EMPTY
    if mark.log != extent.log:
        return Reason.OTHER_LOG
    if mark.offset > extent.end:
        return Reason.PAST_END
    if mark.offset < extent.begin:
        return Reason.CUT_OFF
    if not -_AHEAD <= now - mark.moment <= TRUSTED:
        return Reason.TOO_OLD
    return Reason.BEHIND

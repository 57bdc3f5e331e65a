"""Faust with what it gets wrong mended: all of that is in this module.

Each class names the defect of faust-streaming 0.15.3 that it is for.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

import faust
from faust.tables.base import Collection as FaustTable
from faust.transport.drivers.aiokafka import (
    AIOKafkaConsumerThread,
    Consumer,
    Producer,
    Transport,
)
from faust.types import TP, FutureMessage
from faust.types.transports import ProducerT
from mode.utils.queues import FlowControlEvent

from ibroker.kafka.connection import hear_group_errors, name_no_topic

__all__ = ["MendedApp", "PartitionTable", "quiet_faust"]

_LIBRARIES = ("faust", "mode")


class _ConsumerThread(AIOKafkaConsumerThread):
    """Reads what is committed only, and names no topic that might be made by it.

    Faust does the former under its `exactly_once` alone, which is not to be used: it
    would take events of transactions that were undone.
    """

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - of aiokafka
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        name_no_topic(consumer._client)
        hear_group_errors(consumer._client)
        return consumer


class _Consumer(Consumer):
    """Commits all that was taken in, also past the marks of transactions.

    Faust counts what comes after a mark twice, once as a place where no record is, and
    takes the second for the end of what may be committed: it got on by one transaction
    at each commit, and fell behind by all others.
    """

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note that no record is from there up to `offset_to`, where one is."""
        await super()._add_gap(tp, offset_from, offset_to - 1)

    def _new_offset(self, tp: TP) -> int | None:
        """Give where to go on: after what was taken in, from where that is now.

        None where that is where it is. The place itself may be that of a mark. What was
        taken in is kept until it is committed, so that what fails is tried again.
        """
        acked, gaps = self._acked[tp], self._gap[tp]
        start = self._committed_offset[tp]
        if start is not None:
            acked[:] = [one for one in acked if one >= start]
            self._acked_index[tp].intersection_update(acked)
            gaps.chop(0, start)
        if not acked:
            return None
        taken, last = {*acked}, max(acked)
        for gap in gaps.overlap(0, last + 1):
            taken.update(range(gap.begin, min(gap.end, last + 1)))
        end = min(taken) if start is None else start
        if end not in taken:
            end += 1
        if end not in taken:
            return None
        while end in taken:
            end += 1
        return end

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 - as Faust has it
    ) -> bool:
        """Commit; where that fails, as while the group is divided, nothing changes.

        Faust takes them for committed all the same: what is then read again it does not
        count, and what came last is never committed.
        """
        del start_new_transaction
        ours = self.assignment()
        committable = {tp: offset for tp, offset in offsets.items() if tp in ours}
        if not committable:
            return False
        await self.app.producer.flush()
        if not await self._commit(committable):
            return False
        self.app.tables.on_commit(committable)
        self._committed_offset.update(committable)
        return True


class _Producer(Producer):
    """Flushes for real.

    Faust flushes before it commits offsets, but waits no longer than 0.1 s, and only
    logs a record that was refused: an offset is committed whose outcome is lost.
    """

    app: "MendedApp"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._under_way: set[FutureMessage] = set()
        self._lost: BaseException | None = None

    def send_soon(self, fut: FutureMessage) -> None:
        """Note what must be written before anything is committed."""
        self._under_way.add(fut)
        fut.add_done_callback(self._note_written)
        super().send_soon(fut)

    def _note_written(self, fut: "asyncio.Future[Any]") -> None:
        self._under_way.discard(fut)
        if fut.cancelled():
            self._lost = self._lost or asyncio.CancelledError()
        elif (error := fut.exception()) is not None:
            self._lost = self._lost or error

    async def flush(self) -> None:
        """Wait until what was sent so far is written, or crash and never commit.

        Not until all is written that is sent meanwhile: while events come in that has
        no end, and Faust waits for it too.
        """
        self.app.before_commit()
        waiting = set[FutureMessage](self._under_way)
        while waiting and self._lost is None and not self.should_stop:
            _, waiting = await asyncio.wait(waiting, timeout=1.0)
        if self._lost is not None or waiting:
            lost = self._lost or RuntimeError("stopped with records under way")
            await self.crash(lost)
            raise lost

    async def on_start(self) -> None:
        """Start, and name no topic that might be made by it."""
        await super().on_start()
        name_no_topic(self._ensure_producer().client)


class _Transport(Transport):
    Consumer = _Consumer
    Producer = _Producer


class _FlowControl(FlowControlEvent):
    """Clears the queues where it lets flow what stood still, and there alone.

    Faust resumes once more when its tables are restored, after it looked up where to
    read on: what had come in meanwhile was thrown away, and its offset committed.
    """

    def resume(self) -> None:
        """Let it flow; what came in while it already did stays."""
        if not self.is_active():
            super().resume()


class MendedApp(faust.App):
    """A Faust app on the parts above; `before_commit` writes what must come first."""

    before_commit: Callable[[], None] = staticmethod(lambda: None)

    @cached_property
    def flow_control(self) -> FlowControlEvent:
        """What holds back and lets flow all that the streams get."""
        return _FlowControl(loop=self.loop)

    def _new_transport(self) -> Transport:
        return _Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return _Transport(self.conf.broker_producer, self)

    async def maybe_start_producer(self) -> ProducerT:
        """Give the producer, started.

        Faust lets the event loop turn three times in this, and asks for each record.
        """
        await self.producer.maybe_start()
        return self.producer

    async def fail(self, error: BaseException) -> None:
        """Stop the app for an error of an agent, whose event is then never committed.

        Faust starts an agent anew that raises, and commits the event past which it
        raised. So it must not end: it waits here until the app has stopped.
        """
        await self.crash(error)
        await asyncio.Event().wait()


class PartitionTable:
    """A Faust table of bytes by partition, whatever event is being handled.

    Faust takes the partition of that event, so that nothing can be kept without one. It
    looks for each key before it writes it. Asked for all, it gives all partitions, and
    counts as ours what its assignor says, which is those of the next generation while
    the group is being divided.
    """

    def __init__(self, table: FaustTable) -> None:
        self._table = table
        self._store: Any = table.data

    def get(self, partition: int, key: bytes) -> bytes | None:
        """See `Tabel.get`."""
        found: bytes | None = self._store._db_for_partition(partition).get(key)
        return found

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """See `Tabel.put`."""
        database = self._store._db_for_partition(partition)
        if value is None:
            database.delete(key)
        else:
            database.put(key, value)
        self._table.send_changelog(partition, key, value, "raw", "raw")

    def scan(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """See `Tabel.scan`."""
        found = self._store._dbs.get(partition)
        if found is None:
            return
        for key, value in found.items():
            if key != self._store.offset_key:
                yield key, value


def quiet_faust(names: Collection[str] = _LIBRARIES) -> None:
    """Keep values out of what Faust logs: it writes records into its texts itself.

    What is left is where it says so, which tells in its source what it says.
    """
    for name in names:
        for logger in (logging.getLogger(name), *_below(name)):
            with suppress(ValueError):
                logger.removeFilter(_say_where)
            logger.addFilter(_say_where)


def _below(name: str) -> Iterator[logging.Logger]:
    """The loggers that a library has made: a filter of one is not for those below."""
    for other, logger in tuple(logging.root.manager.loggerDict.items()):
        if other.startswith(f"{name}.") and isinstance(logger, logging.Logger):
            yield logger


def _say_where(record: logging.LogRecord) -> bool:
    record.msg, record.args = f"{record.module}:{record.lineno}", None
    return True

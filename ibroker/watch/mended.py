"""Faust with what it gets wrong mended: here, and in `lezer` what reads.

Each class names the defect of faust-streaming 0.15.3 that it is for.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import faust
from faust.tables.base import Collection as FaustTable
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery, ServiceStopped
from faust.transport.drivers.aiokafka import Producer, Transport
from faust.types import FutureMessage
from faust.types.transports import ProducerT
from mode import Seconds
from mode.services import WaitArgT
from mode.utils.queues import FlowControlEvent

from ibroker.kafka.connection import name_no_topic
from ibroker.watch.lease import Lease
from ibroker.watch.lezer import MendedConsumer

__all__ = ["MendedApp", "PartitionTable", "quiet_faust"]

# Of our own parts of Faust the services log too, each by the name of its module.
_LIBRARIES = ("faust", "mode", "ibroker.watch.lezer", "ibroker.watch.mended")


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
        """Start; name no topic that it might make, and write only what is ours."""
        await super().on_start()
        client = self._ensure_producer().client
        name_no_topic(client)
        self.app.lease.guard(client)


class _Transport(Transport):
    Consumer = MendedConsumer
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


class _Recovery(Recovery):
    """Fails where what it waits for takes too long.

    Faust takes that for a stop: its tables are never restored, and nothing is read
    again, by a process that lives on.
    """

    async def _wait(
        self,
        coro: WaitArgT,
        timeout: Seconds | None = None,  # noqa: ASYNC109 - as Faust has it
    ) -> None:
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if self.should_stop:
                raise
            raise TimeoutError from None


class _TableManager(TableManager):
    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = _Recovery(
                self.app, self, beacon=self.beacon, loop=self.loop
            )
        return self._recovery


class MendedApp(faust.App):
    """A Faust app on the parts above; `before_commit` writes what must come first."""

    before_commit: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, name: str, **options: Any) -> None:  # noqa: ANN401 - of Faust
        super().__init__(name, TableManager=_TableManager, **options)
        self.lease = Lease(
            self.conf.broker_session_timeout, self.conf.broker_rebalance_timeout
        )

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

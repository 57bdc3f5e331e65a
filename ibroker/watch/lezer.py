"""Faust's consumer with what it gets wrong mended.

Each class names the defect of faust-streaming 0.15.3 that it is for.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka.errors import IllegalStateError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.types import TP, AppT, Message

from ibroker.kafka.connection import hear_group_errors, name_no_topic
from ibroker.watch.lease import Lease

__all__ = ["ConsumerThread", "MendedConsumer"]


class _LeasedApp(AppT):
    lease: Lease


class ConsumerThread(AIOKafkaConsumerThread):
    """Reads what is committed only, and names no topic that might be made by it.

    Faust does the former under its `exactly_once` alone, which is not to be used: it
    would take events of transactions that were undone.
    """

    consumer: "MendedConsumer"

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - of aiokafka
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        name_no_topic(consumer._client)
        hear_group_errors(consumer._client)
        self.consumer.app.lease.hear(consumer._client)
        return consumer

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go to where the group goes on: to the start where it committed nothing yet.

        Faust throws away what comes in while its tables are being restored, and reads
        it again from there. Where nothing was committed it did not: that was lost.
        """
        committed: Mapping[TP, int] = await self.call_thread(self._seek_to_committed)
        return committed

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        assignment = consumer._subscription.subscription.assignment
        committed: Mapping[TP, int] = await consumer.seek_to_committed()
        unknown = [place for place, offset in committed.items() if not offset]
        if unknown and not await consumer.seek_to_beginning(*unknown):
            if assignment.active:
                raise TimeoutError
            raise IllegalStateError("the group is being divided")
        return committed


class MendedConsumer(Consumer):
    """Reads all again from where it is told to, and commits all that was taken in.

    Faust tells its reader to go back to what was committed while that is at work on
    what it had read before. The reader then took what it read again for what it had
    passed on already, though the first of it was thrown away: that was lost.

    And Faust counts what comes after the mark of a transaction twice, once as a place
    where no record is, and takes the second for the end of what may be committed: it
    got on by one transaction at each commit, and fell behind by all others.
    """

    app: _LeasedApp

    def __init__(self, *places: Any, **options: Any) -> None:  # noqa: ANN401 - of Faust
        super().__init__(*places, **options)
        self._reading = asyncio.Lock()

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - as Faust has it
        """Read a batch, and give it as long as nobody wants to read from elsewhere.

        What is not given is read again: the flow goes on after a seek alone.
        """
        if not self.flow_active:
            await self.wait(self.can_resume_flow.wait())
        async with self._reading:
            if not self.flow_active:
                return
            generation = self.app.consumer_generation_id
            records, active = await self._wait_next_records(timeout)
            for place, record in self.scheduler.iterate(records or {}):
                is_ours = generation == self.app.consumer_generation_id
                if not (is_ours and self.flow_active) or self.should_stop:
                    return
                if active is None or place in active:
                    self.app.monitor.track_tp_end_offset(place, self.highwater(place))
                    yield place, self._to_message(place, record)

    async def perform_seek(self) -> None:
        """Go back to what was committed, with nothing being read."""
        self.stop_flow()
        async with self._reading:
            await super().perform_seek()

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go to these offsets, with nothing being read."""
        self.stop_flow()
        async with self._reading:
            await super().seek_wait(partitions)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

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

"""A member of a consumer group on Kafka; it is a `Member`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.errors import (
    ClusterUnreachable,
    DeliveryFailed,
    Fenced,
    LogError,
    RecordRefused,
    TopicMissing,
)
from ibroker.kafka.connection import hear_group_errors, name_no_topic
from ibroker.kafka.lane import KafkaLane
from ibroker.kafka.meter import SILENT, Assigned, Meter, Restarted, Revoked
from ibroker.kafka.port import Work

__all__ = ["KafkaMember", "Patience"]

_FETCH = 4 * 1024 * 1024  # bytes of a partition at a time; a larger record comes alone
_LEAVING = 10.0  # s

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds.

    `drain` is what a lane gets to finish what it has begun, when its partition is
    taken away or the process must stop; then it is cut off, and whoever is next does
    it again. A member that the broker does not hear for `session` loses its
    partitions. `again` passes before something that failed is begun anew.
    """

    drain: float = 10.0
    session: float = 10.0
    again: float = 0.5


class KafkaMember:
    """A member of the group `app` on one topic.

    `recipients` are the topics that must be there before anything is read.
    """

    def __init__(  # noqa: PLR0913 - what it is, and two with a default
        self,
        app: str,
        topic: str,
        recipients: Sequence[str],
        connection: Mapping[str, Any],
        patience: Patience = Patience(),
        *,
        meter: Meter = SILENT,
    ) -> None:
        self._app = app
        self._topic = topic
        self._recipients = recipients
        self._connection = connection
        self.patience = patience
        self.meter = meter
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """See `Member.stop`."""
        self._stopping.set()

    async def run(self, work: Work) -> None:
        """See `Member.run`."""
        while not self._stopping.is_set():
            try:
                await self._be_member(work)
            except Fenced:
                # Whoever fenced us may be right: only a new assignment tells.
                _log.warning("fenced", group=self._app)
                await self._pause()

    async def _be_member(self, work: Work) -> None:
        patience = self.patience
        consumer = AIOKafkaConsumer(
            **self._connection,
            client_id=self._app,
            group_id=self._app,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",  # where to begin is for the lane to say
            max_partition_fetch_bytes=_FETCH,
            session_timeout_ms=int(patience.session * 1000),
            heartbeat_interval_ms=int(patience.session * 300),
            rebalance_timeout_ms=int((patience.drain + patience.session) * 1000),
            fetch_max_wait_ms=250,
        )
        name_no_topic(consumer._client)
        hear_group_errors(consumer._client)
        lanes = _Lanes(self, consumer, self._topic, work)
        try:
            await consumer.start()
            if self._topic not in await consumer.topics():
                raise TopicMissing(self._topic)
            consumer.subscribe([self._topic], listener=lanes)
            await lanes.watch(self._stopping)
        except KafkaError as error:
            raise ClusterUnreachable(type(error).__name__) from error
        finally:
            await lanes.close()
            await _leave(consumer)

    async def own(
        self, place: TopicPartition, consumer: AIOKafkaConsumer, lanes: "_Lanes"
    ) -> None:
        """Run the work on a partition until it is no longer ours."""
        while lanes.has(place):
            lane = KafkaLane(
                self._app,
                place,
                consumer,
                self._connection,
                lambda: lanes.has(place),
            )
            restarted = Restarted(place.partition)
            try:
                await lane.open(self._recipients)
                await lanes.work(lane)
            except RecordRefused:
                # The work knows what to do next, and may do so at once.
                self.meter.tell(restarted)
            except DeliveryFailed as error:
                _log.warning("lane anew", partition=place.partition, reason=str(error))
                self.meter.tell(restarted)
                await self._pause()
            finally:
                await lane.close()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self.patience.again)


class _Lanes(ConsumerRebalanceListener):  # type: ignore[misc] # it bears no types
    """The partitions that the group gave us, each with its task."""

    def __init__(
        self, member: KafkaMember, consumer: AIOKafkaConsumer, topic: str, work: Work
    ) -> None:
        self._member = member
        self._consumer = consumer
        self._topic = topic
        self.work = work
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self._ours: frozenset[TopicPartition] = frozenset()
        self._changed = asyncio.Event()
        self._closed = False

    def has(self, place: TopicPartition) -> bool:
        """Whether the partition is ours to go on with."""
        return place in self._ours

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """The group is being divided anew: finish, before others begin."""
        del revoked  # it is always all of them: the client knows eager rebalances only
        await self.give_up()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """These are ours now."""
        if self._closed:
            return  # the group was quicker than our leaving it
        self._ours = frozenset(assigned)
        _log.info("assigned", partitions=sorted(place.partition for place in assigned))
        numbers = frozenset(int(place.partition) for place in assigned)
        self._member.meter.tell(Assigned(numbers))
        for place in self._ours:
            self._tasks[place] = asyncio.create_task(
                self._member.own(place, self._consumer, self),
                name=f"lane {place.partition}",
            )
        self._changed.set()

    async def watch(self, stopping: asyncio.Event) -> None:
        """Return once `stopping` is set; raise what a lane raised.

        The client's own tasks are watched as well: they may end without anyone being
        told, and then this member gets nothing any more, or no longer is one.
        """
        consumer = self._consumer
        client = (
            consumer._coordinator._coordination_task,
            consumer._fetcher._fetch_task,
        )
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                self._changed.clear()
                change = asyncio.create_task(self._changed.wait())
                await asyncio.wait(
                    {stop, change, *client, *self._tasks.values()},
                    return_when=asyncio.FIRST_COMPLETED,
                )
                change.cancel()
                for task in self._tasks.values():
                    if task.done() and not task.cancelled():
                        task.result()
                await self._check_topic()
                if any(task.done() for task in client):
                    raise LogError("the Kafka client stopped by itself")
        finally:
            stop.cancel()

    async def _check_topic(self) -> None:
        """Raise TopicMissing where the topic was deleted: the group then idles."""
        known = self._consumer.partitions_for_topic(self._topic)
        if not known and self._topic not in await self._consumer.topics():
            raise TopicMissing(self._topic)

    async def close(self) -> None:
        """Give up, and take nothing on any more."""
        self._closed = True
        await self.give_up()

    async def give_up(self) -> None:
        """Let every lane finish what it has begun, and cut off what does not."""
        self._ours = frozenset()
        self._member.meter.tell(Revoked())
        lanes, self._tasks = self._tasks, {}
        tasks = tuple(lanes.values())
        self._changed.set()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._member.patience.drain)
        for task in late:
            task.cancel()
        if late:
            cut = sorted(place.partition for place in lanes if lanes[place] in late)
            _log.warning("lanes cut off", partitions=cut)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                _log.warning("lane ended", reason=type(result).__name__)


async def _leave(consumer: AIOKafkaConsumer) -> None:
    """Leave the group; at any rate be no member any more that holds partitions."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_LEAVING):
            await consumer.stop()
        return
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    for task in (
        coordinator._coordination_task,
        coordinator._heartbeat_task,
        coordinator._commit_refresh_task,
        fetcher._fetch_task,
        *fetcher._pending_tasks,
    ):
        if task is not None:
            task.cancel()
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_LEAVING):
            await consumer._client.close()

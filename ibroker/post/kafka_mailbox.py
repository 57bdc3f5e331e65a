"""A mailbox on Kafka: a member of the consumer group of a party."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.partitioner import DefaultPartitioner

from ibroker.core.record import Record
from ibroker.errors import Fenced, LogError
from ibroker.kafka.connection import hear_group_errors, name_no_topic
from ibroker.kafka.lane import record_of
from ibroker.post.cluster import count_partitions, unreachable

__all__ = ["KafkaMailbox"]

_JOINING = 90.0  # s; a member that was killed is waited for until its session ends
_SAVING = 60.0  # s; what others wait for us to finish when all is divided anew
_ANSWERING = 30.0  # s
_CLOSING = 5.0  # s


@dataclass(frozen=True, slots=True)
class _Poll:
    """What the last poll gave, in which generation of the group, and what is next."""

    generation: int
    records: Sequence[Record]
    positions: Mapping[TopicPartition, int]


class KafkaMailbox:
    """A `Mailbox` on one topic; use it as an async context.

    With `key` it only has the partition in which records of that key are. `session` is
    after how many seconds without a sign of life others take over.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        topic: str,
        group: str,
        *,
        key: bytes | None = None,
        session: float = 10.0,
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._key = key
        self._group = group
        self._session = session
        self._consumer: AIOKafkaConsumer
        self._members = _Membership()
        self._ends: Mapping[TopicPartition, int] = {}
        self._poll: _Poll | None = None

    async def __aenter__(self) -> Self:
        count = (await count_partitions(self._connection, [self._topic]))[self._topic]
        assignor: object = RoundRobinPartitionAssignor
        if self._key is not None:
            everyone = list(range(count))
            mine = DefaultPartitioner()(self._key, everyone, everyone)
            assignor = _OnePartition(mine)
        self._consumer = AIOKafkaConsumer(
            **self._connection,
            client_id="ibroker-consume",
            group_id=self._group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(assignor,),
            session_timeout_ms=int(self._session * 1000),
            heartbeat_interval_ms=int(self._session * 300),
            rebalance_timeout_ms=int(_SAVING * 1000),
        )
        name_no_topic(self._consumer._client)  # noqa: SLF001 - see there
        hear_group_errors(self._consumer._client)  # noqa: SLF001 - see there
        try:
            async with asyncio.timeout(_JOINING):
                await self._consumer.start()
                self._consumer.subscribe([self._topic], listener=self._members)
                await self._members.joined.wait()
                places = [
                    TopicPartition(self._topic, number) for number in range(count)
                ]
                self._ends = await self._consumer.end_offsets(places)
        except (KafkaError, TimeoutError) as error:
            await self._close()
            raise unreachable(self._connection, type(error).__name__) from error
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def poll(self, max_records: int, seconds: float) -> Sequence[Record]:
        """See `Mailbox.poll`."""
        self._members.idle.set()
        self._poll = None
        try:
            fetched = await self._consumer.getmany(
                timeout_ms=int(seconds * 1000), max_records=max_records
            )
            positions = {
                place: await self._consumer.position(place) for place in fetched
            }
        except IllegalStateError:
            return ()  # divided anew meanwhile: it comes again, from the last commit
        except KafkaError as error:
            raise LogError(f"{self._topic}: {type(error).__name__}") from error
        generation = self._generation()
        records = [record_of(one) for batch in fetched.values() for one in batch]
        if not records or generation < 0:
            return ()  # the group has put us out: idem
        self._members.idle.clear()
        self._poll = _Poll(generation, records, positions)
        return records

    async def commit(self, records: Sequence[Record]) -> None:
        """See `Mailbox.commit`.

        The client commits as the member that it is by then. If it was put out of the
        group and let in again meanwhile, others may have gone on from there.
        """
        poll, self._poll = self._poll, None
        if poll is None or poll.generation != self._generation():
            self._members.idle.set()
            raise Fenced(self._group)
        offsets = {_place(one): one.offset + 1 for one in records}
        for last in {_place(one): one for one in poll.records}.values():
            if last in records:  # all of this partition: also past the markers
                offsets[_place(last)] = poll.positions[_place(last)]
        try:
            async with asyncio.timeout(_ANSWERING):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            raise Fenced(self._group) from error
        except (KafkaError, TimeoutError) as error:
            raise unreachable(self._connection, type(error).__name__) from error
        finally:
            self._members.idle.set()

    async def is_drained(self) -> bool:
        """See `Mailbox.is_drained`."""
        try:
            async with asyncio.timeout(_ANSWERING):
                for place in self._consumer.assignment():
                    position = await self._consumer.position(place)
                    if position < self._ends.get(place, 0):
                        return False
        except (IllegalStateError, TimeoutError):
            return False
        except KafkaError as error:
            raise LogError(f"{self._topic}: {type(error).__name__}") from error
        return True

    def is_shared_out(self) -> bool:
        """See `Mailbox.is_shared_out`."""
        return not self._consumer.assignment()

    def _generation(self) -> int:
        """In which generation of the group we are; negative when put out of it."""
        # The client has no public name for it.
        coordinator = self._consumer._coordinator  # noqa: SLF001
        return int(coordinator.generation)

    async def _close(self) -> None:
        self._members.idle.set()
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._consumer.stop()


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc] # it bears no types
    """Lets the group divide its partitions anew, but not in the middle of a batch."""

    def __init__(self) -> None:
        self.joined = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait until what was polled is on disk and committed."""
        del revoked  # it is always all of them: the client knows eager rebalances only
        with suppress(TimeoutError):
            async with asyncio.timeout(_SAVING):
                await self.idle.wait()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Tell that we are in."""
        del assigned
        self.joined.set()


class _OnePartition(RoundRobinPartitionAssignor):  # type: ignore[misc] # idem
    """Gives one partition of a topic to one member, and the others to nobody."""

    name = "ibroker-one-partition"

    def __init__(self, partition: int) -> None:
        self._partition = partition

    def assign(
        self, cluster: object, members: Mapping[str, Any]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Divide; every member of the group wants the same partition."""
        del cluster
        first = min(members)
        return {
            member: ConsumerProtocolMemberAssignment(
                self.version,
                [(topic, [self._partition]) for topic in metadata.subscription]
                if member == first
                else [],
                b"",
            )
            for member, metadata in members.items()
        }


def _place(record: Record) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)

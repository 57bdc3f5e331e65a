"""One transactional producer on aiokafka, made to stop where the client would go on.

aiokafka 0.14 leaves four things to its user, and they are done here and nowhere else:

- It commits after a batch was refused. Every delivery is awaited before the commit.
- It cannot be used after an error. One error, and this producer is done for.
- It repeats a transactional request whose answer did not come, on a new connection. The
  first may arrive later still, inside the next transaction (KIP-890 mends that for
  newer clients only). So without an answer this producer is done for as well: its
  successor has a newer epoch, which fences whatever is still under way.
- It lets the broker create a topic by asking for it by name. It never does here.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerClosed,
    ProducerFenced,
    RecordListTooLargeError,
)
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from ibroker.core.record import Position, Written
from ibroker.errors import DeliveryFailed, Fenced, RecordRefused, TopicMissing
from ibroker.kafka.connection import name_no_topic
from ibroker.kafka.unsure import Unsure, unsure_without_answer

__all__ = ["MAX_BATCH", "TOO_LARGE", "ProducerTransaction", "TransactionalProducer"]

# A batch of several records is never larger, so max.message.bytes of a topic only
# ever refuses a record that is itself too large.
MAX_BATCH = 512 * 1024  # bytes
_CLOSING = 5.0  # s; a producer that is done for gets no longer to close
_TRIES = 20
_LOOKS, _BETWEEN = 3, 0.5  # how often for topics, and s more each time

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class TransactionalProducer:
    """The producer of one `transactional.id`; made anew after any error.

    `answer_within` is the time in seconds in which the brokers must take a send or a
    commit. `connection` holds what `ibroker.kafka.connection` gives.
    """

    def __init__(
        self,
        transactional_id: str,
        connection: Mapping[str, Any],
        *,
        answer_within: float = 15.0,
    ) -> None:
        self._answer_within = answer_within
        self._is_first = True
        self._later: Sequence[TopicPartition] = ()
        self._offsets: Mapping[TopicPartition, int] | None = None
        self._group = ""
        self._id = transactional_id
        self._producer = AIOKafkaProducer(
            **connection,
            client_id=transactional_id,
            transactional_id=transactional_id,
            transaction_timeout_ms=30_000,
            max_batch_size=MAX_BATCH,
            linger_ms=0,
            retry_backoff_ms=20,
        )
        name_no_topic(self._producer.client)
        self._producer.client.send = unsure_without_answer(self._producer.client.send)

    async def start(self, topics: Sequence[str]) -> None:
        """Fence every former owner of the id, and know where `topics` are.

        Raises TopicMissing, or DeliveryFailed where the brokers do not let us begin.
        """
        try:
            async with asyncio.timeout(4 * self._answer_within):
                await self._producer.start()
                missing = await self._missing(topics)
        except (KafkaError, TimeoutError) as error:
            await self.close()
            raise DeliveryFailed(f"{self._id}: no start ({_name(error)})") from error
        if missing:
            await self.close()
            raise TopicMissing(", ".join(missing[:10]))

    async def _missing(self, topics: Sequence[str]) -> Sequence[str]:
        """Those that are not there, also when looked for again.

        A broker learns a little later than the controller that there is a new topic.
        """
        missing = topics
        for look in range(_LOOKS):
            await asyncio.sleep(look * _BETWEEN)
            await self._producer.client.force_metadata_update()
            missing = [topic for topic in topics if not self._count(topic)]
            if not missing:
                break
        return missing

    async def close(self) -> None:
        """Give up; an open transaction is aborted by whoever owns the id next."""
        self._hush_ends()
        try:
            async with asyncio.timeout(_CLOSING):
                await self._producer.stop()
        except (KafkaError, TimeoutError, Unsure):
            await self._abandon()

    async def _abandon(self) -> None:
        """End what waits for an answer or asks again; it would do so for ever."""
        producer, sending = self._producer, self._producer._sender.sender_task
        producer._message_accumulator.fail_all(ProducerClosed())
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await producer.client.close()
        # Cancelled once it still waits for its tasks, cancelled again it ends them.
        for _ in range(_TRIES):
            if sending is None or sending.done():
                return
            sending.cancel()
            await asyncio.wait({sending}, timeout=0.1)

    def _hush_ends(self) -> None:
        """Take notice of how all ends; asyncio tells at length of what no one does."""
        accumulator = self._producer._message_accumulator
        ends = [self._producer._txn_manager._transaction_waiter]
        for batches in (*accumulator._batches.values(), accumulator._pending_batches):
            for batch in batches:
                ends += [batch.future, batch._drain_waiter]
        for end in ends:
            if end is not None:
                end.add_done_callback(_hush)

    @asynccontextmanager
    async def transaction(
        self, offsets: Mapping[TopicPartition, int] | None = None, group: str = ""
    ) -> AsyncIterator["ProducerTransaction"]:
        """Begin a transaction, which holds these offsets of the group as well.

        Without a commit this producer is done for.
        """
        async with self._answering("begin"):
            await self._producer.begin_transaction()
        self._is_first = True
        self._offsets, self._group = offsets, group
        yield ProducerTransaction(self)

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        """See `Transaction.send`."""
        places, batches = self._fill(outgoing)
        async with self._answering("send"):
            futures: list[asyncio.Future[Any]] = []
            for (topic, partition), batch in batches:
                future = await self._producer.send_batch(
                    batch, topic, partition=partition
                )
                # Where a later one cannot even be sent, no one waits for this one.
                future.add_done_callback(_hush)
                futures.append(future)
            self._announce([TopicPartition(*place) for place, _ in batches])
            results = await asyncio.gather(*futures, return_exceptions=True)
            for result in results:
                if isinstance(result, TOO_LARGE):
                    raise result
            starts: list[int] = []
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                if result.offset < 0:
                    # Taken when it was sent before; where it stands is not said.
                    raise DeliveryFailed(f"{self._id}: send: no offset")
                starts.append(result.offset)
        return [
            Position(*batches[index][0], starts[index] + relative)
            for index, relative in places
        ]

    async def commit(self) -> None:
        """Commit the transaction with its offsets, in one."""
        offsets, group = self._offsets, self._group
        async with self._answering("commit"):
            # Not before all records are taken. A broker asks the coordinator whether a
            # partition is in the transaction (KIP-890), for one request of a producer
            # at a time, and of two it refuses one: measured, no gain and many retries.
            if offsets:
                await self._producer.send_offsets_to_transaction(dict(offsets), group)
            await self._producer.commit_transaction()

    def _announce(self, places: Sequence[TopicPartition]) -> None:
        """Tell the coordinator of partitions before they are written to.

        Each request to it takes a round trip. What a transaction writes after its first
        send mostly goes where the one before wrote it, so that is announced with the
        first; where nothing follows there, a marker is all that is written.
        """
        if self._is_first:
            self._is_first = False
            for place in self._later:
                self._producer._txn_manager.maybe_add_partition_to_txn(place)
        else:
            self._later = places

    async def abort(self) -> None:
        """Undo the transaction that is open."""
        async with self._answering("abort"):
            await self._producer.abort_transaction()

    def _fill(
        self, outgoing: Sequence[Written]
    ) -> tuple[list[tuple[int, int]], list[tuple[tuple[str, int], BatchBuilder]]]:
        """Put the records in batches, and tell of each in which and as which it is."""
        places: list[tuple[int, int]] = []
        batches: list[tuple[tuple[str, int], BatchBuilder]] = []
        latest: dict[tuple[str, int], int] = {}
        for one in outgoing:
            count = self._count(one.topic)
            partition = one.partition
            if partition is None:
                partition = _partition(one.key, count) if count else 0
            if partition >= count:
                raise TopicMissing(f"{one.topic}, partition {partition}")
            place = one.topic, partition
            index = latest.get(place)
            while True:
                if index is None:
                    index = latest[place] = len(batches)
                    batches.append((place, self._producer.create_batch()))
                batch = batches[index][1]
                relative: int = batch.record_count()
                if batch.append(
                    timestamp=None,
                    key=one.key,
                    value=one.value,
                    headers=list(one.headers),
                ):
                    break
                index = None
            places.append((index, relative))
        return places, batches

    def _count(self, topic: str) -> int:
        """How many partitions the topic has, 0 where it is not there."""
        return len(self._producer.client.cluster.partitions_for_topic(topic) or ())

    @asynccontextmanager
    async def _answering(self, what: str) -> AsyncIterator[None]:
        """Turn what the client raises into faults of ours."""
        try:
            async with asyncio.timeout(self._answer_within):
                yield
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise Fenced(self._id) from error
        except TOO_LARGE as error:
            raise RecordRefused(f"{self._id}: {_name(error)}") from error
        except (KafkaError, TimeoutError, Unsure) as error:
            fault = error.__cause__ if isinstance(error.__cause__, Unsure) else error
            raise DeliveryFailed(f"{self._id}: {what}: {_name(fault)}") from error


class ProducerTransaction:
    """An open transaction of a producer."""

    def __init__(self, producer: TransactionalProducer) -> None:
        self._producer = producer

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        """See `Transaction.send`."""
        return await self._producer.send(outgoing)

    async def commit(self) -> None:
        """See `Transaction.commit`."""
        await self._producer.commit()


@lru_cache(maxsize=65536)
def _partition(key: bytes, count: int) -> int:
    """The partition that every Kafka client gives this key."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


def _hush(ending: "asyncio.Future[Any]") -> None:
    """Take notice of what a future ended with."""
    if not ending.cancelled():
        ending.exception()


def _name(error: BaseException) -> str:
    """The kind of a fault; its text may hold what is no one's business."""
    return type(error).__name__

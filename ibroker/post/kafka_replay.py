"""Reading topics whole, and putting back in transactions, on Kafka."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Record
from ibroker.errors import Fenced, LogError
from ibroker.kafka.lane import record_of
from ibroker.kafka.producer import ProducerTransaction, TransactionalProducer
from ibroker.post.cluster import count_partitions, unreachable

__all__ = ["TRANSACTIONAL_ID", "KafkaArchive", "KafkaRestorer"]

TRANSACTIONAL_ID = "ibroker.deadletter"
"""Of whoever puts back, wherever: so there is only one at a time."""

_WITHIN = 30.0  # s without an answer
_POLL = 500  # ms
_MOST = 500  # records at a time
_CLOSING = 5.0  # s


class KafkaArchive:
    """An `Archive` on the brokers of `connection`."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._connection = connection

    async def read(self, topic: str) -> AsyncGenerator[Record, None]:
        """See `Archive.read`. Raises ClusterUnreachable, TopicMissing or LogError."""
        count = (await count_partitions(self._connection, [topic]))[topic]
        places = [TopicPartition(topic, number) for number in range(count)]
        consumer = AIOKafkaConsumer(
            **self._connection,
            client_id="ibroker-deadletter",
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            async with asyncio.timeout(_WITHIN):
                await consumer.start()
                consumer.assign(places)
                await consumer.seek_to_beginning()
                ends = await consumer.end_offsets(places)
            for place in places:
                async for record in self._read_to(consumer, place, ends[place]):
                    yield record
        except TimeoutError as error:
            raise unreachable(self._connection, "TimeoutError") from error
        except KafkaError as error:
            raise LogError(f"{topic}: {type(error).__name__}") from error
        finally:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await consumer.stop()

    async def _read_to(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, end: int
    ) -> AsyncGenerator[Record, None]:
        loop = asyncio.get_running_loop()
        until = loop.time() + _WITHIN
        # The end may be a marker or what compaction took away, which a position passes.
        while await consumer.position(place) < end:
            fetched = await consumer.getmany(place, timeout_ms=_POLL, max_records=_MOST)
            for one in fetched.get(place, ()):
                if one.offset < end:
                    yield record_of(one)
            if fetched:
                until = loop.time() + _WITHIN
            elif loop.time() > until:
                raise TimeoutError


class KafkaRestorer:
    """A `Restorer` on the brokers of `connection`; use it as an async context.

    Each `own` is a new producer: what an old one may still have under way, such as a
    commit whose answer was lost, is fenced by it (KIP-890).
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        topics: Sequence[str],
        transactional_id: str = TRANSACTIONAL_ID,
    ) -> None:
        self._connection = connection
        self._topics = topics
        self._id = transactional_id
        self._producer: TransactionalProducer | None = None

    async def __aenter__(self) -> Self:
        await count_partitions(self._connection, self._topics)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def own(self) -> None:
        """See `Restorer.own`."""
        await self._close()
        producer = TransactionalProducer(self._id, self._connection)
        await producer.start(self._topics)
        self._producer = producer

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ProducerTransaction]:
        """See `Restorer.transaction`."""
        if self._producer is None:
            raise Fenced(self._id)
        async with self._producer.transaction() as transaction:
            yield transaction

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.close()

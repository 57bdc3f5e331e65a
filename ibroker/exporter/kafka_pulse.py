"""Heartbeats on Kafka: a producer, and a reader without a group.

Both are made when they are first needed, and anew after any error: so the exporter
starts without a cluster, and goes on when it comes back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Outgoing, Record
from ibroker.errors import DeliveryFailed, LogError
from ibroker.kafka.connection import name_no_topic
from ibroker.kafka.lane import record_of
from ibroker.post.cluster import count_partitions, unreachable

__all__ = ["KafkaPulse"]

_ANSWERING = 10.0  # s
_CLOSING = 2.0  # s
_CLIENT = "ibroker-exporter"


class KafkaPulse:
    """A `Pulse` from the topic `source` to the topic `sink`; an async context."""

    def __init__(self, connection: Mapping[str, Any], source: str, sink: str) -> None:
        self._connection = connection
        self._source = source
        self._sink = sink
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop_producer()
        await self._stop_consumer()

    async def partitions(self) -> int:
        """See `Pulse.partitions`."""
        counts = await count_partitions(self._connection, [self._source])
        return counts[self._source]

    async def send(self, beat: Outgoing) -> None:
        """See `Pulse.send`."""
        try:
            async with asyncio.timeout(_ANSWERING):
                producer = await self._ready_producer()
                await producer.send_and_wait(
                    beat.topic,
                    beat.value,
                    key=beat.key,
                    partition=beat.partition,
                    headers=list(beat.headers),
                )
        except (KafkaError, OSError, TimeoutError) as error:
            await self._stop_producer()
            if isinstance(error, KafkaError) and not error.retriable:
                reason = f"{beat.topic}: {type(error).__name__}"
                raise DeliveryFailed(reason) from error
            raise unreachable(self._connection, type(error).__name__) from error

    async def arrivals(self, seconds: float) -> Sequence[Record]:
        """See `Pulse.arrivals`."""
        try:
            async with asyncio.timeout(seconds + _ANSWERING):
                consumer = await self._ready_consumer()
                fetched = await consumer.getmany(timeout_ms=int(seconds * 1000))
        except (KafkaError, OSError, TimeoutError) as error:
            await self._stop_consumer()
            raise LogError(f"{self._sink}: {type(error).__name__}") from error
        return [record_of(one) for batch in fetched.values() for one in batch]

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                **self._connection,
                client_id=_CLIENT,
                enable_idempotence=True,
                acks="all",
            )
            name_no_topic(self._producer.client)
            await self._producer.start()
        return self._producer

    async def _ready_consumer(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            count = (await count_partitions(self._connection, [self._sink]))[self._sink]
            self._consumer = AIOKafkaConsumer(
                **self._connection,
                client_id=_CLIENT,
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
            )
            name_no_topic(self._consumer._client)  # noqa: SLF001 - see there
            await self._consumer.start()
            self._consumer.assign(
                [TopicPartition(self._sink, number) for number in range(count)]
            )
        return self._consumer

    async def _stop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await producer.stop()

    async def _stop_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await consumer.stop()

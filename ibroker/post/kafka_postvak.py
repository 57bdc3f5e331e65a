"""Post as it comes in, on Kafka, without a consumer group."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Record
from ibroker.kafka.lane import record_of
from ibroker.post.cluster import count_partitions, unreachable

__all__ = ["KafkaPostvak"]

_POLL = 200  # ms
_OPENING = 30.0  # s
_CLOSING = 3.0  # s


class KafkaPostvak:
    """A `Postvak` on one topic; use it as an async context."""

    def __init__(self, connection: Mapping[str, Any], topic: str) -> None:
        self._connection = connection
        self._topic = topic
        self._consumer: AIOKafkaConsumer

    async def __aenter__(self) -> Self:
        count = (await count_partitions(self._connection, [self._topic]))[self._topic]
        places = [TopicPartition(self._topic, number) for number in range(count)]
        self._consumer = AIOKafkaConsumer(
            **self._connection,
            client_id="ibroker-wlz-check",
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        try:
            async with asyncio.timeout(_OPENING):
                await self._consumer.start()
                self._consumer.assign(places)
                # Now and not at the first poll: what comes in between counts.
                for place, end in (await self._consumer.end_offsets(places)).items():
                    self._consumer.seek(place, end)
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

    async def poll(self) -> Sequence[Record]:
        """See `Postvak.poll`."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=_POLL)
        except KafkaError as error:
            raise unreachable(self._connection, type(error).__name__) from error
        return [record_of(one) for batch in fetched.values() for one in batch]

    async def _close(self) -> None:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._consumer.stop()

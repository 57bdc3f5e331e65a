"""One input partition of Kafka, as long as it is ours; it is a `Lane`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from ibroker.core.record import Record, Unreadable
from ibroker.errors import DeliveryFailed, LogError
from ibroker.kafka.producer import ProducerTransaction, TransactionalProducer
from ibroker.kafka.salvage import salvage

__all__ = ["KafkaLane", "record_of"]

_GRACE = 0.1  # s beyond what the client was to wait


class KafkaLane:
    """The lane of one partition: `open` it before use.

    `app` names the consumer group and begins the `transactional.id`, so that a
    partition has one owner whoever it is (kafka.md: one id for each input partition).
    """

    def __init__(
        self,
        app: str,
        place: TopicPartition,
        consumer: AIOKafkaConsumer,
        connection: Mapping[str, Any],
        is_ours: Callable[[], bool],
    ) -> None:
        self._app = app
        self._place = place
        self._consumer = consumer
        self._is_ours = is_ours
        self._producer = TransactionalProducer(
            f"{app}-{place.topic}-{place.partition}", connection
        )
        self._next = 0
        self._rest: Sequence[Record | Unreadable] = ()

    async def open(self, recipients: Sequence[str]) -> None:
        """Fence the former owner, and only then see where it left off.

        The other way round its last transaction could commit in between. What the
        consumer fetched meanwhile, from an older position, is dropped by the seek.
        """
        await self._producer.start(recipients)
        try:
            committed = await self._consumer.committed(self._place)
            if committed is None:
                starts = await self._consumer.beginning_offsets([self._place])
                committed = starts[self._place]
            self._seek(committed)
        except KafkaError as error:
            raise DeliveryFailed(f"{self._place}: {type(error).__name__}") from error

    async def close(self) -> None:
        """Give the partition up."""
        await self._producer.close()

    @property
    def partition(self) -> int:
        """See `Lane.partition`."""
        return int(self._place.partition)

    @property
    def position(self) -> int:
        """See `Lane.position`."""
        return self._next - len(self._rest)

    def is_ours(self) -> bool:
        """See `Lane.is_ours`."""
        return self._is_ours()

    async def poll(
        self, max_records: int, seconds: float
    ) -> Sequence[Record | Unreadable]:
        """See `Lane.poll`."""
        if not self._rest:
            self._rest = await self._fetch(seconds)
        taken, self._rest = self._rest[:max_records], self._rest[max_records:]
        return taken

    @asynccontextmanager
    async def transaction(
        self, next_offset: int | None
    ) -> AsyncIterator[ProducerTransaction]:
        """See `Lane.transaction`."""
        offsets = {} if next_offset is None else {self._place: next_offset}
        async with self._producer.transaction(offsets, self._app) as transaction:
            yield transaction

    async def _fetch(self, seconds: float) -> Sequence[Record | Unreadable]:
        """Take all that the client has, for only then is its position that of the log.

        A sender may write any offset into a record, and the client believes it: where
        the records are not all that is between two positions, they are read again.
        """
        place = self._place
        try:
            # While the group is being divided anew the client gives no answer at all.
            async with asyncio.timeout(seconds + _GRACE):
                fetched = await self._consumer.getmany(
                    place, timeout_ms=int(seconds * 1000)
                )
                position = await self._consumer.position(place)
        except TimeoutError:
            return ()
        except OffsetOutOfRangeError as error:
            raise LogError(f"{place}: offset {self._next} is not in the log") from error
        except CorruptRecordException:
            return await self._salvage()
        except KafkaError as error:
            raise DeliveryFailed(f"{place}: {type(error).__name__}") from error
        except Exception:  # noqa: BLE001 - decoding raises whatever it likes
            return await self._salvage()
        records = fetched.get(place, ())
        if len(records) != position - self._next or any(
            one.offset != offset for offset, one in enumerate(records, self._next)
        ):
            return await self._salvage()
        self._next = position
        return [record_of(one) for one in records]

    async def _salvage(self) -> Sequence[Record | Unreadable]:
        """Read on by ourselves where the client cannot, or should not be believed."""
        items, following = await salvage(self._consumer, self._place, self._next)
        self._seek(following)
        return items

    def _seek(self, offset: int) -> None:
        self._consumer.seek(self._place, offset)
        self._next = offset


def record_of(one: ConsumerRecord) -> Record:
    """What aiokafka read, as a value of ours."""
    return Record(
        one.topic,
        one.partition,
        one.offset,
        one.timestamp,
        one.key,
        one.value,
        one.headers,
    )

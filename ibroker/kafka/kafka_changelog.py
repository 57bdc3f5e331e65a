"""The changelog of a partition on Kafka; it is a `Changelog`.

Read by ourselves: the client makes an object of every record, four times the work for
millions, and it raises on a mark of a transaction that compaction has emptied.
"""

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords

from ibroker.errors import DeliveryFailed, LogError, StateDangling
from ibroker.kafka.changelog import Changelog, Extent, Portion, check_counts
from ibroker.kafka.dangling import read_positions
from ibroker.kafka.topic_ids import ask_topics

__all__ = ["KafkaChangelogs"]

_READ_UNCOMMITTED, _READ_COMMITTED = 0, 1
_EARLIEST, _LATEST = -2, -1
_FETCH = 1024 * 1024  # bytes at a time; a larger batch comes whole (KIP-74)
_WAIT = 500  # ms that the broker may wait for more
# s without anything new. Whoever is fenced has no open transaction any more, but for
# one of which Kafka forgot this partition; the marks of others are there by then.
_PATIENCE = 30.0
_PORTION = 2000  # records, applied in one go: some 10 ms


class KafkaChangelogs:
    """Opens changelogs on Kafka; its call is a `Changelogs`.

    `source` is the topic of the input; `connection` what `connection` gives.
    """

    def __init__(self, connection: Mapping[str, Any], topic: str, source: str) -> None:
        self._connection = connection
        self._topic = topic
        self._source = source

    @asynccontextmanager
    async def __call__(self, partition: int) -> AsyncIterator[Changelog]:
        """Open the changelog of a partition."""
        client = AIOKafkaClient(**self._connection, client_id="ibroker-state")
        topic, source = self._topic, self._source
        try:
            try:
                await client.bootstrap()
                facts = await ask_topics(client, [topic, source])
            except KafkaError as error:
                raise DeliveryFailed(f"{topic}: {type(error).__name__}") from error
            leaders = facts[topic].leaders
            check_counts(topic, len(leaders), source, len(facts[source].leaders))
            yield _KafkaChangelog(
                client,
                TopicPartition(topic, partition),
                leaders[partition],
                facts[topic].identity,
            )
        finally:
            await client.close()

    async def whole(self, partitions: int) -> AsyncGenerator[tuple[int, Portion], None]:
        """Give all that these changelogs hold now, with the partition of each portion.

        Raises DeliveryFailed, and LogError where one cannot be read to its end.
        """
        for partition in range(partitions):
            async with self(partition) as changelog:
                extent = await changelog.extent()
                async for portion in changelog.read(extent.begin, extent.end):
                    yield partition, portion


class _KafkaChangelog:
    def __init__(
        self, client: AIOKafkaClient, place: TopicPartition, leader: int, identity: str
    ) -> None:
        self._client = client
        self._place = place
        self._leader = leader
        self._identity = identity

    async def extent(self) -> Extent:
        """See `Changelog.extent`.

        The end is that of all records, also of what no one may read yet: what is still
        open is waited for, and never passed over.
        """
        begin = await self._offset(_EARLIEST)
        return Extent(self._identity, begin, await self._offset(_LATEST))

    async def read(self, begin: int, end: int) -> AsyncGenerator[Portion, None]:
        """See `Changelog.read`."""
        offset, heard = begin, time.monotonic()
        while offset < end:
            data, aborted = await self._fetch(offset)
            if data:
                heard = time.monotonic()
            elif time.monotonic() - heard > _PATIENCE:
                raise StateDangling(str(self._place), await self._open_end(offset, end))
            for portion in self._portions(data, aborted, offset):
                offset = portion.following
                yield portion
                await asyncio.sleep(0)
        if begin >= end:
            yield Portion({}, 0, end)

    def _portions(
        self, data: bytes, aborted: Sequence[tuple[int, int]], offset: int
    ) -> Iterator[Portion]:
        undone, to_come = set[int](), sorted(aborted, key=lambda one: one[1])
        batches = MemoryRecords(data)
        changes: dict[bytes, bytes | None] = {}
        records = 0
        while batches.has_next():
            batch = batches.next_batch()
            if batch is None or not batch.validate_crc():
                raise LogError(f"{self._place}: broken at offset {offset}")
            while to_come and to_come[0][1] <= batch.base_offset:
                undone.add(to_come.pop(0)[0])
            if batch.is_control_batch:
                undone.discard(batch.producer_id)  # however it ended, it has
            elif not (batch.is_transactional and batch.producer_id in undone):
                for record in batch:
                    if record.offset < offset:
                        continue
                    changes[record.key] = record.value
                    records += 1
                    if records >= _PORTION:
                        yield Portion(changes, records, record.offset + 1)
                        changes, records = {}, 0
            offset = max(offset, batch.next_offset)
        if data:
            yield Portion(changes, records, offset)

    async def _open_end(self, offset: int, end: int) -> frozenset[int]:
        """Give the positions that stand in what is open, from `offset` to `end`."""
        found: set[int] = set()
        while offset < end:
            data, _ = await self._fetch(offset, _READ_UNCOMMITTED)
            batches = MemoryRecords(data)
            if not batches.has_next():
                break
            while batches.has_next():
                batch = batches.next_batch()
                if batch is None:
                    break
                offset = max(offset, batch.next_offset)
                if not batch.is_control_batch:
                    for record in batch:
                        found |= read_positions(record.headers)
        return frozenset(found)

    async def _fetch(
        self, offset: int, isolation: int = _READ_COMMITTED
    ) -> tuple[bytes, Sequence[tuple[int, int]]]:
        place = self._place
        request = FetchRequest(
            _WAIT,
            1,
            _FETCH,
            isolation,
            [(place.topic, [(place.partition, offset, _FETCH)])],
            rack_id="",
        )
        try:
            answer = await self._client.send(self._leader, request)
            ((_, ((_, code, _, _, _, aborted, _, data),)),) = answer.topics
            if code:
                raise for_code(code)
        except (KafkaError, ValueError) as error:
            raise DeliveryFailed(f"{place}: {type(error).__name__}") from error
        return bytes(data or b""), tuple(aborted or ())

    async def _offset(self, which: int) -> int:
        place = self._place
        request = OffsetRequest(
            -1, _READ_UNCOMMITTED, [(place.topic, [(place.partition, which)])]
        )
        try:
            answer = await self._client.send(self._leader, request)
            ((_, ((_, code, _, offset, *_),)),) = answer.topics
            if code:
                raise for_code(code)
        except (KafkaError, ValueError) as error:
            raise DeliveryFailed(f"{place}: {type(error).__name__}") from error
        return int(offset)

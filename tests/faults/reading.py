"""What a reader of committed records sees of all the outputs."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from confluent_kafka import Consumer, Message
from confluent_kafka import KafkaError as ConfluentError
from confluent_kafka import TopicPartition as ConfluentPartition

from ibroker.core.wlz.feit import decode_feit
from tests.faults.ledger import EVENTS, FACTS, INPUT, Place, Seen

_QUIET = 60.0  # s in which what killed processes left open must have ended
_POLL = 200  # ms
# Not an output for anyone: changelogs, and what `signalen.py` looks into.
_INTERN = "ggk.intern."
_EXPLAINED = "ggk.wlz.signalen"

Starts = Mapping[TopicPartition, int]


async def ends_of(address: str, *, of_input: bool = False) -> dict[TopicPartition, int]:
    """Where each partition ends now: of the outputs, or of the input."""
    async with AIOKafkaConsumer(bootstrap_servers=address) as consumer:
        topics = await consumer.topics()
        names = {INPUT} if of_input else {t for t in topics if _is_output(t)}
        cluster = await consumer._client.fetch_all_metadata()
        places = [
            TopicPartition(topic, partition)
            for topic in names - (set() if of_input else {INPUT})
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


def _is_output(topic: str) -> bool:
    return topic == FACTS or (
        topic.startswith("ggk.") and not topic.startswith((_INTERN, _EXPLAINED))
    )


class Watcher:
    """Reads along, from before the first bericht until the last; use it as a context.

    `arrived` says when each outcome was first read, by message id; `longest` is the
    longest time in seconds between two.
    """

    def __init__(self, address: str, starts: Starts) -> None:
        self._address = address
        self._starts = starts
        self._task: asyncio.Task[None] | None = None
        self._latest = 0.0
        self.seen: list[Seen] = []
        self.arrived: dict[str, float] = {}
        self.longest = 0.0

    async def __aenter__(self) -> Self:
        """Begin."""
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def until(self, count: int, patience: float) -> bool:
        """Wait for so many outcomes; False where none comes for `patience` seconds."""
        self._latest = time.monotonic()
        while len(self.arrived) < count:
            if self._task is not None and self._task.done():
                self._task.result()
            if time.monotonic() - self._latest > patience:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _read(self) -> None:
        async with reader(self._address) as consumer:
            await _begin(consumer, self._starts)
            while True:
                try:
                    found = await consumer.getmany(timeout_ms=_POLL)
                except KafkaError:
                    continue
                for records in found.values():
                    for record in records:
                        self._note(_seen(record))

    def _note(self, one: Seen) -> None:
        self.seen.append(one)
        if one.event is not None:
            now = time.monotonic()
            if self.arrived:
                self.longest = max(self.longest, now - self._latest)
            self._latest = now
            self.arrived.setdefault(one.id, now)


def read_all(address: str, starts: Starts, ends: Starts) -> list[Seen]:
    """Read everything once more, by a reader that is not ours nor our client's.

    Raises TimeoutError where a transaction stays open.
    """
    return [_seen_by_other(one) for one in read_messages(address, starts, ends)]


def read_messages(
    address: str, starts: Starts, ends: Starts, isolation: str = "read_committed"
) -> Iterator[Message]:
    """Read what is committed from `starts` to `ends`, by that same other reader.

    Raises TimeoutError where a transaction stays open.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "ledger",
            "enable.auto.commit": False,
            "isolation.level": isolation,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "fetch.message.max.bytes": 4_000_000,
        }
    )
    to_come = {(one.topic, one.partition) for one in starts if starts[one] < ends[one]}
    consumer.assign(
        [
            ConfluentPartition(*place, starts[TopicPartition(*place)])
            for place in to_come
        ]
    )
    until = time.monotonic() + _QUIET
    try:
        while to_come:
            if time.monotonic() > until:
                raise TimeoutError(f"a transaction is open in {sorted(to_come)}")
            message = consumer.poll(1)
            if message is None:
                continue
            error = message.error()
            if error is None:
                yield message
            elif error.code() == ConfluentError._PARTITION_EOF:
                place = TopicPartition(message.topic(), message.partition())
                if (message.offset() or 0) >= ends[place]:
                    to_come.discard(place)
            elif error.fatal():
                raise TypeError(error.name())
    finally:
        consumer.close()


def reader(address: str) -> AIOKafkaConsumer:
    """A consumer of no group that sees what is committed."""
    return AIOKafkaConsumer(
        bootstrap_servers=address,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4_000_000,
        auto_offset_reset="none",
    )


async def _begin(consumer: AIOKafkaConsumer, starts: Starts) -> None:
    consumer.assign(list(starts))
    for place, offset in starts.items():
        consumer.seek(place, offset)


def _seen(record: ConsumerRecord) -> Seen:
    place = record.topic, record.partition, record.offset
    return _note_of(place, record.headers, record.value)


def _seen_by_other(message: Message) -> Seen:
    place = message.topic() or "", message.partition() or 0, message.offset() or 0
    headers: Any = message.headers() or ()
    value: Any = message.value()
    return _note_of(place, headers, value)


def _note_of(
    place: Place, headers: Iterable[tuple[str, bytes | None]], content: bytes | None
) -> Seen:
    texts = {name: (value or b"").decode() for name, value in headers}
    value = content or b""
    if place[0] == FACTS:
        oorzaak, digest = decode_feit(value).oorzaak, sha256(value).hexdigest()
        return Seen(place, oorzaak.bericht, None, digest, digest, deel=oorzaak.deel)
    event = json.loads(value) if place[0] == EVENTS else None
    return Seen(
        place,
        event["id"] if event else texts.get("ce_id", ""),
        texts.get("ce_inreplyto"),
        sha256(value).hexdigest(),
        texts.get("ce_sha256"),
        event,
        texts.get("ce_type", ""),
    )

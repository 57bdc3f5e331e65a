"""Simulated traffic on Kafka: sent on a schedule, and what came of it read back."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Record
from ibroker.errors import DeliveryFailed
from ibroker.kafka.lane import record_of
from ibroker.kafka.producer import MAX_BATCH
from ibroker.post.cluster import count_partitions, unreachable
from ibroker.simulatie.controle import Plaatsen, Verschil, Waarneming, compare
from ibroker.simulatie.fabriek import Pakket
from ibroker.simulatie.waarheid import Verwacht
from ibroker.simulatie.wlzwaarheid import Mensen, Signaalstand

__all__ = ["Verzonden", "follow_until", "read_along", "send_all"]

_WAITING: Final = 50_000  # answers that may stay away before the oldest is waited for
_POLL: Final = 1000  # ms


@dataclass(frozen=True, slots=True)
class Verzonden:
    """How many were sent, in how many seconds, and how late the latest was, in s."""

    berichten: int
    seconden: float
    te_laat: float


async def send_all(
    pakketten: Iterable[Pakket],
    connection: Mapping[str, Any],
    topic: str,
    rate: float | None,
) -> Verzonden:
    """Send all in order, `rate` a second whatever the broker does; None: without pause.

    Raises ClusterUnreachable where no broker answers, DeliveryFailed where one was not
    taken.
    """
    await count_partitions(connection, [topic])
    producer = AIOKafkaProducer(
        **connection,
        client_id="ibroker-simulate",
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        max_batch_size=MAX_BATCH,
    )
    try:
        await producer.start()
    except KafkaError as error:
        raise unreachable(connection, type(error).__name__) from error
    try:
        return await _send(pakketten, producer, topic, rate)
    except KafkaError as error:
        raise DeliveryFailed(f"{topic}: {type(error).__name__}") from error
    finally:
        await producer.stop()


async def _send(
    pakketten: Iterable[Pakket],
    producer: AIOKafkaProducer,
    topic: str,
    rate: float | None,
) -> Verzonden:
    count, late = 0, 0.0
    begin = time.monotonic()
    waiting: list[asyncio.Future[Any]] = []
    for pakket in pakketten:
        for _, zender, kenmerk, data in pakket.stukken:
            if rate is not None:
                behind = time.monotonic() - begin - count / rate
                late = max(late, behind)
                if behind < 0:
                    await asyncio.sleep(-behind)
            code = zender.encode()
            headers = [("zender", code), ("kenmerk", kenmerk.encode())]
            waiting.append(await producer.send(topic, data, key=code, headers=headers))
            count += 1
        if len(waiting) > _WAITING or rate is None:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    return Verzonden(count, time.monotonic() - begin, late)


async def follow_until(
    waarheid: Sequence[Mensen | Verwacht | Signaalstand],
    plaatsen: Plaatsen,
    connection: Mapping[str, Any],
    patience: float,
) -> list[Verschil]:
    """Read what came of it until all is as the truth says, and say what differs.

    That is also said where nothing new came for `patience` seconds.
    """
    seen = Waarneming(plaatsen)
    topics = {plaatsen.gebeurtenissen, plaatsen.signalen}
    for one in waarheid:
        if isinstance(one, Verwacht) and one.gevolg.topic is not None:
            topics.add(one.gevolg.topic)
    news = time.monotonic()
    async with aclosing(read_along(connection, topics)) as records:
        async for batch in records:
            for record in batch:
                seen.take(record)
            if batch:
                news = time.monotonic()
            elif not (found := compare(waarheid, seen)):
                return []
            elif time.monotonic() - news > patience:
                return found
    return compare(waarheid, seen)


async def read_along(
    connection: Mapping[str, Any], topics: Iterable[str]
) -> AsyncGenerator[list[Record], None]:
    """Read topics from their begin, for ever; an empty list says that all is read.

    Only what is committed. Raises TopicMissing where one of them is not there.
    """
    counts = await count_partitions(connection, sorted(set(topics)))
    places = [
        TopicPartition(topic, number)
        for topic, count in counts.items()
        for number in range(count)
    ]
    consumer = AIOKafkaConsumer(
        **connection, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
    except KafkaError as error:
        raise unreachable(connection, type(error).__name__) from error
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning()
        while True:
            fetched = await consumer.getmany(timeout_ms=_POLL)
            yield [record_of(one) for batch in fetched.values() for one in batch]
    finally:
        await consumer.stop()

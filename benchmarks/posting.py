"""Puts traffic on the input: all at once, or at a steady rate whatever happens.

    python benchmarks/posting.py SEED COUNT RATE START

publishes COUNT berichten at RATE a second. Number n is due START + n / RATE, by the
monotonic clock of this machine; one that is late is sent at once and still counts from
when it was due, so that waiting is never left out of a latency.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from aiokafka import AIOKafkaProducer
from traffic import Mix, Post, load_mix

from ibroker.kafka.connection import connection
from ibroker.register import load_register
from ibroker.settings import read_settings
from ibroker.standards import load_standards

__all__ = ["INPUT", "due", "own_mix", "publish"]

INPUT: Final = "ggk.aanlevering"
BATCH: Final = 512 * 1024  # bytes
LARGEST: Final = 26 * 1024 * 1024  # bytes: what the input takes


def own_mix() -> Mix:
    """Give the mix for the gemeenten of today."""
    settings = read_settings()
    today = datetime.now(UTC).date()
    gemeenten = load_register(settings.partijen).postvakken(today)
    return load_mix(load_standards(settings.schemas), gemeenten)


async def publish(posts: Sequence[Post]) -> None:
    """Publish all of it, as fast as it goes."""
    producer = _make_producer(linger_ms=10)
    await producer.start()
    try:
        futures = [await _send(producer, n, post) for n, post in enumerate(posts)]
        await asyncio.gather(*futures)
    finally:
        await producer.stop()


async def publish_steadily(posts: Sequence[Post], rate: float, start: float) -> None:
    """Publish each when it is due."""
    producer = _make_producer(linger_ms=0)
    await producer.start()
    futures = []
    try:
        for number, post in enumerate(posts):
            wait = due(number, rate, start) - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            futures.append(await _send(producer, number, post))
        await asyncio.gather(*futures)
    finally:
        await producer.stop()


def due(number: int, rate: float, start: float) -> float:
    """When that bericht is to be published."""
    return start + number / rate


def _make_producer(linger_ms: int) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        **connection(read_settings()),
        acks=1,
        max_batch_size=BATCH,
        max_request_size=LARGEST,
        linger_ms=linger_ms,
    )


async def _send(
    producer: AIOKafkaProducer, number: int, post: Post
) -> asyncio.Future[object]:
    zender = post.zender.encode()
    headers = [("zender", zender), ("kenmerk", b"%d" % number)]
    sent: asyncio.Future[object]
    sent = await producer.send(INPUT, post.value, key=zender, headers=headers)
    return sent


def main(arguments: list[str]) -> None:
    """Publish at a steady rate."""
    seed, count, rate, start = arguments
    posts = list(own_mix().post(int(count), int(seed)))
    asyncio.run(publish_steadily(posts, float(rate), float(start)))


if __name__ == "__main__":
    main(sys.argv[1:])

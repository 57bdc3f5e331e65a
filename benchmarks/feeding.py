"""Publishes simulated traffic as fast as it is worked off, and no faster."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from posting import BATCH, INPUT

from ibroker.kafka.connection import connection
from ibroker.settings import read_settings
from ibroker.simulatie.fabriek import Bestelling, Pakket, make_pakketten
from ibroker.simulatie.uitvoer import write_kop

__all__ = ["Fed", "Feed"]

LOOK: Final = 0.01  # s
STUCK: Final = 300.0  # s in which nothing comes out


@dataclass(slots=True)
class Fed:
    """What was published so far, and what must come of it."""

    berichten: int = 0
    blokken: int = 0
    bytes: int = 0
    uitkomsten: Counter[str] = field(default_factory=Counter)
    signalen: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """Feeds a chain: at most `window` berichten are on their way at a time.

    `done` says how many came out, and the truth of all goes to the file `waarheid`.
    """

    bestelling: Bestelling
    window: int
    done: Callable[[], int]
    waarheid: Path
    fed: Fed = field(default_factory=Fed)

    async def run(self) -> None:
        """Publish all. SystemExit where nothing comes out any more."""
        producer = AIOKafkaProducer(
            **connection(read_settings()), acks="all", max_batch_size=BATCH, linger_ms=5
        )
        await producer.start()
        try:
            with self.waarheid.open("wb") as truth:
                truth.write(write_kop(self.bestelling.opdracht))
                pakketten = make_pakketten(self.bestelling, 1)
                while (pakket := await asyncio.to_thread(_next, pakketten)) is not None:
                    truth.write(pakket.waarheid)
                    await self._publish(pakket, producer)
        finally:
            await producer.stop()

    async def wait(self, least: int) -> None:
        """Wait until so many came out."""
        latest, since = -1, time.monotonic()
        while (done := self.done()) < least:
            if done > latest:
                latest, since = done, time.monotonic()
            if time.monotonic() - since > STUCK:
                raise SystemExit(f"only {done} of {self.fed.berichten} came out")
            await asyncio.sleep(LOOK)

    async def _publish(self, pakket: Pakket, producer: AIOKafkaProducer) -> None:
        fed = self.fed
        sent: list[asyncio.Future[Any]] = []
        for _, zender, kenmerk, data in pakket.stukken:
            code = zender.encode()
            headers = [("zender", code), ("kenmerk", kenmerk.encode())]
            sent.append(await producer.send(INPUT, data, key=code, headers=headers))
            fed.bytes += len(data)
        await asyncio.gather(*sent)
        fed.berichten += len(sent)
        fed.blokken += 1
        fed.uitkomsten.update(pakket.uitkomsten)
        fed.signalen += pakket.signalen
        await self.wait(fed.berichten - self.window)


def _next(pakketten: Iterator[Pakket]) -> Pakket | None:
    return next(pakketten, None)

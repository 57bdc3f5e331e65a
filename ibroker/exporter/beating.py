"""Sends heartbeats through the chain, and sees them come out."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ibroker.errors import LogError
from ibroker.exporter.heartbeats import Heartbeats, build_beat, partition_of
from ibroker.exporter.port import Pulse

__all__ = ["Beat", "Beating"]

_log = structlog.get_logger()
_MS = 1000
_LOOK = 1.0  # s that is waited for one to come out


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat is: a bericht that `build` makes of a moment in UTC.

    It goes in at `topic`, each `every` seconds; what fails is tried again after
    `again` seconds.
    """

    topic: str
    build: Callable[[datetime], bytes]
    every: float = 60.0
    again: float = 5.0


class Beating:
    """Heartbeats over `pulse`, kept in `heartbeats`; `clock` is seconds since 1970."""

    def __init__(
        self,
        pulse: Pulse,
        heartbeats: Heartbeats,
        beat: Beat,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pulse = pulse
        self._heartbeats = heartbeats
        self._beat = beat
        self._clock = clock
        self._partitions = 1

    async def send(self) -> None:
        """Send one each time that the clock comes round, until cancelled."""
        while True:
            await self._send_one()
            await asyncio.sleep(self._beat.every - self._clock() % self._beat.every)

    async def listen(self) -> None:
        """See them come out, until cancelled."""
        while True:
            try:
                arrived = await self._pulse.arrivals(_LOOK)
            except LogError as error:
                _log.warning("heartbeat not read", reason=type(error).__name__)
                await asyncio.sleep(self._beat.again)
            else:
                self._heartbeats.take(arrived, self._beat.every, self._partitions)

    async def _send_one(self) -> None:
        """Send one, and that same one again until the brokers have it.

        A second copy of one that they had after all says nothing new.
        """
        moment = round(self._clock() * _MS) / _MS
        bericht = self._beat.build(datetime.fromtimestamp(moment, UTC))
        self._heartbeats.begin(moment)
        while True:
            try:
                self._partitions = await self._pulse.partitions()
                partition = partition_of(moment, self._beat.every, self._partitions)
                await self._pulse.send(
                    build_beat(self._beat.topic, partition, moment, bericht)
                )
            except LogError as error:
                _log.warning("heartbeat not sent", reason=type(error).__name__)
                await asyncio.sleep(self._beat.again)
            else:
                self._heartbeats.handed_in += 1
                return

"""How long a watch may take its share of the partitions for its own.

One that stands still for longer than the session of its group (its process is stopped,
its machine is moved, its network is away) has lost its partitions to another, and does
not know it yet. A changelog keeps the latest value of each key: what such a one still
writes would hide all that the other has added since.
"""

import asyncio
import math
import sys
import time
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    BrokerResponseError,
    IllegalGenerationError,
    NoError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.group import (
    HeartbeatRequest,
    LeaveGroupRequest,
    SyncGroupRequest,
)
from aiokafka.protocol.produce import ProduceRequest

__all__ = ["Lease"]

_LOOK: Final = 0.05  # s between two looks whether it is held again
_LOST: Final = (UnknownMemberIdError, IllegalGenerationError)


class Lease:
    """Held while the group cannot have given our partitions to another.

    The coordinator waits `session` seconds for a sign of life before it does, and where
    the group is being divided anew `rebalance` seconds for us to take part. It counts
    from when it got what we sent, which is later than when we sent it.
    """

    def __init__(self, session: float, rebalance: float) -> None:
        self._session = session
        self._rebalance = rebalance
        self._alive = self._whole = -math.inf
        self._lost: type[BrokerResponseError] | None = None

    def hear(self, client: AIOKafkaClient) -> None:
        """Note what the group answers to this client, which is that of a consumer."""
        send = client.send

        async def sending(node: int, request: object, **group: object) -> object:
            if isinstance(request, LeaveGroupRequest):
                self.note(_now(), UnknownMemberIdError)
            sent = _now()
            response = await send(node, request, **group)
            if isinstance(request, HeartbeatRequest | SyncGroupRequest):
                self.note(sent, for_code(response.error_code))
            return response

        client.send = sending

    def guard(self, client: AIOKafkaClient) -> None:
        """Let this client, that of a producer, write only while the lease is held."""
        send = client.send

        async def sending(node: int, request: object, **group: object) -> object:
            if isinstance(request, ProduceRequest):
                await self._wait()
            return await send(node, request, **group)

        client.send = sending

    def note(self, sent: float, answer: type[BrokerResponseError]) -> None:
        """Note how the group answered what was sent at that moment, in seconds."""
        if answer is NoError:
            self._alive = self._whole = sent
            self._lost = None
        elif answer is RebalanceInProgressError:
            self._alive = sent
        elif answer in _LOST:
            self._lost = answer

    def is_held(self, now: float) -> bool:
        """Whether it is, at that moment.

        Raises what the group answered where the partitions are lost: what was meant for
        them is never to be written.
        """
        if self._lost is not None:
            raise self._lost
        return now < min(self._alive + self._session, self._whole + self._rebalance)

    async def _wait(self) -> None:
        """Wait until it is held; raises as `is_held` does.

        What the group answers is heard in another thread, that of Faust's consumer.
        """
        while not self.is_held(_now()):  # noqa: ASYNC110 - an Event is of one thread
            await asyncio.sleep(_LOOK)


def _now() -> float:
    """Seconds, also those in which the machine was suspended."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()

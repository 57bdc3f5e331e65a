"""Asks one question of the Wlz-registertoets, and waits for its answer.

The post is looked at without the consumer group of the party: whoever collects it gets
all of it, this answer too.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ibroker.core.delivery import message_id
from ibroker.core.record import Outgoing, Position, Record
from ibroker.errors import LogError
from ibroker.post.delivered import Delivered, read_delivered
from ibroker.post.submission import Intake

__all__ = ["Postvak", "ask"]


class Postvak(Protocol):
    """The post of one party as it comes in, from when this was opened."""

    async def poll(self) -> Sequence[Record]:
        """Give what came in since the last time, in order for each partition.

        Lets others go first, and waits for something no longer than a second. Raises
        ClusterUnreachable where the log does not give it.
        """
        ...


async def ask(
    vraag: Outgoing, intake: Intake, postvak: Postvak, seconds: float
) -> Delivered:
    """Hand a question in, and give the first that is delivered in answer to it.

    `postvak` was opened before, so that what answers is not missed. Raises LogError
    where the question is refused, or no answer comes in that many seconds.
    """
    (place,) = await intake.take([vraag])
    if not isinstance(place, Position):
        raise LogError(f"de vraag: {place.value}")
    name = str(message_id(place.topic, place.partition, place.offset))
    try:
        async with asyncio.timeout(seconds):
            return await _await_answer(postvak, name)
    except TimeoutError:
        raise LogError(
            f"na {seconds:.0f} s is er geen antwoord: draaien `ibroker route`"
            " en `ibroker wlz`? Het antwoord komt alsnog in het postvak"
        ) from None


async def _await_answer(postvak: Postvak, name: str) -> Delivered:
    while True:
        for record in await postvak.poll():
            found = read_delivered(record)
            if isinstance(found, Delivered) and found.inreplyto == name:
                return found

"""A changelog that ends in a transaction which nobody ends, and how it is ended.

While no replica of a partition is there, as when all brokers fail at once, Kafka 4.3
takes it for deleted, and leaves its part of a transaction that it was ending open for
good (KAFKA-20734). The state cannot be read past that. But all that is written to a
changelog partition is of one producer id, and the next mark of that id ends what is
open: it was committed if the input goes on behind it, and else it is done again.
"""

from typing import Final

import structlog

from ibroker.core.record import Headers, Tombstone
from ibroker.errors import LogError, StateDangling
from ibroker.kafka.port import Lane

__all__ = ["end_dangling", "position_headers", "read_positions"]

_NAME: Final = "volgende"
_KEY: Final = b"\x00e"  # under which nothing is ever kept

_log = structlog.get_logger()


def position_headers(next_offset: int) -> Headers:
    """Give the headers that say where the input goes on after this transaction."""
    return ((_NAME, b"%d" % next_offset),)


def read_positions(headers: Headers) -> set[int]:
    """Give the positions that `position_headers` wrote, none where there are none."""
    return {int(value) for name, value in headers if name == _NAME and value}


async def end_dangling(lane: Lane, topic: str, error: StateDangling) -> None:
    """End what is open in the lane's partition of the changelog `topic`.

    As the input says: committed where it goes on behind all that is open, and undone
    where it does all of it again, or where what is open moved no input. Afterwards the
    lane must start anew. Raises LogError where it is some of either, for then state
    and input do not belong together, and DeliveryFailed where it cannot be written.
    """
    committed = {one for one in error.positions if one <= lane.position}
    if committed and committed != error.positions:
        raise LogError(f"{error}: the input stands in the middle of it")
    if committed:
        _log.warning("dangling transaction committed", partition=lane.partition)
    else:
        _log.warning("dangling transaction undone", partition=lane.partition)
    async with lane.transaction(None) as transaction:
        await transaction.send([Tombstone(topic, _KEY, lane.partition)])
        if committed:
            await transaction.commit()

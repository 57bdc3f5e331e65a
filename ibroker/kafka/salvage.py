"""Reads what the client cannot decode, or should not be believed about."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.fetch import FetchRequest

from ibroker.core.record import Record, Unreadable
from ibroker.errors import DeliveryFailed, LogError
from ibroker.kafka.batch import Fetched, read_batches

__all__ = ["salvage"]

_READ_COMMITTED = 1
_ENOUGH = 1024 * 1024  # bytes; the first batch always comes whole (KIP-74)
# A connection of its own: on that of the client its next fetch may be waiting for data.
_CONNECTION = "salvage"


async def salvage(
    consumer: AIOKafkaConsumer, place: TopicPartition, offset: int
) -> tuple[Sequence[Record | Unreadable], int]:
    """What stands in the log at `offset` and after it, and where to go on.

    Raises DeliveryFailed where the broker does not give it, LogError where the log is
    broken so badly that nothing can be told apart in it.
    """
    client = consumer._client
    leader = client.cluster.leader_for_partition(place)
    request = FetchRequest(
        0,
        1,
        _ENOUGH,
        _READ_COMMITTED,
        [(place.topic, [(place.partition, offset, _ENOUGH)])],
        rack_id="",
    )
    try:
        response = await client.send(leader, request, group=_CONNECTION)
        # Fetch v11 is what aiokafka asks of every Kafka of today. Where the whole fetch
        # failed there is no partition in it.
        ((_, ((_, code, highwater, _, _, aborted, _, data),)),) = response.topics
        if code:
            raise for_code(code)
    except (KafkaError, ValueError) as error:
        raise DeliveryFailed(f"{place}: {type(error).__name__}") from error
    if not data:
        raise DeliveryFailed(f"{place}: nothing at offset {offset}")
    fetched = Fetched(
        place.topic, place.partition, bytes(data), highwater, tuple(aborted or ())
    )
    try:
        return read_batches(fetched, offset)
    except ValueError as error:
        raise LogError(f"{place}: broken at offset {offset}: {error}") from error

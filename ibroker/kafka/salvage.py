"""Reads what the client cannot decode, batch by batch."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.fetch import FetchRequest

from ibroker.core.record import Record, Unreadable
from ibroker.errors import DeliveryFailed
from ibroker.kafka.batch import decode_batch, first_batch

__all__ = ["salvage"]

_READ_COMMITTED = 1
_ENOUGH = 1024 * 1024  # bytes; the first batch always comes whole (KIP-74)


async def salvage(
    consumer: AIOKafkaConsumer, place: TopicPartition, offset: int
) -> Sequence[Record | Unreadable]:
    """All that stands in the batch at `offset`, from there on.

    Raises DeliveryFailed where the broker does not give it.
    """
    client = consumer._client
    leader = client.cluster.leader_for_partition(place)
    request = FetchRequest(
        500,
        1,
        _ENOUGH,
        _READ_COMMITTED,
        [(place.topic, [(place.partition, offset, _ENOUGH)])],
        rack_id="",
    )
    try:
        response = await client.send(leader, request)
        ((_, ((_, code, highwater, *_, data),)),) = response.topics
        if code:
            raise for_code(code)
    except KafkaError as error:
        raise DeliveryFailed(f"{place}: {type(error).__name__}") from error
    raw, end = first_batch(bytes(data), highwater)
    return [
        item
        for item in decode_batch(place.topic, place.partition, raw, end)
        if item.offset >= offset
    ]

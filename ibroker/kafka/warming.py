"""Makes partitions ready that nothing was ever written to.

The first write to a partition has the broker make files and flush them. A transaction
that meets a hundred such partitions takes seconds, and everyone behind it waits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Outgoing
from ibroker.errors import LogError
from ibroker.kafka.producer import TransactionalProducer

__all__ = ["warm"]

_AT_ONCE = 50  # partitions; more would take longer than a transaction may

_log = structlog.get_logger()


async def warm(app: str, topics: Sequence[str], connection: Mapping[str, Any]) -> int:
    """Write to each fresh partition of `topics`, undo it, and say how many there were.

    An undone record is seen by no reader of committed records. A courtesy: where it
    does not succeed, the first berichten do the same, only slower.
    """
    try:
        fresh = await _fresh(topics, connection)
        if not fresh:
            return 0
        producer = TransactionalProducer(f"{app}-warm", connection)
        await producer.start(())
        try:
            for begin in range(0, len(fresh), _AT_ONCE):
                touches = [
                    Outgoing(place.topic, b"", b"", (), place.partition)
                    for place in fresh[begin : begin + _AT_ONCE]
                ]
                async with producer.transaction() as transaction:
                    await transaction.send(touches)
                    await producer.abort()
        finally:
            await producer.close()
    except (KafkaError, LogError) as error:
        _log.warning("not warmed", reason=type(error).__name__)
        return 0
    return len(fresh)


async def _fresh(
    topics: Sequence[str], connection: Mapping[str, Any]
) -> list[TopicPartition]:
    consumer = AIOKafkaConsumer(**connection)
    try:
        await consumer.start()
        cluster = await consumer._client.fetch_all_metadata()
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        # Else the client looks for one topic after the other, a tenth of a second each.
        await consumer._client.set_topics({place.topic for place in places})
        ends = await consumer.end_offsets(places)
    finally:
        await consumer.stop()  # also where it did not start: `async with` would not
    return [place for place in places if ends[place] == 0]

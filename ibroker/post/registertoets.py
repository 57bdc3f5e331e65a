"""Asks one question of the Wlz-registertoets on Kafka, and waits for its answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.delivery import message_id
from ibroker.core.record import Position
from ibroker.errors import LogError
from ibroker.kafka.lane import record_of
from ibroker.post.cluster import count_partitions, unreachable
from ibroker.post.delivered import Delivered, read_delivered
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.submission import Envelope

__all__ = ["Postvak", "ask"]

_POLL = 200  # ms


@dataclass(frozen=True, slots=True)
class Postvak:
    """Where the answer comes, and how many seconds it may take."""

    topic: str
    seconds: float


async def ask(
    data: bytes, envelope: Envelope, postvak: Postvak, connection: Mapping[str, Any]
) -> Delivered:
    """Hand a bericht in, and give the first that is delivered in answer to it.

    The post is looked at without the consumer group of the party: whoever collects it
    gets all of it, this answer too. Raises LogError where none comes in time.
    """
    counts = await count_partitions(connection, [postvak.topic, envelope.topic])
    consumer = AIOKafkaConsumer(
        **connection,
        client_id="ibroker-wlz-check",
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    )
    try:
        await consumer.start()
        places = [
            TopicPartition(postvak.topic, n) for n in range(counts[postvak.topic])
        ]
        consumer.assign(places)
        # Looked up before the question is there: what answers it comes after.
        for place, end in (await consumer.end_offsets(places)).items():
            consumer.seek(place, end)
        name = await _hand_in(data, envelope, connection)
        async with asyncio.timeout(postvak.seconds):
            return await _await_answer(consumer, name)
    except TimeoutError:
        raise LogError(
            f"na {postvak.seconds:.0f} s is er geen antwoord: draaien `ibroker route`"
            " en `ibroker wlz`? Het antwoord komt alsnog in het postvak"
        ) from None
    except KafkaError as error:
        raise unreachable(connection, type(error).__name__) from error
    finally:
        await consumer.stop()


async def _hand_in(
    data: bytes, envelope: Envelope, connection: Mapping[str, Any]
) -> str:
    async with KafkaIntake(connection, envelope.topic) as intake:
        (answer,) = await intake.take([envelope.enclose(data)])
    if not isinstance(answer, Position):
        raise LogError(f"de vraag: {answer.value}")
    return str(message_id(answer.topic, answer.partition, answer.offset))


async def _await_answer(consumer: AIOKafkaConsumer, name: str) -> Delivered:
    while True:
        for batch in (await consumer.getmany(timeout_ms=_POLL)).values():
            for one in batch:
                found = read_delivered(record_of(one))
                if isinstance(found, Delivered) and found.inreplyto == name:
                    return found

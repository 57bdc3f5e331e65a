"""Sends sample traffic and follows each bericht to where it ends."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from ibroker.core.delivery import GGK
from ibroker.core.register import Topics
from ibroker.demo.verkeer import Zending
from ibroker.errors import LogError
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.submission import Envelope, Receipt, Submission, submit_all

__all__ = ["Spoor", "count_events", "follow"]

_PATIENCE = 60.0  # s; for all outcomes together


@dataclass(frozen=True, slots=True)
class Spoor:
    """What became of one file: its receipt, its event, and whether that is true.

    `is_gelijk` says that what stands where the event points is byte for byte what was
    sent; None where something else was delivered, an answer of ours or the facts of
    what is addressed to ibroker itself, or nothing.
    """

    zending: Zending
    receipt: Receipt
    event: Mapping[str, Any]
    is_gelijk: bool | None

    @property
    def uitkomst(self) -> str:
        """The last word of the event's type."""
        return str(self.event["type"]).rpartition(".")[2]


async def count_events(connection: Mapping[str, Any], topic: str) -> int:
    """Count what the log has told so far: no two runs on it begin at the same number.

    Marks of transactions count as well.
    """
    async with AIOKafkaConsumer(topic, **connection) as consumer:
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(
            consumer.assignment()
        )
    return sum(ends.values())


async def follow(
    zendingen: Sequence[tuple[Zending, bytes]],
    connection: Mapping[str, Any],
    topics: Topics,
) -> list[Spoor]:
    """Send each with these bytes in this order, and wait until all have an outcome.

    Raises LogError where one of them is not taken, or has no outcome within a minute.
    """
    async with AIOKafkaConsumer(
        topics.gebeurtenissen,
        **connection,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    ) as events:
        await events.seek_to_end()
        for place in events.assignment():
            await events.position(place)
        receipts = await _send(zendingen, connection, topics.aanlevering)
        found = await _await_events(events, {receipt.id for receipt in receipts})
    delivered = await _read_places(
        [found[receipt.id]["data"] for receipt in receipts], connection
    )
    return [
        Spoor(
            zending,
            receipt,
            found[receipt.id],
            delivered.get(_place(found[receipt.id])) == receipt.sha256
            if _is_kept_as_it_came(found[receipt.id])
            else None,
        )
        for (zending, _), receipt in zip(zendingen, receipts, strict=True)
    ]


async def _send(
    zendingen: Sequence[tuple[Zending, bytes]],
    connection: Mapping[str, Any],
    topic: str,
) -> list[Receipt]:
    receipts: list[Receipt] = []
    async with KafkaIntake(connection, topic) as intake:
        for zending, data in zendingen:
            submission = Submission(
                zending.bestand, data, hashlib.sha256(data).hexdigest()
            )
            results = submit_all(
                iter([submission]),
                intake,
                Envelope(topic, zending.zender, None),
                lambda: False,
            )
            async for batch in results:
                for result in batch:
                    if not isinstance(result, Receipt):
                        raise LogError(f"{result.bestand}: {result.reden}")
                    receipts.append(result)
    return receipts


async def _await_events(
    consumer: AIOKafkaConsumer, ids: set[str]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    try:
        async with asyncio.timeout(_PATIENCE):
            while len(found) < len(ids):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    for record in batch:
                        name = (record.key or b"").decode("ascii", "replace")
                        if name in ids:
                            found[name] = json.loads(record.value)
    except TimeoutError:
        raise LogError(
            f"{len(ids) - len(found)} berichten hebben na {_PATIENCE:.0f} s geen"
            " uitkomst"
        ) from None
    return found


def _is_kept_as_it_came(event: Mapping[str, Any]) -> bool:
    if event["data"]["ontvanger"] == GGK:
        return False
    return str(event["type"]).endswith((".bezorgd", ".onbestelbaar"))


def _place(event: Mapping[str, Any]) -> tuple[str, int, int]:
    data = event["data"]
    return data["topic"], data["partition"], data["offset"]


async def _read_places(
    data: Sequence[Mapping[str, Any]], connection: Mapping[str, Any]
) -> dict[tuple[str, int, int], str]:
    """The SHA-256 of what stands at each place, as any receiver may read it."""
    hashes: dict[tuple[str, int, int], str] = {}
    async with AIOKafkaConsumer(
        **connection, isolation_level="read_committed"
    ) as consumer:
        for one in data:
            if one["topic"] is None:  # a duplicate is not delivered again
                continue
            place = TopicPartition(one["topic"], one["partition"])
            consumer.assign([place])
            consumer.seek(place, one["offset"])
            record = await asyncio.wait_for(consumer.getone(place), _PATIENCE)
            if record.offset == one["offset"]:
                hashes[one["topic"], one["partition"], record.offset] = hashlib.sha256(
                    record.value
                ).hexdigest()
    return hashes

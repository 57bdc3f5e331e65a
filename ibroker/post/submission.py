"""Handing in post: many berichten to one topic, in order, with a receipt of each."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ibroker.core.delivery import message_id
from ibroker.core.record import Headers, Outgoing, Position

__all__ = [
    "LARGEST",
    "Envelope",
    "Intake",
    "NotSubmitted",
    "Receipt",
    "Refusal",
    "Submission",
    "is_unanswered",
    "submit_all",
]

LARGEST = 32 * 1024 * 1024
"""Bytes: what is larger is not even offered. The standard ends at 25 MB (OP179)."""

# Two batches are in memory at most: one under way and the next one being read.
_MOST_BYTES = 4 * 1024 * 1024
_MOST = 500


class Refusal(StrEnum):
    """Why the log gave a record no place, in the words of the user."""

    TE_GROOT = "te groot voor Kafka: niet aangeleverd"
    GEEN_ANTWOORD = "geen antwoord van Kafka: aangeleverd of niet, dat is niet zeker"


class Intake(Protocol):
    """Where records are handed in."""

    async def take(self, outgoing: Sequence[Outgoing]) -> Sequence[Position | Refusal]:
        """Write records in this order, and say of each where it came to stand.

        A refused one does not keep the others out. Raises DeliveryFailed where the
        log takes none of them, whatever they are.
        """
        ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is the same for all that is handed in: to which topic, by whom, called what.

    `zender` is the code of the party, `kenmerk` its own reference or None.
    """

    topic: str
    zender: str
    kenmerk: str | None

    def enclose(self, data: bytes) -> Outgoing:
        """Make the record that the router expects (headers of interface.md)."""
        code = self.zender.encode()
        headers: Headers = (("zender", code),)
        if self.kenmerk is not None:
            headers += (("kenmerk", self.kenmerk.encode()),)
        return Outgoing(self.topic, code, data, headers)


@dataclass(frozen=True, slots=True)
class Submission:
    """One bericht to hand in; `bestand` is its name as it may be shown."""

    bestand: str
    data: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a bericht was handed in; `id` is the message id, `grootte` in bytes.

    It is what `ibroker publish` prints, so its fields are the keys of its JSON.
    """

    bestand: str
    id: str
    sha256: str
    grootte: int
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class NotSubmitted:
    """A file that is not, or perhaps not, on the topic."""

    bestand: str
    reden: str


def is_unanswered(result: Receipt | NotSubmitted) -> bool:
    """Whether the log may hold it all the same."""
    return isinstance(result, NotSubmitted) and result.reden == Refusal.GEEN_ANTWOORD


async def submit_all(
    items: Iterator[Submission | NotSubmitted],
    intake: Intake,
    envelope: Envelope,
    is_stopping: Callable[[], bool],
) -> AsyncGenerator[Sequence[Receipt | NotSubmitted], None]:
    """Hand in all, and yield what came of it batch by batch, in the same order.

    `items` is read in a thread, one batch ahead. Once `is_stopping`, no further batch
    is begun. Where Kafka left some of a batch unanswered, that batch is the last.
    """
    reading = asyncio.create_task(asyncio.to_thread(_next_batch, items))
    while (batch := await reading) and not is_stopping():
        reading = asyncio.create_task(asyncio.to_thread(_next_batch, items))
        submissions = [item for item in batch if isinstance(item, Submission)]
        answers = iter(
            await intake.take([envelope.enclose(item.data) for item in submissions])
            if submissions
            else ()
        )
        results = [
            _result(item, next(answers)) if isinstance(item, Submission) else item
            for item in batch
        ]
        yield results
        if any(is_unanswered(result) for result in results):
            break
    await reading


def _next_batch(
    items: Iterator[Submission | NotSubmitted],
) -> list[Submission | NotSubmitted]:
    batch: list[Submission | NotSubmitted] = []
    size = 0
    while len(batch) < _MOST and size < _MOST_BYTES:
        item = next(items, None)
        if item is None:
            break
        batch.append(item)
        if isinstance(item, Submission):
            size += len(item.data)
    return batch


def _result(item: Submission, answer: Position | Refusal) -> Receipt | NotSubmitted:
    match answer:
        case Refusal():
            return NotSubmitted(item.bestand, answer.value)
        case Position(topic, partition, offset):
            return Receipt(
                bestand=item.bestand,
                id=str(message_id(topic, partition, offset)),
                sha256=item.sha256,
                grootte=len(item.data),
                topic=topic,
                partition=partition,
                offset=offset,
            )

"""The intake on Kafka: an idempotent producer that says what came of every record."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    RecordListTooLargeError,
)

from ibroker.core.record import Outgoing, Position
from ibroker.errors import DeliveryFailed
from ibroker.kafka.producer import MAX_BATCH, TOO_LARGE
from ibroker.post.cluster import count_partitions, unreachable
from ibroker.post.submission import LARGEST, Refusal

__all__ = ["KafkaIntake"]

_REQUEST = LARGEST + 64 * 1024  # bytes; key and headers come on top
_CLOSING = 3.0  # s


class KafkaIntake:
    """An `Intake` on one topic; use it as an async context.

    `answer_within` is the time in seconds that Kafka gets for one batch of records.
    """

    def __init__(
        self, connection: Mapping[str, Any], topic: str, *, answer_within: float = 60.0
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._answer_within = answer_within
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        await count_partitions(self._connection, [self._topic])
        self._producer = await self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def take(self, outgoing: Sequence[Outgoing]) -> Sequence[Position | Refusal]:
        """See `Intake.take`.

        After a refusal the client's count of records is no longer that of the broker,
        and it is of no use (aiokafka #1017). A new one then offers each record that
        was not written by itself, still in order.
        """
        answers = await self._send(outgoing)
        spoilt = any(isinstance(answer, BaseException) for answer in answers)
        certain: list[Position | Refusal] = []
        for one, answer in zip(outgoing, answers, strict=True):
            if isinstance(answer, BaseException):
                certain.append(await self._send_alone(one))
            else:
                certain.append(answer)
        if spoilt:
            await self._renew()
        return certain

    async def _send_alone(self, one: Outgoing) -> Position | Refusal:
        await self._renew()
        answer = (await self._send([one]))[0]
        match answer:
            case Position() | Refusal():
                return answer
            case MessageSizeTooLargeError() | RecordListTooLargeError():
                return Refusal.TE_GROOT
            case _:
                raise DeliveryFailed(f"{one.topic}: {type(answer).__name__}")

    async def _send(
        self, outgoing: Sequence[Outgoing]
    ) -> list[Position | Refusal | BaseException]:
        """Offer records; an exception says that this one was certainly not written."""
        producer = self._producer
        if producer is None:
            raise DeliveryFailed(f"{self._topic}: not open")
        answers: list[Position | Refusal | BaseException] = []
        futures: dict[int, asyncio.Future[Any]] = {}
        loop = asyncio.get_running_loop()
        until = loop.time() + self._answer_within
        for index, one in enumerate(outgoing):
            answers.append(Refusal.GEEN_ANTWOORD)
            try:
                async with asyncio.timeout_at(until):
                    futures[index] = await producer.send(
                        one.topic, one.value, key=one.key, headers=list(one.headers)
                    )
            except TOO_LARGE:
                answers[index] = Refusal.TE_GROOT
            except (KafkaError, TimeoutError) as error:
                answers[index] = _certain(error)
        if futures:
            await asyncio.wait(futures.values(), timeout=max(0.0, until - loop.time()))
        for index, future in futures.items():
            answers[index] = _answer(future)
        return answers

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._connection,
            client_id="ibroker-publish",
            enable_idempotence=True,
            acks="all",
            max_batch_size=MAX_BATCH,
            max_request_size=_REQUEST,
        )
        try:
            async with asyncio.timeout(self._answer_within):
                await producer.start()
        except (KafkaError, TimeoutError) as error:
            raise unreachable(self._connection, type(error).__name__) from error
        return producer

    async def _renew(self) -> None:
        await self._close()
        self._producer = await self._start()

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await producer.stop()


def _answer(future: "asyncio.Future[Any]") -> Position | Refusal | BaseException:
    if not future.done():
        future.cancel()
        return Refusal.GEEN_ANTWOORD
    error: BaseException | None = future.exception()
    if error is not None:
        return _certain(error)
    placed = future.result()
    if placed.offset < 0:  # written, but the broker no longer knows where
        return Refusal.GEEN_ANTWOORD
    return Position(placed.topic, placed.partition, placed.offset)


def _certain(error: BaseException) -> Refusal | BaseException:
    """Keep an error only where it says that the record is not in the log."""
    is_sure = isinstance(error, (*TOO_LARGE, OutOfOrderSequenceNumber))
    if is_sure or not getattr(error, "retriable", isinstance(error, TimeoutError)):
        return error
    return Refusal.GEEN_ANTWOORD

"""Putting dead letters back where they came in, each exactly once."""

import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ibroker.core.record import Headers, Outgoing, Position, Record
from ibroker.post.deadletter import read_marker
from ibroker.post.plan import Herstel, Plan

__all__ = [
    "HERSTEL",
    "Archive",
    "Outcome",
    "RestoreTransaction",
    "Restored",
    "Restorer",
    "apply_plan",
    "read_restored",
]

HERSTEL = "ggk.intern.herstel"
"""The compacted topic of markers: the key is the id of what was put back."""

_MOST = 100  # in one transaction
_MOST_BYTES = 8 * 1024 * 1024


class Archive(Protocol):
    """Reads topics from begin to end."""

    def read(self, topic: str) -> AsyncGenerator[Record, None]:
        """Give all that is committed now, in order for each partition, and stop."""
        ...


class RestoreTransaction(Protocol):
    """An open transaction. Left without `commit`, nothing of it ever was."""

    async def send(self, outgoing: Sequence[Outgoing]) -> Sequence[Position]:
        """Write records and say where they stand. Raises DeliveryFailed or Fenced."""
        ...

    async def commit(self) -> None:
        """Make it visible.

        Raises DeliveryFailed or Fenced; then it may be visible or may never be.
        """
        ...


class Restorer(Protocol):
    """The one who may put back."""

    async def own(self) -> None:
        """Be the only one from now on: whoever was before can commit nothing more.

        When it returns, what that one had begun is either visible or never was.
        """
        ...

    def transaction(self) -> AbstractAsyncContextManager[RestoreTransaction]:
        """Begin a transaction. Raises Fenced where another is the one by now."""
        ...


class Outcome(StrEnum):
    """What came of one row of the plan, in the words of the user."""

    TERUGGEZET = "teruggezet"
    AL_TERUGGEZET = "al eerder teruggezet"
    WEG = "staat niet meer in de log"
    ANDERS = "is niet meer wat het plan zegt"


@dataclass(frozen=True, slots=True)
class Restored:
    """One row of the plan and what came of it; `place` is where it was put back."""

    id: str
    outcome: Outcome
    place: Position | None


async def read_restored(archive: Archive, topic: str = HERSTEL) -> dict[str, Position]:
    """Say which dead letters were put back, and where."""
    async with aclosing(archive.read(topic)) as records:
        markers = [read_marker(record) async for record in records]
    return dict(marker for marker in markers if marker is not None)


async def apply_plan(
    plan: Plan,
    archive: Archive,
    restorer: Restorer,
    is_stopping: Callable[[], bool],
    marker_topic: str = HERSTEL,
) -> AsyncGenerator[Sequence[Restored], None]:
    """Put back what the plan says, and yield what came of it batch by batch.

    Every batch is one transaction that holds the berichten and a marker for each, and
    starts with becoming the only one and reading the markers. So what is put back
    twice, killed half-way or run by two at once is still there once.
    """
    wanted = {(row.partition, row.offset): row for row in plan.berichten}
    put_back = _PutBack(plan.doel, archive, restorer, marker_topic)
    async with aclosing(_batches(archive.read(plan.bron), wanted)) as batches:
        async for batch in batches:
            if is_stopping():
                return
            yield await put_back(batch)
    if wanted:
        yield [Restored(row.id, Outcome.WEG, None) for row in wanted.values()]


_Batch = list[tuple[Herstel, Record]]


async def _batches(
    records: AsyncGenerator[Record, None], wanted: dict[tuple[int, int], Herstel]
) -> AsyncGenerator[_Batch, None]:
    """Find the records that are wanted, and take them off that list."""
    batch: _Batch = []
    size = 0
    async with aclosing(records):
        async for record in records:
            row = wanted.pop((record.partition, record.offset), None)
            if row is None:
                continue
            batch.append((row, record))
            size += len(record.value or b"")
            if len(batch) == _MOST or size >= _MOST_BYTES or not wanted:
                yield batch
                batch, size = [], 0
            if not wanted:
                return
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _PutBack:
    doel: str
    archive: Archive
    restorer: Restorer
    marker_topic: str

    async def __call__(self, batch: _Batch) -> Sequence[Restored]:
        await self.restorer.own()
        before = await read_restored(self.archive, self.marker_topic)
        results: dict[str, Restored] = {}
        todo: _Batch = []
        for row, record in batch:
            if row.id in before:
                place = before[row.id]
                results[row.id] = Restored(row.id, Outcome.AL_TERUGGEZET, place)
            elif hashlib.sha256(record.value or b"").hexdigest() != row.sha256:
                results[row.id] = Restored(row.id, Outcome.ANDERS, None)
            else:
                todo.append((row, record))
        if todo:
            async with self.restorer.transaction() as transaction:
                places = await transaction.send(
                    [_original(row, record, self.doel) for row, record in todo]
                )
                done = [
                    Restored(row.id, Outcome.TERUGGEZET, place)
                    for (row, _), place in zip(todo, places, strict=True)
                ]
                await transaction.send(
                    [
                        _marker(row.id, place, self.marker_topic)
                        for (row, _), place in zip(todo, places, strict=True)
                    ]
                )
                await transaction.commit()
            results |= {one.id: one for one in done}
        return [results[row.id] for row, _ in batch]


def _original(row: Herstel, record: Record, topic: str) -> Outgoing:
    """Make the bericht as it once came in, of the zender that the plan says."""
    headers: Headers = (("zender", row.zender.encode()),)
    if row.kenmerk is not None:
        headers += (("kenmerk", row.kenmerk.encode()),)
    headers += (("herstel_van", row.id.encode()),)
    return Outgoing(topic, row.zender.encode(), record.value or b"", headers)


def _marker(identity: str, place: Position, topic: str) -> Outgoing:
    row = {"topic": place.topic, "partition": place.partition, "offset": place.offset}
    return Outgoing(topic, identity.encode(), json.dumps(row).encode())

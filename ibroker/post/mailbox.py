"""Collecting post: what was delivered to a party, first on disk and then committed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic
from typing import Protocol

from ibroker.core.record import Record
from ibroker.errors import ClusterUnreachable, Fenced, LogError
from ibroker.post.delivered import Damaged, Delivered, read_delivered, sidecar
from ibroker.post.folder import Folder

__all__ = ["Mailbox", "Wish", "collect"]

_MOST = 200  # records between two commits
_WAIT = 0.5  # s
_PATIENCE = 30.0  # s without an answer, while there is post


class Mailbox(Protocol):
    """What a consumer group still has to get."""

    async def poll(self, max_records: int, seconds: float) -> Sequence[Record]:
        """What is there now, in order for each partition, at most `max_records`.

        Waits up to `seconds` for the first one. It goes on where the last poll ended,
        or, once partitions were divided anew, where the last commit did.
        """
        ...

    async def commit(self, records: Sequence[Record]) -> None:
        """Never give these again; they are the last poll, or its beginning.

        Raises Fenced where a partition of theirs may by now be another's, and
        ClusterUnreachable where no answer comes; then they may come again.
        """
        ...

    async def is_drained(self) -> bool:
        """Whether all that was there when the mailbox was opened has been polled."""
        ...

    def is_shared_out(self) -> bool:
        """Whether other members of the group have all the partitions."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What someone wants of a mailbox.

    With `key` only records of that key, where the topic also holds those of others.
    With `follow` it goes on until stopped; `most` is how many berichten at most.
    """

    key: bytes | None = None
    follow: bool = False
    most: int | None = None


async def collect(
    mailbox: Mailbox, folder: Folder, wish: Wish, is_stopping: Callable[[], bool]
) -> AsyncGenerator[Sequence[Delivered], None]:
    """Put what was delivered in the folder; yield it once it is committed.

    `<id>.json` comes before `<id>.xml`, so whoever sees the bericht also has the
    rest. When the process dies between the two steps, the same names come again with
    the same content. Raises ConfigError where the folder takes no more and LogError
    for a record that is not as ibroker delivers them; neither is committed.
    """
    left = wish.most
    heard = monotonic()
    while left != 0 and not is_stopping():
        if not wish.follow and await mailbox.is_drained():
            return
        most = _MOST if left is None else min(_MOST, left)
        records = await mailbox.poll(most, _WAIT)
        if records:
            heard = monotonic()
        elif not wish.follow and monotonic() - heard > _PATIENCE:
            raise ClusterUnreachable("Kafka geeft de post niet: geen antwoord meer")
        results = [
            read_delivered(record)
            for record in records
            if wish.key is None or record.key == wish.key
        ]
        delivered, damaged = _until_damaged(results)
        await asyncio.to_thread(folder.save, _files(delivered))
        if await _commit(mailbox, _before(records, damaged)):
            left = None if left is None else left - len(delivered)
            yield delivered
        if damaged is not None:
            place = damaged.place
            raise LogError(
                f"{place.topic}, partitie {place.partition}, offset {place.offset}:"
                f" {damaged.reden}. Niets is hiervan bevestigd."
            )


async def _commit(mailbox: Mailbox, records: Sequence[Record]) -> bool:
    """Commit; False where another has taken over, who will get them as well."""
    if not records:
        return False
    try:
        await mailbox.commit(records)
    except Fenced:
        return False
    return True


def _until_damaged(
    results: Sequence[Delivered | Damaged],
) -> tuple[list[Delivered], Damaged | None]:
    delivered: list[Delivered] = []
    for one in results:
        if isinstance(one, Damaged):
            return delivered, one
        delivered.append(one)
    return delivered, None


def _before(records: Sequence[Record], damaged: Damaged | None) -> Sequence[Record]:
    if damaged is None:
        return records
    place = damaged.place
    return list(
        takewhile(
            lambda one: (one.partition, one.offset) != (place.partition, place.offset),
            records,
        )
    )


def _files(delivered: Sequence[Delivered]) -> list[tuple[str, bytes]]:
    files: list[tuple[str, bytes]] = []
    for one in delivered:
        files += [(f"{one.id}.json", sidecar(one)), (f"{one.id}.xml", one.data)]
    return files

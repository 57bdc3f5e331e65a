"""What waits for who reads it, from where he goes on and where the log ends.

Only offsets count, so that no bericht is read for it. Offsets are of berichten and of
the marks of transactions: where a topic is written in transactions alone the last mark
of a partition is left out, so that nothing waits is 0 and one bericht is 1; between
berichten of several transactions marks are counted with them. The first two offsets of
such a partition hold no bericht: a process wrote to it at its first start, and undid
that (see `kafka/warming.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ibroker.exporter.port import Committed, Extent, Place
from ibroker.exporter.readers import Reader

__all__ = ["Backlog", "Waiting", "count_records", "find_waiting", "sum_up"]

_WARMED: Final = 2  # offsets: what was undone, and the mark that says so


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one place: so many records, the first of them at `offset`."""

    place: Place
    offset: int
    records: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a reader did not read yet.

    `since` is when the oldest of it was written, in milliseconds since 1970; None
    where there is nothing.
    """

    records: int
    since: int | None


def find_waiting(
    reader: Reader, extents: Mapping[Place, Extent], committed: Committed
) -> Sequence[Waiting]:
    """Give what waits for a reader, in each place of its topic.

    Who never committed in a place goes on at its begin. Of those who share a topic the
    one that is farthest counts: what lies behind it nobody came past. A place holds
    post of many, and whose it is stands in the records alone, so that one who stays
    behind there is not told from one who gets nothing.
    """
    offsets: dict[Place, int] = {}
    for group, own in committed.items():
        if group == reader.group or (reader.is_many and group.startswith(reader.group)):
            for place, offset in own.items():
                offsets[place] = max(offset, offsets.get(place, 0))
    found: list[Waiting] = []
    for place, extent in _of(reader.topic, extents):
        # Retention may have taken what it did not read.
        start = max(
            offsets.get(place, 0), extent.begin, _WARMED if reader.has_marks else 0
        )
        records = _between(start, extent.end, 1 if reader.has_marks else 0)
        if records:
            found.append(Waiting(place, start, records))
    return found


def sum_up(waiting: Sequence[Waiting], moments: Mapping[Place, int]) -> Backlog:
    """Sum up what waits for a reader.

    `moments` says of each place when the first that waits there was written, in
    milliseconds since 1970.
    """
    since = [moments[one.place] for one in waiting if one.place in moments]
    return Backlog(sum(one.records for one in waiting), min(since, default=None))


def count_records(topic: str, extents: Mapping[Place, Extent]) -> int:
    """Count what is now on a topic that is written in transactions alone."""
    return sum(
        _between(max(one.begin, _WARMED), one.end, 1) for _, one in _of(topic, extents)
    )


def _of(topic: str, extents: Mapping[Place, Extent]) -> Iterator[tuple[Place, Extent]]:
    return ((place, one) for place, one in extents.items() if place.topic == topic)


def _between(start: int, end: int, marks: int) -> int:
    return max(0, end - start - marks)

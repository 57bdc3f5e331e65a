"""What waits for who reads it, from where he goes on and where the log ends.

Only offsets count, so that no bericht is read for it. Offsets are of berichten and of
the marks of transactions: where a topic is written in transactions alone the last mark
of a partition is left out, so that nothing waits is 0 and one bericht is 1; between
berichten of several transactions marks are counted with them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ibroker.exporter.port import Committed, Extent, Place
from ibroker.exporter.readers import Reader

__all__ = ["Backlog", "Waiting", "count_records", "find_waiting", "sum_up"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one group in one place: so many records, the first at `offset`."""

    group: str
    place: Place
    offset: int
    records: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a reader did not read yet.

    `since` is when the oldest of it was written, in milliseconds since 1970; None
    where there is nothing, or where that is not known yet.
    """

    records: int
    since: int | None


def find_waiting(
    reader: Reader, extents: Mapping[Place, Extent], committed: Committed
) -> Sequence[Waiting]:
    """Give what waits for each group of a reader, in each place of its topic.

    A group that never committed in a place goes on at the begin. Those who share a
    topic each read one place of it: there a group counts where it did commit. While
    none of them did anywhere, all of it waits, for nobody by name.
    """
    places = {
        place: one for place, one in extents.items() if place.topic == reader.topic
    }
    if not reader.is_many:
        offsets = committed.get(reader.group, {})
        return tuple(_waiting(reader, reader.group, places, offsets))
    found: list[Waiting] = []
    has_any = False
    for group, offsets in committed.items():
        own = {place: one for place, one in places.items() if place in offsets}
        if group.startswith(reader.group) and own:
            has_any = True
            found += _waiting(reader, group, own, offsets)
    return found if has_any else tuple(_waiting(reader, reader.group, places, {}))


def sum_up(waiting: Sequence[Waiting], moments: Mapping[Place, int]) -> Backlog:
    """Sum up what waits for a reader: of those who share a topic, for the farthest.

    The sum over them would count a record once for each. `moments` says of each place
    when the first that waits there was written, in milliseconds since 1970.
    """
    records: dict[str, int] = {}
    for one in waiting:
        records[one.group] = records.get(one.group, 0) + one.records
    since = [moments[one.place] for one in waiting if one.place in moments]
    return Backlog(max(records.values(), default=0), min(since, default=None))


def count_records(topic: str, extents: Mapping[Place, Extent]) -> int:
    """Count what is now on a topic that is written in transactions alone."""
    return sum(_between(one.begin, one.end, 1) for one in _of(topic, extents))


def _of(topic: str, extents: Mapping[Place, Extent]) -> Iterable[Extent]:
    return (one for place, one in extents.items() if place.topic == topic)


def _waiting(
    reader: Reader,
    group: str,
    places: Mapping[Place, Extent],
    offsets: Mapping[Place, int],
) -> Iterator[Waiting]:
    for place, extent in places.items():
        # Retention may have taken what it did not read.
        start = max(offsets.get(place, extent.begin), extent.begin)
        records = _between(start, extent.end, 1 if reader.has_marks else 0)
        if records:
            yield Waiting(group, place, start, records)


def _between(start: int, end: int, marks: int) -> int:
    return max(0, end - start - marks)

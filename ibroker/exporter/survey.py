"""One round of the exporter: what waits in the cluster for whom, and since when.

When a record was written is remembered as long as it is the next one of someone: so a
party that does not fetch costs a few questions once, and a round without changes none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ibroker.exporter.backlog import (
    Backlog,
    Waiting,
    count_records,
    find_waiting,
    sum_up,
)
from ibroker.exporter.oldest import Search, begin_search
from ibroker.exporter.port import Condition, Place, Watched
from ibroker.exporter.readers import Reader, group_prefix

__all__ = ["Backlogs", "Survey"]

_MOST = 60  # questions about one record; some ten are normal


@dataclass(frozen=True, slots=True)
class Backlogs:
    """What one round saw: what waits for each party, and for each group of ours."""

    postvakken: Mapping[str, Backlog]
    groups: Mapping[str, Backlog]
    deadletters: int


class Survey:
    """Rounds over one cluster; it remembers between them when records were written.

    `parties()` may differ by the day; `onbestelbaar` is the topic of dead letters;
    `clock` is the time in seconds since 1970.
    """

    def __init__(
        self,
        onbestelbaar: str,
        parties: Callable[[], Sequence[Reader]],
        ours: Sequence[Reader],
        clock: Callable[[], float],
    ) -> None:
        self._onbestelbaar = onbestelbaar
        self._parties = parties
        self._ours = ours
        self._clock = clock
        self._known: Mapping[Place, Search] = {}

    def look(self, cluster: Watched, condition: Condition) -> Backlogs:
        """Do one round. Raises ClusterUnreachable, or LogError."""
        parties, ours = self._parties(), self._ours
        readers = (*parties, *ours)
        # First where they go on, then the ends: what comes in between waits, in truth.
        committed = cluster.committed(
            [one.group for one in readers if not one.is_many], group_prefix(readers)
        )
        topics = {one.topic for one in readers} | {self._onbestelbaar}
        extents = cluster.extents(_places(topics, condition.partitions))
        waiting = {one: find_waiting(one, extents, committed) for one in readers}
        moments = self._date(cluster, [w for ones in waiting.values() for w in ones])
        has_topic = {place.topic for place in extents}
        found = {one: sum_up(waiting[one], moments) for one in readers}
        return Backlogs(
            {one.name: found[one] for one in parties if one.topic in has_topic},
            {one.name: found[one] for one in ours if one.topic in has_topic},
            count_records(self._onbestelbaar, extents),
        )

    def _date(
        self, cluster: Watched, waiting: Sequence[Waiting]
    ) -> Mapping[Place, int]:
        """Say of each place when the first record that waits there was written."""
        now = round(self._clock() * 1000)
        known: dict[Place, Search] = {}
        searching: dict[Place, Search] = {}
        for one in waiting:
            place, offset = one.place, one.offset
            before = self._known.get(place)
            if before is not None and before.offset == offset:
                known[place] = before
            else:
                is_later = before is not None and before.offset < offset
                since = before.moment if before is not None and is_later else 0
                searching[place] = begin_search(offset, now, since)
        self._known = known | _search(cluster, searching)
        return {place: search.moment for place, search in self._known.items()}


def _search(cluster: Watched, searching: Mapping[Place, Search]) -> dict[Place, Search]:
    """Ask of all places at once, until each is known as well as is needed."""
    found = dict(searching)
    for _ in range(_MOST):
        questions = {
            place: search.question
            for place, search in found.items()
            if not search.is_over
        }
        if not questions:
            break
        for place, answer in cluster.first_since(questions).items():
            found[place] = found[place].take(answer)
    return found


def _places(topics: set[str], partitions: Mapping[str, int]) -> Sequence[Place]:
    return [
        Place(topic, partition)
        for topic in sorted(topics)
        for partition in range(partitions.get(topic, 0))
    ]

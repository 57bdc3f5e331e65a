"""A cluster that is watched over Kafka's protocol, with kafka-python.

That client has the requests in their newest form: one for all groups of a coordinator,
and one for all partitions of a leader. So a round over all gemeenten is a few requests.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from kafka.errors import (  # type: ignore[import-untyped]
    GroupIdNotFoundError,
    NoError,
    for_code,
)
from kafka.protocol.admin import ListGroupsRequest  # type: ignore[import-untyped]
from kafka.protocol.api_message import ApiMessage  # type: ignore[import-untyped]
from kafka.protocol.consumer import (  # type: ignore[import-untyped]
    IsolationLevel,
    ListOffsetsRequest,
    OffsetFetchRequest,
    OffsetSpec,
)
from kafka.protocol.metadata import (  # type: ignore[import-untyped]
    CoordinatorType,
    FindCoordinatorRequest,
)

from ibroker.errors import LogError
from ibroker.exporter.kafka_condition import Layout, ask_condition, ask_layout
from ibroker.exporter.port import Committed, Condition, Extent, Found, Place
from ibroker.topics.kafka_brokers import Brokers

__all__ = ["KafkaWatched"]

_NAMES = 9  # of OffsetFetch, the last version that calls topics by name
_ANSWER = 5_000  # ms
_WITHIN = 2.0  # s; the next round tries again
_NONE = -1


class KafkaWatched:
    """A `Watched` of the brokers of `connection`; use it as a context.

    Raises ClusterUnreachable where no broker answers, ConfigError for no address. After
    an error it is best made anew: another broker may lead by then.
    """

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._brokers = Brokers(connection, "ibroker-exporter", _ANSWER, _WITHIN)
        self._layout = Layout((), {}, {})
        self._coordinators: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._brokers.close()

    def condition(self) -> Condition:
        """See `Watched.condition`."""
        self._layout = ask_layout(self._brokers)
        return ask_condition(self._brokers, self._layout)

    def committed(self, groups: Collection[str], begin: str) -> Committed:
        """See `Watched.committed`."""
        wanted = {*groups, *(self._groups(begin) if begin else ())}
        found: dict[str, Mapping[Place, int]] = {}
        for node, some in self._coordinated(sorted(wanted)).items():
            found |= self._offsets(node, some)
        return found

    def extents(self, places: Collection[Place]) -> Mapping[Place, Extent]:
        """See `Watched.extents`."""
        begins = self._ask_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
        ends = self._ask_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        return {
            place: Extent(begin.offset, ends[place].offset)
            for place, begin in begins.items()
            if place in ends
        }

    def first_since(self, moments: Mapping[Place, int]) -> Mapping[Place, Found | None]:
        """See `Watched.first_since`."""
        found = self._ask_offsets(moments)
        return {
            place: None if one.offset == _NONE else one for place, one in found.items()
        }

    def _groups(self, begin: str) -> Iterator[str]:
        for node in self._layout.nodes:
            answer = self._brokers.ask(
                ListGroupsRequest(states_filter=[], types_filter=[]), node
            )
            _check(answer.error_code, "groepen")
            for group in answer.groups:
                if group.group_id.startswith(begin):
                    yield group.group_id

    def _coordinated(self, groups: Sequence[str]) -> Mapping[int, Sequence[str]]:
        """Give the groups of each coordinator."""
        new = [group for group in groups if group not in self._coordinators]
        if new:
            answer = self._brokers.ask(
                FindCoordinatorRequest(
                    key_type=CoordinatorType.GROUP, coordinator_keys=new
                )
            )
            for one in answer.coordinators:
                _check(one.error_code, one.key)
                self._coordinators[one.key] = one.node_id
        found: defaultdict[int, list[str]] = defaultdict(list)
        for group in groups:
            found[self._coordinators[group]].append(group)
        return found

    def _offsets(self, node: int, groups: Sequence[str]) -> Committed:
        request = OffsetFetchRequest.OffsetFetchRequestGroup
        answer = self._brokers.ask(
            OffsetFetchRequest(
                groups=[
                    request(
                        group_id=group, member_id=None, member_epoch=-1, topics=None
                    )
                    for group in groups
                ],
                require_stable=False,
                max_version=_NAMES,
            ),
            node,
        )
        found: dict[str, Mapping[Place, int]] = {}
        for group in answer.groups:
            if for_code(group.error_code) is GroupIdNotFoundError:
                continue
            _check(group.error_code, group.group_id)
            found[group.group_id] = {
                Place(topic.name, one.partition_index): one.committed_offset
                for topic in group.topics
                for one in topic.partitions
                if one.committed_offset != _NONE
            }
        return found

    def _ask_offsets(self, moments: Mapping[Place, int]) -> dict[Place, Found]:
        """Ask the leaders; a place without a leader has no answer."""
        by_leader: defaultdict[int, defaultdict[str, list[tuple[int, int]]]]
        by_leader = defaultdict(lambda: defaultdict(list))
        for place, moment in moments.items():
            leader = self._layout.leaders.get(place)
            if leader is not None:
                by_leader[leader][place.topic].append((place.partition, int(moment)))
        found: dict[Place, Found] = {}
        for leader, topics in by_leader.items():
            answer = self._brokers.ask(_list_offsets(topics), leader)
            for topic in answer.topics:
                for one in topic.partitions:
                    _check(one.error_code, topic.name)
                    place = Place(topic.name, one.partition_index)
                    found[place] = Found(one.offset, one.timestamp)
        return found


def _list_offsets(topics: Mapping[str, Sequence[tuple[int, int]]]) -> ApiMessage:
    request = ListOffsetsRequest.ListOffsetsTopic
    return ListOffsetsRequest(
        replica_id=-1,
        isolation_level=IsolationLevel.READ_COMMITTED,
        topics=[
            request(
                name=topic,
                partitions=[
                    request.ListOffsetsPartition(
                        partition_index=partition,
                        current_leader_epoch=-1,
                        timestamp=moment,
                    )
                    for partition, moment in asked
                ],
            )
            for topic, asked in topics.items()
        ],
        timeout_ms=_ANSWER,
    )


def _check(code: int, subject: str) -> None:
    error = for_code(code)
    if error is not NoError:
        raise LogError(f"{subject}: {error.__name__}")

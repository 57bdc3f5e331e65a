"""What a Kafka cluster tells of its own condition: brokers, partitions and disks.

On KRaft a broker names any other as the controller; who leads the quorum it asks the
controllers themselves. Disks are those of the folders with logs (KIP-827).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafka.errors import NoError, for_code  # type: ignore[import-untyped]
from kafka.protocol.admin import (  # type: ignore[import-untyped]
    DescribeClusterRequest,
    DescribeConfigsRequest,
    DescribeLogDirsRequest,
    DescribeQuorumRequest,
)
from kafka.protocol.metadata import MetadataRequest  # type: ignore[import-untyped]

from ibroker.errors import LogError
from ibroker.exporter.port import Condition, Disk, Place
from ibroker.topics.kafka_brokers import Brokers

__all__ = ["Layout", "Replicas", "ask_condition", "ask_layout"]

_TOPIC = 2  # Kafka's ConfigResource of a topic
_MIN_ISR = "min.insync.replicas"
_QUORUM = "__cluster_metadata"


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many copies a partition has, and how many of them are in sync."""

    all: int
    in_sync: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Who takes part, who leads each place that has a leader, and its copies."""

    nodes: Sequence[int]
    leaders: Mapping[Place, int]
    replicas: Mapping[Place, Replicas]


def ask_layout(brokers: Brokers) -> Layout:
    """Ask any broker for what it knows of all. Raises as `Brokers.ask` does."""
    cluster = brokers.ask(DescribeClusterRequest(include_fenced_brokers=True))
    _check(cluster.error_code, "cluster")
    metadata = brokers.ask(
        MetadataRequest(topics=None, allow_auto_topic_creation=False)
    )
    leaders: dict[Place, int] = {}
    replicas: dict[Place, Replicas] = {}
    for topic in metadata.topics:
        for one in topic.partitions:
            place = Place(topic.name, one.partition_index)
            replicas[place] = Replicas(len(one.replica_nodes), len(one.isr_nodes))
            if one.leader_id >= 0:
                leaders[place] = one.leader_id
    nodes = sorted(one.broker_id for one in cluster.brokers if not one.is_fenced)
    return Layout(nodes, leaders, replicas)


def ask_condition(brokers: Brokers, layout: Layout) -> Condition:
    """Ask for what a layout does not say. Raises as `Brokers.ask` does."""
    behind = {
        place: one for place, one in layout.replicas.items() if one.in_sync < one.all
    }
    needed = _min_isr(brokers, sorted({place.topic for place in behind}))
    partitions: dict[str, int] = {}
    for place in layout.replicas:
        partitions[place.topic] = partitions.get(place.topic, 0) + 1
    return Condition(
        brokers=frozenset(layout.nodes),
        has_controller=_has_controller(brokers),
        offline=len(layout.replicas) - len(layout.leaders),
        under_replicated=len(behind),
        under_min_isr=sum(
            one.in_sync < needed.get(place.topic, 1) for place, one in behind.items()
        ),
        disks={
            node: disk
            for node in layout.nodes
            if (disk := _disk(brokers, node)) is not None
        },
        partitions=partitions,
    )


def _min_isr(brokers: Brokers, topics: Sequence[str]) -> Mapping[str, int]:
    """Say how many copies in sync a write needs; asked of topics that lack some."""
    if not topics:
        return {}
    answer = brokers.ask(
        DescribeConfigsRequest(
            resources=[(_TOPIC, topic, [_MIN_ISR]) for topic in topics],
            include_synonyms=False,
        )
    )
    found: dict[str, int] = {}
    for one in answer.results:
        # Of a topic that we may not see so closely it is 1, as if it had no setting.
        if for_code(one.error_code) is NoError:
            values = [config.value for config in one.configs if config.name == _MIN_ISR]
            found[one.resource_name] = int(values[0]) if values else 1
    return found


def _has_controller(brokers: Brokers) -> bool:
    topic = DescribeQuorumRequest.TopicData
    request = DescribeQuorumRequest(
        topics=[
            topic(
                topic_name=_QUORUM, partitions=[topic.PartitionData(partition_index=0)]
            )
        ]
    )
    try:
        answer = brokers.ask(request)
        _check(answer.error_code, "quorum")
    except LogError:
        # A broker hears nothing where no controller leads.
        return False
    return any(
        one.leader_id >= 0 for found in answer.topics for one in found.partitions
    )


def _disk(brokers: Brokers, node: int) -> Disk | None:
    """Ask one broker; None where it does not tell, as where it just fell away."""
    try:
        answer = brokers.ask(DescribeLogDirsRequest(topics=[]), node)
    except LogError:
        return None
    if for_code(answer.error_code) is not NoError:
        return None
    folders = [one for one in answer.results if one.total_bytes >= 0]
    if not folders:
        return None
    return Disk(
        sum(one.total_bytes for one in folders),
        sum(one.usable_bytes for one in folders),
    )


def _check(code: int, subject: str) -> None:
    error = for_code(code)
    if error is not NoError:
        raise LogError(f"{subject}: {error.__name__}")

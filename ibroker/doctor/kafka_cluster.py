"""A look at a Kafka cluster; it is a `Waarnemer`. It only asks, and writes nothing."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from kafka.errors import NoError, for_code  # type: ignore[import-untyped]
from kafka.protocol.admin import (  # type: ignore[import-untyped]
    DescribeClusterRequest,
    DescribeQuorumRequest,
)
from kafka.protocol.metadata import (  # type: ignore[import-untyped]
    ApiVersionsRequest,
    MetadataRequest,
)

from ibroker.doctor.cluster import Clusterbeeld, Klok, measure
from ibroker.topics.kafka_brokers import Brokers

__all__ = ["KafkaWaarnemer"]

_METADATA = "__cluster_metadata"
_TRANSACTIONS = "transaction.version"
_TIMES = 3  # that the clock is asked for; the quickest answer says it best


class KafkaWaarnemer:
    """The cluster of `connection`, as `ibroker.kafka.connection` gives it.

    Raises as `Waarnemer.look`, and ConfigError for what is no address.
    """

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._brokers = Brokers(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._brokers.close()

    def look(self) -> Clusterbeeld:
        """See `Waarnemer.look`."""
        ask = self._brokers.ask
        cluster = ask(DescribeClusterRequest(include_fenced_brokers=True))
        metadata = ask(MetadataRequest(topics=None, allow_auto_topic_creation=False))
        partitions = [
            partition for topic in metadata.topics for partition in topic.partitions
        ]
        return Clusterbeeld(
            brokers=tuple(sorted(one.broker_id for one in cluster.brokers)),
            afgesloten=tuple(
                sorted(one.broker_id for one in cluster.brokers if one.is_fenced)
            ),
            controller=cluster.controller_id if cluster.controller_id >= 0 else None,
            versie=self._brokers.version,
            transacties=self._transactions(),
            partities=len(partitions),
            zonder_leider=sum(one.leader_id < 0 for one in partitions),
            met_te_weinig_kopieen=sum(
                len(one.isr_nodes) < len(one.replica_nodes) for one in partitions
            ),
            klok=self._clock(),
        )

    def _transactions(self) -> int | None:
        answer = self._brokers.ask(
            ApiVersionsRequest(
                client_software_name="ibroker",
                client_software_version="1",
                min_version=3,
            )
        )
        for feature in answer.finalized_features or ():
            if feature.name == _TRANSACTIONS:
                return int(feature.max_version_level)
        return None

    def _clock(self) -> Klok | None:
        """The clock of the controller; None where we may not ask."""
        measured = [one for one in (self._ask_time() for _ in range(_TIMES)) if one]
        return min(measured, key=lambda one: one.marge, default=None)

    def _ask_time(self) -> Klok | None:
        topic = DescribeQuorumRequest.TopicData
        partition = topic.PartitionData(partition_index=0)
        request = DescribeQuorumRequest(
            topics=[topic(topic_name=_METADATA, partitions=[partition])]
        )
        before = time.time() * 1000
        answer = self._brokers.ask(request)
        after = time.time() * 1000
        if for_code(answer.error_code) is not NoError:
            return None
        found = answer.topics[0].partitions[0]
        if for_code(found.error_code) is not NoError:
            return None
        # Of itself the leader says its clock; of others when it last heard of them.
        times = [
            one.last_fetch_timestamp
            for one in found.current_voters
            if one.replica_id == found.leader_id
        ]
        return measure(before, times[0], after) if times and times[0] > 0 else None

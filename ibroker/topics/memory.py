"""A cluster in memory that is administered as Kafka is: same answers, same refusals."""

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from ibroker.topics.plan import (
    AddAcl,
    AddPartitions,
    Change,
    CreateTopic,
    DeleteTopic,
    RemoveAcl,
    SetConfig,
    SetQuota,
)
from ibroker.topics.state import Acl, Actual, Limits, Ours, Topic

__all__ = ["MemoryAdmin"]


class MemoryAdmin:
    """An `Admin` of so many brokers, which at first have nothing.

    `configs` are the keys that a topic can have; `has_authorizer` says whether there is
    access to give.
    """

    def __init__(
        self,
        *,
        brokers: int = 1,
        has_authorizer: bool = True,
        configs: Iterable[str] = (
            "cleanup.policy",
            "delete.retention.ms",
            "max.compaction.lag.ms",
            "max.message.bytes",
            "message.timestamp.type",
            "min.cleanable.dirty.ratio",
            "min.insync.replicas",
            "retention.ms",
            "segment.ms",
        ),
    ) -> None:
        self._brokers = brokers
        self._configs = frozenset(configs)
        self._topics: dict[str, Topic] = {}
        self._acls: set[Acl] | None = set() if has_authorizer else None
        self._quotas: dict[str, Mapping[str, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def observe(self, ours: Ours) -> Actual:
        """See `Admin.observe`."""
        return Actual(
            self._brokers,
            tuple(
                self._topics[name]
                for name in sorted(self._topics)
                if ours.has_topic(name)
            ),
            None if self._acls is None else frozenset(self._acls),
            {
                principal: limits
                for principal, limits in self._quotas.items()
                if ours.has_principal(principal)
            },
        )

    def make(self, changes: Sequence[Change]) -> Sequence[str | None]:
        """See `Admin.make`."""
        return [self._make(change) for change in changes]

    def _make(self, change: Change) -> str | None:
        match change:
            case CreateTopic(topic):
                return self._create(topic)
            case DeleteTopic(name):
                gone = self._topics.pop(name, None)
                return None if gone else "UnknownTopicOrPartitionError"
            case AddPartitions(name, _, wanted):
                return self._extend(name, wanted)
            case SetConfig(name, key, _, wanted):
                return self._configure(name, key, wanted)
            case AddAcl(acl) | RemoveAcl(acl):
                return self._grant(acl, is_given=isinstance(change, AddAcl))
            case SetQuota(principal, key, _, limit):
                self._limit(principal, key, limit)
                return None

    def _create(self, topic: Topic) -> str | None:
        if topic.name in self._topics:
            return "TopicAlreadyExistsError"
        if topic.replicas > self._brokers:
            return "InvalidReplicationFactorError"
        if not topic.config.keys() <= self._configs:
            return "InvalidConfigurationError"
        self._topics[topic.name] = topic
        return None

    def _extend(self, name: str, partitions: int) -> str | None:
        topic = self._topics.get(name)
        if topic is None:
            return "UnknownTopicOrPartitionError"
        if partitions <= topic.partitions:
            return "InvalidPartitionsError"
        self._topics[name] = Topic(name, partitions, topic.replicas, topic.config)
        return None

    def _configure(self, name: str, key: str, value: str | None) -> str | None:
        topic = self._topics.get(name)
        if topic is None:
            return "UnknownTopicOrPartitionError"
        if key not in self._configs:
            return "InvalidConfigurationError"
        config = {k: v for k, v in topic.config.items() if k != key}
        if value is not None:
            config[key] = value
        self._topics[name] = Topic(name, topic.partitions, topic.replicas, config)
        return None

    def _grant(self, acl: Acl, *, is_given: bool) -> str | None:
        if self._acls is None:
            return "SecurityDisabledError"
        if is_given:
            self._acls.add(acl)
        else:
            self._acls.discard(acl)
        return None

    def _limit(self, principal: str, key: str, limit: float | None) -> None:
        limits: Limits = self._quotas.get(principal, {})
        kept = {k: v for k, v in limits.items() if k != key}
        if limit is not None:
            kept[key] = limit
        self._quotas[principal] = kept
        if not kept:
            del self._quotas[principal]

"""The administration of a Kafka cluster; it is an `Admin`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from kafka.errors import (  # type: ignore[import-untyped]
    AuthorizationError,
    SecurityDisabledError,
    UnknownTopicOrPartitionError,
    for_code,
)
from kafka.protocol.admin import (  # type: ignore[import-untyped]
    AlterClientQuotasRequest,
    CreateAclsRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteAclsRequest,
    DeleteTopicsRequest,
    DescribeClusterRequest,
    DescribeConfigsRequest,
    IncrementalAlterConfigsRequest,
)
from kafka.protocol.api_message import ApiMessage  # type: ignore[import-untyped]
from kafka.protocol.metadata import (  # type: ignore[import-untyped]
    MetadataRequest,
)

from ibroker.errors import ConfigError, LogError
from ibroker.topics.kafka_brokers import Brokers, reason_of
from ibroker.topics.kafka_wire import (
    ALL_ACLS,
    QUOTAS_OF_USERS,
    acl_creation,
    acl_filter,
    config_changes,
    quota_changes,
    read_acls,
    read_quotas,
    read_topic_config,
    topic_creation,
)
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

__all__ = ["KafkaAdmin"]

_SERVER = 25_000  # ms that the controller may take
_TOPIC = 2  # Kafka's ConfigResource of a topic
# One request becomes one batch of records for the controller, of 10,000 at most.
_MOST = 200

_T = TypeVar("_T")
_Failures = Iterator[tuple[int, str]]


class KafkaAdmin:
    """An `Admin` of the brokers of `connection`: what `ibroker.kafka.connection` gives.

    Raises ClusterUnreachable where no broker answers, ConfigError for no address.
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

    def observe(self, ours: Ours) -> Actual:
        """See `Admin.observe`."""
        cluster = self._brokers.ask(DescribeClusterRequest(include_fenced_brokers=True))
        acls = self._observe_acls()
        return Actual(
            brokers=len(cluster.brokers),
            topics=tuple(self._observe_topics(ours)),
            acls=acls,
            quotas={} if acls is None else self._observe_quotas(ours),
        )

    def make(self, changes: Sequence[Change]) -> Sequence[str | None]:
        """See `Admin.make`."""
        numbers: defaultdict[type[Change], list[int]] = defaultdict(list)
        for number, change in enumerate(changes):
            numbers[type(change)].append(number)
        reasons: list[str | None] = [None] * len(changes)
        for kind, wave in self._waves():
            for some in _split(numbers[kind]):
                for place, reason in wave([changes[number] for number in some]):
                    reasons[some[place]] = reason
        return reasons

    def _waves(self) -> Iterable[tuple[type[Change], Any]]:
        return (
            (CreateTopic, self._create),
            (AddPartitions, self._extend),
            (SetConfig, self._configure),
            (AddAcl, self._grant),
            (RemoveAcl, self._revoke),
            (SetQuota, self._limit),
            (DeleteTopic, self._delete),
        )

    def _observe_topics(self, ours: Ours) -> Iterator[Topic]:
        metadata = self._brokers.ask(
            MetadataRequest(topics=None, allow_auto_topic_creation=False)
        )
        found = {one.name: one for one in metadata.topics if ours.has_topic(one.name)}
        configs: dict[str, dict[str, str]] = {}
        for some in _split(sorted(found)):
            answer = self._brokers.ask(
                DescribeConfigsRequest(
                    resources=[(_TOPIC, name, None) for name in some],
                    include_synonyms=False,
                )
            )
            for one in answer.results:
                # Brokers may differ for a moment on what was just made or deleted.
                if for_code(one.error_code) is not UnknownTopicOrPartitionError:
                    _check(one, one.resource_name)
                    configs[one.resource_name] = read_topic_config(one.configs)
        for name in sorted(configs):
            partitions = found[name].partitions
            copies = min((len(one.replica_nodes) for one in partitions), default=0)
            yield Topic(name, len(partitions), copies, configs[name])

    def _observe_acls(self) -> frozenset[Acl] | None:
        answer = self._brokers.ask(ALL_ACLS)
        if for_code(answer.error_code) is SecurityDisabledError:
            return None
        _check(answer, "ACL's")
        try:
            return frozenset(read_acls(answer.resources))
        except KeyError as error:
            raise LogError(f"een ACL met een onbekend nummer: {error}") from error

    def _observe_quotas(self, ours: Ours) -> Mapping[str, Limits]:
        answer = self._brokers.ask(QUOTAS_OF_USERS)
        _check(answer, "quota")
        quotas = read_quotas(answer.entries or ())
        return {one: quotas[one] for one in quotas if ours.has_principal(one)}

    def _create(self, changes: Sequence[CreateTopic]) -> _Failures:
        topics = [topic_creation(change.topic) for change in changes]
        answer = self._brokers.ask(
            CreateTopicsRequest(topics=topics, timeout_ms=_SERVER, validate_only=False)
        )
        # By name: in which order a broker answers is not promised.
        places = {change.topic.name: n for n, change in enumerate(changes)}
        return _failures((places[one.name], one) for one in answer.topics)

    def _extend(self, changes: Sequence[AddPartitions]) -> _Failures:
        answer = self._brokers.ask(
            CreatePartitionsRequest(
                topics=[(change.topic, change.wanted, None) for change in changes],
                timeout_ms=_SERVER,
                validate_only=False,
            )
        )
        places = {change.topic: n for n, change in enumerate(changes)}
        return _failures((places[one.name], one) for one in answer.results)

    def _configure(self, changes: Sequence[SetConfig]) -> _Failures:
        """Change the configs of each topic together: they succeed or fail as one."""
        places = _grouped(change.topic for change in changes)
        answer = self._brokers.ask(
            IncrementalAlterConfigsRequest(
                resources=[
                    (_TOPIC, topic, config_changes([changes[n] for n in some]))
                    for topic, some in places.items()
                ],
                validate_only=False,
            )
        )
        return _failures(
            (n, one) for one in answer.responses for n in places[one.resource_name]
        )

    def _grant(self, changes: Sequence[AddAcl]) -> _Failures:
        creations = [acl_creation(change.acl) for change in changes]
        answer = self._brokers.ask(CreateAclsRequest(creations=creations))
        return _failures(enumerate(answer.results))

    def _revoke(self, changes: Sequence[RemoveAcl]) -> _Failures:
        filters = [acl_filter(change.acl) for change in changes]
        answer = self._brokers.ask(DeleteAclsRequest(filters=filters))
        return _failures(enumerate(answer.filter_results))

    def _limit(self, changes: Sequence[SetQuota]) -> _Failures:
        """Change the quotas of each principal together."""
        places = _grouped(change.principal for change in changes)
        answer = self._brokers.ask(
            AlterClientQuotasRequest(
                entries=[
                    quota_changes(principal, [changes[n] for n in some])
                    for principal, some in places.items()
                ],
                validate_only=False,
            )
        )
        by_user = {
            principal.partition(":")[2]: places[principal] for principal in places
        }
        return _failures(
            (n, one)
            for one in answer.entries
            for n in by_user[one.entity[0].entity_name]
        )

    def _delete(self, changes: Sequence[DeleteTopic]) -> _Failures:
        topic = DeleteTopicsRequest.DeleteTopicState
        answer = self._brokers.ask(
            DeleteTopicsRequest(
                topics=[topic(name=change.topic) for change in changes],
                timeout_ms=_SERVER,
            )
        )
        places = {change.topic: n for n, change in enumerate(changes)}
        return _failures((places[one.name], one) for one in answer.responses)


def _failures(answers: Iterable[tuple[int, ApiMessage]]) -> _Failures:
    """Give the place and the reason of each answer that is an error."""
    for place, answer in answers:
        reason = reason_of(answer)
        if reason is not None:
            yield place, reason


def _check(answer: ApiMessage, subject: str) -> None:
    """Raise where we cannot see what we must compare with."""
    reason = reason_of(answer)
    if reason is None:
        return
    if issubclass(for_code(answer.error_code), AuthorizationError):
        raise ConfigError(f"{subject}: met dit certificaat niet te zien ({reason})")
    raise LogError(f"{subject}: {reason}")


def _grouped(names: Iterable[str]) -> dict[str, list[int]]:
    """Give the places of each name."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        places[name].append(place)
    return dict(places)


def _split(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _MOST):
        yield items[start : start + _MOST]

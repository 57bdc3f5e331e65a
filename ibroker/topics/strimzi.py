"""The same topics and access as resources of Strimzi: KafkaTopic and KafkaUser, v1.

Strimzi's operators then do what `ibroker topics apply` does elsewhere. A KafkaUser gets
a certificate whose CN is its name; to Kafka it is the principal `User:CN=<name>`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ibroker.errors import TopicsError
from ibroker.topics.state import Acl, Desired, Kind, Limits, Operation, Topic

__all__ = ["render_topics", "render_users"]

_API = "kafka.strimzi.io/v1"
_PRINCIPAL = "User:CN="
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST = 253  # of a name in Kubernetes
_LONGEST_USER = 64  # of a CN

_KINDS = {
    Kind.TOPIC: "topic",
    Kind.GROUP: "group",
    Kind.CLUSTER: "cluster",
    Kind.TRANSACTIONAL_ID: "transactionalId",
}
# Strimzi's own list of operations.
_OPERATIONS = {
    Operation.READ: "Read",
    Operation.WRITE: "Write",
    Operation.CREATE: "Create",
    Operation.DELETE: "Delete",
    Operation.ALTER: "Alter",
    Operation.DESCRIBE: "Describe",
    Operation.CLUSTER_ACTION: "ClusterAction",
    Operation.ALTER_CONFIGS: "AlterConfigs",
    Operation.DESCRIBE_CONFIGS: "DescribeConfigs",
    Operation.IDEMPOTENT_WRITE: "IdempotentWrite",
    Operation.ALL: "All",
}
_QUOTAS = {
    "producer_byte_rate": "producerByteRate",
    "consumer_byte_rate": "consumerByteRate",
}


def render_topics(desired: Desired, cluster: str) -> Iterator[dict[str, Any]]:
    """Give a KafkaTopic for each topic, for the Kafka resource called `cluster`.

    Raises TopicsError where Kubernetes cannot have a resource of that name.
    """
    for topic in desired.topics:
        yield _resource("KafkaTopic", topic.name, cluster, _topic_spec(topic))


def render_users(desired: Desired, cluster: str) -> Iterator[dict[str, Any]]:
    """Give a KafkaUser for each principal, for the Kafka resource called `cluster`.

    Raises TopicsError for a name that cannot be, or an operation that Strimzi lacks.
    """
    acls: defaultdict[str, list[Acl]] = defaultdict(list)
    for acl in sorted(desired.acls):
        acls[acl.principal].append(acl)
    for principal in sorted(acls.keys() | desired.quotas.keys()):
        name = principal.removeprefix(_PRINCIPAL)
        if len(name) > _LONGEST_USER:
            raise TopicsError(f"{name} is te lang voor een KafkaUser")
        spec: dict[str, Any] = {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple", "acls": list(_rules(acls[principal]))},
        }
        limits = desired.quotas.get(principal)
        if limits:
            spec["quotas"] = _quotas(limits)
        yield _resource("KafkaUser", name, cluster, spec)


def _resource(
    kind: str, name: str, cluster: str, spec: Mapping[str, Any]
) -> dict[str, Any]:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise TopicsError(f"{name} kan in Kubernetes geen {kind} heten")
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": cluster}},
        "spec": spec,
    }


def _topic_spec(topic: Topic) -> dict[str, Any]:
    return {
        "partitions": topic.partitions,
        "replicas": topic.replicas,
        "config": {key: _number(value) for key, value in topic.config.items()},
    }


def _number(value: str) -> int | str:
    return int(value) if value.isdecimal() else value


def _quotas(limits: Limits) -> dict[str, int]:
    return {_QUOTAS[key]: int(value) for key, value in limits.items()}


def _rules(acls: Iterable[Acl]) -> Iterator[dict[str, Any]]:
    """Give one rule for each resource, with all that may be done with it."""
    operations: defaultdict[Any, list[str]] = defaultdict(list)
    for acl in acls:
        try:
            operations[acl.resource].append(_OPERATIONS[acl.operation])
        except KeyError as error:
            raise TopicsError(f"Strimzi kent {acl.operation} niet") from error
    for resource, names in operations.items():
        where: dict[str, str] = {"type": _KINDS[resource.kind]}
        if resource.kind is not Kind.CLUSTER:
            where["name"] = resource.name
            where["patternType"] = "prefix" if resource.is_prefix else "literal"
        yield {"resource": where, "operations": names, "host": "*"}

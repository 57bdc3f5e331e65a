"""What topics.yaml asks of one cluster: a topic of each gemeente, copies that fit."""

from collections.abc import Iterator, Mapping, Sequence

from ibroker.topics.model import (
    PLACEHOLDER,
    Access,
    Config,
    Quota,
    Replication,
    TopicsFile,
    TopicSpec,
)
from ibroker.topics.state import (
    Acl,
    Desired,
    Kind,
    Limits,
    Operation,
    Ours,
    Resource,
    Topic,
)

__all__ = ["MIN_INSYNC", "expand", "fitting"]

MIN_INSYNC = "min.insync.replicas"

_DAY = 24 * 60 * 60 * 1000  # ms
_CLUSTER = "kafka-cluster"  # Kafka's own name for it


def fitting(file: TopicsFile, brokers: int) -> Replication:
    """Give the last replication for which there are brokers enough."""
    return next(row for row in reversed(file.replication) if row.brokers <= brokers)


def expand(
    file: TopicsFile, postvakken: Sequence[str], replication: Replication
) -> Desired:
    """Say what a cluster must have.

    Args:
        file: topics.yaml
        postvakken: the codes of the gemeenten that have a topic
        replication: how many copies; `fitting` gives what a cluster can have
    """
    topics = [
        _make_topic(name, spec, replication)
        for template, spec in file.topics.items()
        for name, _code in _each(template, postvakken)
    ]
    acls: set[Acl] = set()
    quotas: dict[str, Limits] = {}
    for template, access in file.access.items():
        for name, code in _each(template, postvakken):
            principal = file.principals + name
            acls.update(_make_acls(principal, access, code))
            limits = _make_limits(access.quota)
            if limits:
                quotas[principal] = limits
    return Desired(
        Ours(file.prefix, file.principals),
        tuple(sorted(topics, key=lambda topic: topic.name)),
        frozenset(acls),
        dict(sorted(quotas.items())),
    )


def _each(template: str, postvakken: Sequence[str]) -> list[tuple[str, str]]:
    """Give each name that a template stands for, and the code that it is of."""
    if PLACEHOLDER not in template:
        return [(template, "")]
    return [(template.replace(PLACEHOLDER, code), code) for code in postvakken]


def _make_topic(name: str, spec: TopicSpec, replication: Replication) -> Topic:
    config = {
        MIN_INSYNC: str(replication.min_insync),
        **_set_values(spec.config),
    }
    if spec.retention.days is not None:
        config["retention.ms"] = str(spec.retention.days * _DAY)
    return Topic(
        name, spec.partitions, replication.factor, dict(sorted(config.items()))
    )


def _set_values(config: Config) -> Mapping[str, str]:
    values = config.model_dump(by_alias=True, exclude_none=True)
    return {key: str(value) for key, value in values.items()}


def _make_limits(quota: Quota) -> Limits:
    values = quota.model_dump(exclude_none=True)
    return {key: float(value) for key, value in values.items()}


def _make_acls(principal: str, access: Access, code: str) -> Iterator[Acl]:
    rights: dict[Kind, Mapping[Operation, Sequence[str]]] = {
        Kind.TOPIC: access.topics,
        Kind.GROUP: access.groups,
        Kind.TRANSACTIONAL_ID: access.transactional_ids,
        Kind.CLUSTER: {one: [_CLUSTER] for one in access.cluster},
    }
    for kind, operations in rights.items():
        for operation, patterns in operations.items():
            for pattern in patterns:
                name = pattern.replace(PLACEHOLDER, code)
                resource = Resource(kind, name.removesuffix("*"), name.endswith("*"))
                yield Acl(principal, operation, resource)

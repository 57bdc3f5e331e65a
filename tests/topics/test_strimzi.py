"""topics.yaml as resources of Strimzi."""

from collections.abc import Iterable
from typing import Any

import pytest

from ibroker.errors import TopicsError
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.reading import load_topics
from ibroker.topics.state import (
    Acl,
    Desired,
    Kind,
    Operation,
    Ours,
    Resource,
    Topic,
)
from ibroker.topics.strimzi import render_topics, render_users

# What the definitions of Strimzi 1.0, kafka.strimzi.io/v1, allow in each place.
OPERATIONS = {
    "Read",
    "Write",
    "Create",
    "Delete",
    "Alter",
    "Describe",
    "ClusterAction",
    "AlterConfigs",
    "DescribeConfigs",
    "IdempotentWrite",
    "All",
}
QUOTAS = {
    "producerByteRate",
    "consumerByteRate",
    "requestPercentage",
    "controllerMutationRate",
}
OURS = Ours("ggk.", "User:CN=ggk-")


def desired() -> Desired:
    """What topics.yaml asks of a cluster of three for two gemeenten."""
    file = load_topics()
    return expand(file, ["0344", "0363"], fitting(file, 3))


def by_name(resources: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Resources by their names, which differ."""
    found = list(resources)
    named = {one["metadata"]["name"]: one for one in found}
    assert len(found) == len(named)
    return named


def test_a_topic() -> None:
    """A KafkaTopic has all that the topic must have."""
    expected = {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {
            "name": "ggk.gemeente.0344",
            "labels": {"strimzi.io/cluster": "post"},
        },
        "spec": {
            "partitions": 1,
            "replicas": 3,
            "config": {
                "max.message.bytes": 28311552,
                "min.insync.replicas": 2,
                "retention.ms": 5356800000,
                "segment.ms": 604800000,
            },
        },
    }

    assert expected == by_name(render_topics(desired(), "post"))["ggk.gemeente.0344"]


def test_a_user() -> None:
    """A KafkaUser has a certificate, its access, and its quota."""
    expected = {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {
            "name": "ggk-gemeente-0344",
            "labels": {"strimzi.io/cluster": "post"},
        },
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {
                "type": "simple",
                "acls": [
                    {
                        "resource": {
                            "type": "group",
                            "name": "gemeente.0344",
                            "patternType": "literal",
                        },
                        "operations": ["Read"],
                        "host": "*",
                    },
                    {
                        "resource": {
                            "type": "topic",
                            "name": "ggk.gemeente.0344",
                            "patternType": "literal",
                        },
                        "operations": ["Read"],
                        "host": "*",
                    },
                ],
            },
            "quotas": {"consumerByteRate": 20971520},
        },
    }

    assert expected == by_name(render_users(desired(), "post"))["ggk-gemeente-0344"]


def test_every_topic_is_there() -> None:
    """There is a KafkaTopic of each topic, with values as Strimzi wants them."""
    wanted = desired()
    rendered = by_name(render_topics(wanted, "post"))

    assert {topic.name for topic in wanted.topics} == set(rendered)
    for topic in wanted.topics:
        spec = rendered[topic.name]["spec"]
        assert {"partitions", "replicas", "config"} == set(spec)
        assert topic.config == {
            key: str(value) for key, value in spec["config"].items()
        }


def test_every_user_is_there() -> None:
    """The KafkaUsers together give just the access that topics.yaml gives."""
    wanted = desired()
    found = set()
    for name, user in by_name(render_users(wanted, "post")).items():
        spec = user["spec"]
        assert set(spec) <= {"authentication", "authorization", "quotas"}
        assert set(spec.get("quotas", {})) <= QUOTAS
        for rule in spec["authorization"]["acls"]:
            assert {"resource", "operations", "host"} == set(rule)
            assert set(rule["operations"]) <= OPERATIONS
            found |= {(name, operation, *of(rule)) for operation in rule["operations"]}

    assert len(wanted.acls) == len(found)
    assert {
        (
            acl.principal.removeprefix("User:CN="),
            "".join(part.capitalize() for part in acl.operation.split("-")),
            acl.resource.kind.replace("-i", "I"),
            None if acl.resource.kind is Kind.CLUSTER else acl.resource.name,
            "prefix" if acl.resource.is_prefix else "literal",
        )
        for acl in wanted.acls
    } == found


def of(rule: dict[str, Any]) -> tuple[str, str | None, str]:
    """What a rule is of; the cluster has no name, and is itself."""
    resource = rule["resource"]
    assert set(resource) <= {"type", "name", "patternType"}
    return (
        resource["type"],
        resource.get("name"),
        resource.get("patternType", "literal"),
    )


@pytest.mark.parametrize(
    "name", ["ggk.Groot", "ggk.a_b", "ggk..a", "ggk.a-", "a" * 254]
)
def test_a_name_that_kubernetes_cannot_have(name: str) -> None:
    """A topic whose name cannot be that of a resource is refused."""
    wanted = Desired(OURS, (Topic(name, 1, 1),), frozenset(), {})

    with pytest.raises(TopicsError, match="KafkaTopic"):
        list(render_topics(wanted, "post"))


@pytest.mark.parametrize(
    "principal,operation",
    [
        (f"User:CN=ggk-{'a' * 61}", Operation.READ),
        ("User:CN=ggk-A", Operation.READ),
        ("User:CN=ggk-a", Operation.TWO_PHASE_COMMIT),
    ],
)
def test_a_user_that_strimzi_cannot_have(principal: str, operation: Operation) -> None:
    """A principal that cannot be a KafkaUser, or may what Strimzi lacks, is refused."""
    acl = Acl(principal, operation, Resource(Kind.TOPIC, "ggk.in"))

    with pytest.raises(TopicsError):
        list(render_users(Desired(OURS, (), frozenset({acl}), {}), "post"))

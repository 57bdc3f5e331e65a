"""The administration of a cluster: Kafka and its twin do the same."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ibroker.broker.cluster import kill_node, start_cluster
from ibroker.broker.layout import FREE
from ibroker.errors import ClusterUnreachable, ConfigError
from ibroker.topics.kafka_admin import KafkaAdmin
from ibroker.topics.memory import MemoryAdmin
from ibroker.topics.plan import (
    AddAcl,
    AddPartitions,
    CreateTopic,
    DeleteTopic,
    RemoveAcl,
    SetConfig,
    SetQuota,
)
from ibroker.topics.port import Admin
from ibroker.topics.state import Acl, Kind, Operation, Ours, Resource, Topic
from tests.kafka.broker_address import give_up
from tests.topics.guarded import Guarded
from tests.topics.wishes import admin_sees, fresh_ours

BOTH = ["twin", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(params=BOTH)
def admin(request: pytest.FixtureRequest) -> Iterator[Admin]:
    """A cluster with an authorizer: Kafka and its twin, in turn."""
    if request.param == "twin":
        yield MemoryAdmin()
        return
    guarded: Guarded = request.getfixturevalue("guarded")
    with KafkaAdmin({"bootstrap_servers": [guarded.open_address]}) as kafka:
        yield kafka


@pytest.fixture(params=BOTH)
def open_admin(request: pytest.FixtureRequest) -> Iterator[Admin]:
    """A cluster without an authorizer."""
    if request.param == "twin":
        yield MemoryAdmin(has_authorizer=False)
        return
    address: str = request.getfixturevalue("kafka")
    with KafkaAdmin({"bootstrap_servers": address.split(",")}) as kafka:
        yield kafka


@pytest.fixture
def ours() -> Ours:
    """Names of this test alone."""
    return fresh_ours()


def make(admin: Admin, ours: Ours, *topics: Topic) -> None:
    """Make topics, and see them there."""
    reasons = admin.make([CreateTopic(topic) for topic in topics])
    assert [None] * len(topics) == list(reasons)
    actual = admin_sees(admin, ours, lambda actual: len(actual.topics) == len(topics))
    assert len(topics) == len(actual.topics)


def reading(ours: Ours, name: str, *, is_prefix: bool = False) -> Acl:
    """Access to read a topic of ours."""
    resource = Resource(Kind.TOPIC, ours.topics + name, is_prefix)
    return Acl(f"{ours.principals}a", Operation.READ, resource)


def test_nothing_is_there(admin: Admin, ours: Ours) -> None:
    """Of what nobody has made nothing is seen; but there is a broker."""
    actual = admin.observe(ours)

    assert 1 == actual.brokers
    assert () == actual.topics
    assert {} == actual.quotas
    assert actual.acls is not None
    assert not any(ours.has_acl(acl) for acl in actual.acls)


def test_a_topic_is_as_it_was_made(admin: Admin, ours: Ours) -> None:
    """A topic is seen with its partitions, its copies, and what was set for it."""
    config = {"max.message.bytes": "2000", "retention.ms": "1000"}
    topic = Topic(f"{ours.topics}a", 3, 1, config)

    make(admin, ours, topic)

    assert (topic,) == admin.observe(ours).topics


def test_topics_of_others_are_not_seen(admin: Admin, ours: Ours) -> None:
    """Who asks for its own topics does not see those of another."""
    make(admin, ours, Topic(f"{ours.topics}a", 1, 1))

    assert () == admin.observe(fresh_ours()).topics


def test_one_failure_does_not_stop_the_others(admin: Admin, ours: Ours) -> None:
    """What is there, or cannot be, is refused by name; the rest is made."""
    names = [f"{ours.topics}{letter}" for letter in "abcd"]
    make(admin, ours, Topic(names[0], 1, 1))

    reasons = admin.make(
        [
            CreateTopic(Topic(names[0], 1, 1)),
            CreateTopic(Topic(names[1], 1, 1)),
            CreateTopic(Topic(names[2], 1, 5)),
            CreateTopic(Topic(names[3], 1, 1, {"retention.millis": "1"})),
        ]
    )

    expected = [
        "TopicAlreadyExistsError",
        None,
        "InvalidReplicationFactorError",
        "InvalidConfigurationError",
    ]
    assert expected == [reason and reason.partition(":")[0] for reason in reasons]
    actual = admin_sees(admin, ours, lambda actual: len(actual.topics) == 2)
    assert names[:2] == [topic.name for topic in actual.topics]


def test_partitions_are_added_and_never_taken(admin: Admin, ours: Ours) -> None:
    """A topic gets more partitions; fewer than it has are refused."""
    name = f"{ours.topics}a"
    make(admin, ours, Topic(name, 2, 1))

    more = admin.make([AddPartitions(name, 2, 5)])
    actual = admin_sees(admin, ours, lambda actual: actual.topics[0].partitions == 5)
    fewer = admin.make([AddPartitions(name, 5, 3), AddPartitions(f"{name}x", 1, 2)])

    assert [None] == list(more)
    assert 5 == actual.topics[0].partitions
    expected = ["InvalidPartitionsError", "UnknownTopicOrPartitionError"]
    assert expected == [(reason or "").partition(":")[0] for reason in fewer]


def test_configs_are_set_and_inherited_again(admin: Admin, ours: Ours) -> None:
    """Of one topic some values are set and others left to the brokers, at once."""
    name = f"{ours.topics}a"
    make(admin, ours, Topic(name, 1, 1, {"retention.ms": "1000", "segment.ms": "900"}))

    reasons = admin.make(
        [
            SetConfig(name, "retention.ms", "1000", "2000"),
            SetConfig(name, "segment.ms", "900", None),
            SetConfig(name, "max.message.bytes", None, "3000"),
            SetConfig(f"{name}x", "segment.ms", None, "900"),
        ]
    )

    assert [None, None, None] == list(reasons[:3])
    assert (reasons[3] or "").startswith("UnknownTopicOrPartitionError")
    wanted = {"max.message.bytes": "3000", "retention.ms": "2000"}
    actual = admin_sees(admin, ours, lambda actual: actual.topics[0].config == wanted)
    assert wanted == actual.topics[0].config


def test_access_is_given_and_taken(admin: Admin, ours: Ours) -> None:
    """Exactly the access that is named is given, twice if need be, and taken."""
    literal, prefix = reading(ours, "a"), reading(ours, "a", is_prefix=True)
    blocked = Acl(
        f"{ours.principals}b",
        Operation.ALL,
        Resource(Kind.GROUP, "groep"),
        "10.0.0.1",
        allows=False,
    )
    given = [literal, prefix, blocked]

    def of_ours() -> set[Acl]:
        return {acl for acl in admin.observe(ours).acls or () if ours.has_acl(acl)}

    first = admin.make([AddAcl(acl) for acl in given])
    second = admin.make([AddAcl(literal)])
    admin_sees(admin, ours, lambda _: len(of_ours()) == 3)
    assert set(given) == of_ours()

    taken = admin.make([RemoveAcl(literal), RemoveAcl(reading(ours, "never"))])
    admin_sees(admin, ours, lambda _: len(of_ours()) == 2)
    assert {prefix, blocked} == of_ours()
    assert [None] * 6 == [*first, *second, *taken]


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_is_known(
    admin: Admin, ours: Ours, operation: Operation
) -> None:
    """An ACL for any operation of Kafka is read as that operation."""
    kinds = {
        Operation.CLUSTER_ACTION: Kind.CLUSTER,
        Operation.CREATE_TOKENS: Kind.USER,
        Operation.DESCRIBE_TOKENS: Kind.USER,
        Operation.IDEMPOTENT_WRITE: Kind.CLUSTER,
        Operation.TWO_PHASE_COMMIT: Kind.TRANSACTIONAL_ID,
    }
    kind = kinds.get(operation, Kind.TOPIC)
    name = "kafka-cluster" if kind is Kind.CLUSTER else f"{ours.topics}a"
    acl = Acl(f"{ours.principals}a", operation, Resource(kind, name))

    assert [None] == list(admin.make([AddAcl(acl)]))

    actual = admin_sees(admin, ours, lambda actual: acl in (actual.acls or ()))
    assert acl in (actual.acls or ())


def test_quotas_are_set_and_taken(admin: Admin, ours: Ours) -> None:
    """A principal gets several quotas, and loses them one by one."""
    principal, other = f"{ours.principals}a", f"{ours.principals}b"

    admin.make(
        [
            SetQuota(principal, "consumer_byte_rate", None, 1000.0),
            SetQuota(other, "consumer_byte_rate", None, 3000.0),
            SetQuota(principal, "producer_byte_rate", None, 2000.0),
        ]
    )
    both = {
        principal: {"consumer_byte_rate": 1000.0, "producer_byte_rate": 2000.0},
        other: {"consumer_byte_rate": 3000.0},
    }
    actual = admin_sees(admin, ours, lambda actual: actual.quotas == both)
    assert both == actual.quotas

    reasons = admin.make(
        [
            SetQuota(principal, "producer_byte_rate", 2000.0, None),
            SetQuota(other, "consumer_byte_rate", 3000.0, None),
        ]
    )
    left = {principal: {"consumer_byte_rate": 1000.0}}
    actual = admin_sees(admin, ours, lambda actual: actual.quotas == left)
    assert left == actual.quotas
    assert [None, None] == list(reasons)


def test_a_topic_is_deleted(admin: Admin, ours: Ours) -> None:
    """A topic goes; one that is not there is refused by name."""
    names = [f"{ours.topics}a", f"{ours.topics}b"]
    make(admin, ours, *(Topic(name, 1, 1) for name in names))

    reasons = admin.make([DeleteTopic(names[0]), DeleteTopic(f"{ours.topics}x")])

    actual = admin_sees(admin, ours, lambda actual: len(actual.topics) == 1)
    assert [names[1]] == [topic.name for topic in actual.topics]
    assert reasons[0] is None
    assert (reasons[1] or "").startswith("UnknownTopicOrPartitionError")


def test_more_than_one_request_holds(admin: Admin, ours: Ours) -> None:
    """Of many changes each gets its own answer, also where they go in parts."""
    there = Topic(f"{ours.topics}150", 1, 1)
    make(admin, ours, there)
    topics = [Topic(f"{ours.topics}{number:03}", 1, 1) for number in range(250)]
    access = [AddAcl(reading(ours, topic.name)) for topic in topics]

    reasons = admin.make([*access, *(CreateTopic(topic) for topic in topics)])

    assert [250 + 150] == [n for n, reason in enumerate(reasons) if reason is not None]
    actual = admin_sees(admin, ours, lambda actual: len(actual.topics) == 250)
    assert topics == list(actual.topics)
    gone = admin.make([DeleteTopic(topic.name) for topic in topics])
    assert [None] * 250 == list(gone)


def test_without_authorizer(open_admin: Admin, ours: Ours) -> None:
    """Without an authorizer there is no access to see, nor to give."""
    reasons = open_admin.make([AddAcl(reading(ours, "a"))])

    assert open_admin.observe(ours).acls is None
    assert [True] == [(r or "").startswith("SecurityDisabledError") for r in reasons]


def test_nobody_answers() -> None:
    """Where no broker answers that is said, with the address."""
    with pytest.raises(ClusterUnreachable, match=r"127\.0\.0\.1:1 "):
        KafkaAdmin({"bootstrap_servers": ["127.0.0.1:1"]})


# In a process of its own: where connections fail the client leaves sockets behind.
LOOK_TWICE = """
import sys
from ibroker.errors import ClusterUnreachable
from ibroker.topics.kafka_admin import KafkaAdmin
from ibroker.topics.state import Ours
with KafkaAdmin({"bootstrap_servers": [sys.argv[1]]}) as admin:
    print(len(admin.observe(Ours("t.", "User:CN=t-")).topics), flush=True)
    sys.stdin.readline()
    try:
        admin.observe(Ours("t.", "User:CN=t-"))
    except ClusterUnreachable as error:
        print(error)
"""


@pytest.mark.kafka
def test_the_broker_goes(tmp_path: Path) -> None:
    """Where the broker goes while we are there it is said, and nothing hangs."""
    try:
        cluster = start_cluster(tmp_path, port=FREE)
    except (ClusterUnreachable, ConfigError) as error:
        give_up(f"geen Kafka: {error}")
    with subprocess.Popen(
        [sys.executable, "-c", LOOK_TWICE, cluster.address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as looking:
        assert looking.stdout is not None
        assert "0\n" == looking.stdout.readline()
        kill_node(cluster, 1)
        said, _ = looking.communicate("\n", timeout=60)

    assert said.startswith(f"Kafka antwoordt niet op {cluster.address}")


@pytest.mark.parametrize("address", ["kafka", "kafka:", ":9092", "kafka:http"])
def test_what_is_no_address(address: str) -> None:
    """An address without host or port is a wrong setting."""
    with pytest.raises(ConfigError, match="IBROKER_KAFKA"):
        KafkaAdmin({"bootstrap_servers": [address]})

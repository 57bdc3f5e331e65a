"""What topics.yaml says: the names that others rely on, and who may do what."""

from collections import defaultdict
from functools import cache

import pytest

from ibroker.kafka.restoring import TRUSTED
from ibroker.register import load_register
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.reading import load_topics
from ibroker.topics.state import Acl, Desired, Kind, Operation, Topic

GEMEENTEN = ("0344", "0363")
FEITEN = "ggk.intern.wlz.feiten"
LARGEST = 25_000_000  # bytes of a bericht
# Each changelog of state, and the input whose partitions it has.
STATE = {
    "ggk.intern.route.stand": "ggk.aanlevering",
    "ggk.intern.wlz.stand": "ggk.intern.wlz.feiten",
    "ggk.intern.watch.stand": "ggk.gebeurtenissen",
    "ggk.intern.watch.week": "ggk.gebeurtenissen",
}
READS = {Operation.READ, Operation.ALL}


@cache
def desired(brokers: int = 1) -> Desired:
    """What it asks of a cluster, for two gemeenten."""
    file = load_topics()
    return expand(file, GEMEENTEN, fitting(file, brokers))


def topics(brokers: int = 1) -> dict[str, Topic]:
    """Its topics by name."""
    return {topic.name: topic for topic in desired(brokers).topics}


def largest(topic: str) -> int:
    """What one record of a topic may be, in bytes."""
    return int(topics()[topic].config["max.message.bytes"])


def who(operations: set[Operation], topic: str) -> set[str]:
    """Which principals may do any of that with a topic."""
    return {
        acl.principal.removeprefix("User:CN=ggk-")
        for acl in desired().acls
        if acl.operation in operations and covers(acl, topic)
    }


def covers(acl: Acl, topic: str) -> bool:
    """Whether an ACL is of that topic."""
    resource = acl.resource
    return resource.kind is Kind.TOPIC and (
        topic == resource.name
        or (resource.is_prefix and topic.startswith(resource.name))
    )


def test_the_topics_of_the_interface() -> None:
    """The topics are those that others rely on, with as many partitions."""
    expected = {
        "ggk.aanlevering": 12,
        "ggk.cak": 3,
        "ggk.ciz": 3,
        "ggk.gebeurtenissen": 12,
        "ggk.gemeente.0344": 1,
        "ggk.gemeente.0363": 1,
        "ggk.intern.hartslag": 1,
        "ggk.intern.herstel": 3,
        "ggk.intern.route.stand": 12,
        FEITEN: 12,
        "ggk.intern.wlz.stand": 12,
        "ggk.intern.watch.stand": 12,
        "ggk.intern.watch.verwijzing": 12,
        "ggk.intern.watch.week": 12,
        "ggk.onbestelbaar": 3,
        "ggk.svb": 3,
        "ggk.wlz.signalen": 12,
        "ggk.zorgaanbieder": 12,
    }

    assert expected == {name: topic.partitions for name, topic in topics().items()}


def test_the_sender_has_no_say_in_the_time() -> None:
    """Only on ggk.aanlevering the time of a record is the broker's own."""
    stamped = {
        name
        for name, topic in topics().items()
        if topic.config.get("message.timestamp.type") == "LogAppendTime"
    }

    assert {"ggk.aanlevering"} == stamped


def test_what_came_in_fits_out() -> None:
    """A bericht fits on ggk.aanlevering, and whatever is there fits where it may go."""
    given = largest("ggk.aanlevering")

    assert LARGEST + 1_000_000 < given
    written = {name for name in topics() if "route" in who({Operation.WRITE}, name)}
    written -= {*STATE, FEITEN}  # no bericht goes there
    assert "ggk.onbestelbaar" in written
    assert [] == [name for name in written if largest(name) < given + 1_000_000]


def test_how_long_records_stay() -> None:
    """Berichten stay two months, events and signals at least 400 days, beats one."""
    day = 24 * 60 * 60 * 1000
    days = {
        name: int(topic.config["retention.ms"]) // day
        for name, topic in topics().items()
        if name not in STATE
    }
    assert 7 * 365 < days.pop(FEITEN)
    assert 1 == days.pop("ggk.intern.hartslag")
    assert 30 == days.pop("ggk.intern.watch.verwijzing")
    long = {"ggk.gebeurtenissen", "ggk.wlz.signalen", "ggk.intern.herstel"}

    assert {62} == {stay for name, stay in days.items() if name not in long}
    assert 400 <= min(days["ggk.gebeurtenissen"], days["ggk.wlz.signalen"])
    # A mark that went before its dead letter would let it be put back once more.
    segment = int(topics()["ggk.onbestelbaar"].config["segment.ms"]) // day
    assert days["ggk.onbestelbaar"] + segment < days["ggk.intern.herstel"]


def test_marks_are_compacted() -> None:
    """What was put back is kept by its id."""
    policies = {
        name: topic.config.get("cleanup.policy", "delete")
        for name, topic in topics().items()
    }

    compacted = {name for name, policy in policies.items() if "compact" in policy}
    assert {"ggk.intern.herstel", *STATE} == compacted


@pytest.mark.parametrize("stand,source", STATE.items())
def test_state_has_a_changelog(stand: str, source: str) -> None:
    """As many partitions as its input has, compacted alone; its process has it alone.

    It tells that a key has gone for longer than a disk is trusted that was away.
    """
    topic = topics()[stand]
    process = stand.split(".")[2]

    assert topics()[source].partitions == topic.partitions
    assert "compact" == topic.config["cleanup.policy"]
    assert "retention.ms" not in topic.config
    assert TRUSTED * 2 <= int(topic.config["delete.retention.ms"])
    assert {process} == who({Operation.WRITE, Operation.ALL}, stand)
    # What is open is read there by who asks; in it stands nothing but what events say.
    asking = {"operator"} if process == "watch" else set()
    assert {process, *asking} == who(READS, stand)
    assert process in who(READS, source)


def test_facts_come_from_the_router() -> None:
    """The Wlz stream alone reads what the router alone writes."""
    assert {"route"} == who({Operation.WRITE, Operation.ALL}, FEITEN)
    assert {"wlz"} == who(READS, "ggk.intern.wlz.feiten")


def test_copies_follow_the_cluster() -> None:
    """One copy on one or two brokers; on three, three copies of which two must be."""
    for brokers, copies, needed in [(1, 1, "1"), (2, 1, "1"), (3, 3, "2"), (5, 3, "2")]:
        assert {(copies, needed)} == {
            (topic.replicas, topic.config["min.insync.replicas"])
            for topic in topics(brokers).values()
        }


def test_only_the_edge_reads_zorgaanbieder() -> None:
    """Nobody but the edge reads the topic of all the aanbieders."""
    assert {"edge"} == who(READS, "ggk.zorgaanbieder")


def test_each_party_reads_its_own_topic_alone() -> None:
    """The topic of a party is read by that party, and by nobody of ours."""
    for name in ("gemeente.0344", "gemeente.0363", "cak", "svb", "ciz"):
        principal = name.replace(".", "-")
        assert {principal} == who(READS, f"ggk.{name}")
        reads = {
            acl.resource.name
            for acl in desired().acls
            if acl.principal == f"User:CN=ggk-{principal}"
        }
        assert {f"ggk.{name}", name} == reads


def test_a_party_only_reads() -> None:
    """No party may do anything but read: it hands in at the edge."""
    parties = {"cak", "svb", "ciz", "gemeente-0344", "gemeente-0363"}
    may = defaultdict(set)
    for acl in desired().acls:
        may[acl.principal.removeprefix("User:CN=ggk-")].add(acl.operation)

    assert {Operation.READ} == set.union(*(may[party] for party in parties))


def test_what_parties_get_is_written_by_us_alone() -> None:
    """Only the router delivers, and the Wlz stream where there is a signal."""
    for topic in ("ggk.gemeente.0344", "ggk.cak", "ggk.zorgaanbieder"):
        extra = {"wlz"} if "gemeente" in topic else set()
        assert {"route"} | extra == who({Operation.WRITE, Operation.ALL}, topic)


def test_only_edge_and_operator_hand_in() -> None:
    """What is handed in comes through the edge, or was put back by an operator.

    The exporter hands in heartbeats, and reads nothing of what anyone hands in.
    """
    assert {"edge", "exporter", "operator"} == who({Operation.WRITE}, "ggk.aanlevering")


def test_only_one_role_gives_access() -> None:
    """Only the role of `ibroker topics` may change the cluster; it reads no bericht."""
    changing = {
        acl.principal
        for acl in desired().acls
        if acl.resource.kind is Kind.CLUSTER and acl.operation is not Operation.DESCRIBE
    }

    assert {"User:CN=ggk-topics"} == changing
    assert [] == [name for name in topics() if "topics" in who(READS, name)]


def test_the_exporter_reads_no_bericht() -> None:
    """It may read heartbeats alone; of all else it sees where it begins and ends."""
    assert ["ggk.intern.hartslag"] == [
        name for name in topics() if "exporter" in who(READS, name)
    ]


def test_no_transactional_id_of_two_roles() -> None:
    """No two roles can fence each other: none has an id that another may take."""
    ids = [
        (acl.resource.name, acl.principal)
        for acl in desired().acls
        if acl.resource.kind is Kind.TRANSACTIONAL_ID
    ]

    assert 3 == len(ids)
    assert [] == [
        (one, other)
        for one, of_one in ids
        for other, of_other in ids
        if of_one != of_other and one.startswith(other)
    ]


def test_every_party_is_bounded() -> None:
    """Who is not ours has a quota, so that none slows down the others."""
    parties = {"cak", "svb", "ciz", "gemeente-0344", "gemeente-0363"}

    bounded = {name.removeprefix("User:CN=ggk-") for name in desired().quotas}

    assert parties | {"edge", "operator"} == bounded


def test_the_register_and_the_topics_agree() -> None:
    """Every topic to which the register sends is there, and the router may write it."""
    known = load_register()
    file = load_topics()
    on = min(one.tot for one in known.inschrijvingen.values())
    wanted = expand(file, known.postvakken(on), fitting(file, 1))
    names = {topic.name for topic in wanted.topics}
    topics_of_all = {
        known.topics.aanlevering,
        known.topics.onbestelbaar,
        known.topics.gebeurtenissen,
        known.topics.hartslag,
    }

    assert set() == topics_of_all - names
    assert set() == set(known.recipient_topics(on)) - names
    for topic in known.recipient_topics(on):
        assert "route" in who({Operation.WRITE}, topic)


def test_heartbeats_pass_every_stage() -> None:
    """Router and Wlz stream may put one where they end.

    Each partition of the input has its like among the events and the facts: the router
    writes those of a heartbeat to the partition that it came in on.
    """
    known, places = load_register().topics, topics()

    assert {"route", "wlz"} == who({Operation.WRITE}, known.hartslag)
    assert places[known.aanlevering].partitions == (
        places[known.gebeurtenissen].partitions
    )
    assert places[known.aanlevering].partitions == places[FEITEN].partitions

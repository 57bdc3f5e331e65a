"""What the principals of topics.yaml can really do, each with its certificate."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from ibroker.errors import ConfigError
from ibroker.exporter.certificates import find_expiries
from ibroker.exporter.kafka_cluster import KafkaWatched
from ibroker.exporter.port import Condition
from ibroker.exporter.readers import Reader
from ibroker.exporter.survey import Backlogs, Survey
from ibroker.kafka.connection import connection
from ibroker.topics.applying import apply_plan, make_plan
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.kafka_admin import KafkaAdmin
from ibroker.topics.reading import load_topics
from ibroker.topics.state import Desired
from tests.topics.guarded import Guarded

pytestmark = pytest.mark.kafka

UTRECHT, AMSTERDAM = "0344", "0363"
EIGEN, ANDERE = f"ggk.gemeente.{UTRECHT}", f"ggk.gemeente.{AMSTERDAM}"
VAN_UTRECHT = f"User:CN=ggk-gemeente-{UTRECHT}"


@pytest.fixture(scope="module")
def desired(guarded: Guarded) -> Desired:
    """What topics.yaml asks for two gemeenten, made so by an operator."""
    file = load_topics()
    wanted = expand(file, [UTRECHT, AMSTERDAM], fitting(file, 1))
    with KafkaAdmin({"bootstrap_servers": [guarded.open_address]}) as admin:
        made = apply_plan(admin, wanted, make_plan(admin, wanted))
    assert () == made.failures
    assert made.left.is_empty
    return wanted


@asynccontextmanager
async def producing(
    guarded: Guarded, principal: str, transactional_id: str | None = None
) -> AsyncIterator[AIOKafkaProducer]:
    """A producer of that principal; ANONYMOUS is the operator, who may do anything."""
    producer = AIOKafkaProducer(
        **where(guarded, principal), transactional_id=transactional_id
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


def where(guarded: Guarded, principal: str) -> dict[str, object]:
    """How that principal reaches the cluster."""
    if principal == "ANONYMOUS":
        return {"bootstrap_servers": [guarded.open_address]}
    return connection(guarded.settings_of(principal))


async def write(guarded: Guarded, principal: str, topic: str) -> None:
    """Write one record. Raises the broker's refusal."""
    async with producing(guarded, principal) as producer:
        await producer.send_and_wait(topic, b"bericht", key=b"0344", partition=0)


async def read(
    guarded: Guarded, principal: str, topic: str, group: str | None
) -> bytes:
    """Read the first record; in a group, commit it. Raises the broker's refusal."""
    consumer = AIOKafkaConsumer(
        **where(guarded, principal),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    try:
        await consumer.start()
        record = await consumer.getone()
        if group is not None:
            await consumer.commit({place: record.offset + 1})
        return bytes(record.value or b"")
    finally:
        await consumer.stop()


@pytest.mark.usefixtures("desired")
async def test_a_gemeente_reads_its_own_topic(guarded: Guarded) -> None:
    """A gemeente reads its own topic, in its own consumer group."""
    await write(guarded, "ANONYMOUS", EIGEN)

    got = await read(guarded, VAN_UTRECHT, EIGEN, f"gemeente.{UTRECHT}")

    assert b"bericht" == got


@pytest.mark.usefixtures("desired")
@pytest.mark.parametrize(
    "topic", [ANDERE, "ggk.zorgaanbieder", "ggk.aanlevering", "ggk.gebeurtenissen"]
)
async def test_a_gemeente_reads_no_other_topic(guarded: Guarded, topic: str) -> None:
    """A gemeente reads neither the topic of another nor any of ours."""
    await write(guarded, "ANONYMOUS", topic)

    with pytest.raises(TopicAuthorizationFailedError):
        await read(guarded, VAN_UTRECHT, topic, f"gemeente.{UTRECHT}")


@pytest.mark.usefixtures("desired")
async def test_a_gemeente_has_one_group(guarded: Guarded) -> None:
    """A gemeente cannot move the place of another in its group."""
    await write(guarded, "ANONYMOUS", EIGEN)

    with pytest.raises(GroupAuthorizationFailedError):
        await read(guarded, VAN_UTRECHT, EIGEN, f"gemeente.{AMSTERDAM}")


@pytest.mark.usefixtures("desired")
@pytest.mark.parametrize("topic", [EIGEN, "ggk.aanlevering"])
async def test_a_gemeente_writes_nothing(guarded: Guarded, topic: str) -> None:
    """A gemeente hands in at the edge, which knows who it is, and not on Kafka."""
    with pytest.raises(TopicAuthorizationFailedError):
        await write(guarded, VAN_UTRECHT, topic)


@pytest.mark.usefixtures("desired")
async def test_only_the_edge_reads_zorgaanbieder(guarded: Guarded) -> None:
    """The edge reads what is for the aanbieders; who put it there cannot."""
    await write(guarded, "User:CN=ggk-route", "ggk.zorgaanbieder")

    group = "zorgaanbieder.12345678"
    assert b"bericht" == await read(
        guarded, "User:CN=ggk-edge", "ggk.zorgaanbieder", group
    )
    with pytest.raises(TopicAuthorizationFailedError):
        await read(guarded, "User:CN=ggk-route", "ggk.zorgaanbieder", "ibroker.route")


@pytest.mark.usefixtures("desired")
async def test_the_router_works_in_transactions(guarded: Guarded) -> None:
    """The router commits what it delivers together with where it is."""
    await write(guarded, "User:CN=ggk-edge", "ggk.aanlevering")
    place = TopicPartition("ggk.aanlevering", 0)

    async with (
        producing(guarded, "User:CN=ggk-route", "ibroker.route-x-0") as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(ANDERE, b"bezorgd", partition=0)
        await producer.send_and_wait("ggk.gebeurtenissen", b"{}", partition=0)
        await producer.send_offsets_to_transaction({place: 1}, "ibroker.route")

    async with AIOKafkaConsumer(
        **where(guarded, "User:CN=ggk-route"), group_id="ibroker.route"
    ) as consumer:
        assert 1 == await consumer.committed(place)


@pytest.mark.usefixtures("desired")
async def test_a_transactional_id_is_of_one_role(guarded: Guarded) -> None:
    """Nobody else can fence the router by taking its transactional.id."""
    with pytest.raises(TransactionalIdAuthorizationFailed):
        async with producing(guarded, "User:CN=ggk-wlz", "ibroker.route-x-0"):
            pytest.fail("it was given the id")


@pytest.mark.usefixtures("desired")
async def test_an_operator_puts_dead_letters_back(guarded: Guarded) -> None:
    """An operator sees the dead letters, and puts them back in a transaction."""
    await write(guarded, "User:CN=ggk-route", "ggk.onbestelbaar")

    async with (
        producing(guarded, "User:CN=ggk-operator", "ibroker.deadletter") as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait("ggk.aanlevering", b"bericht", partition=0)
        await producer.send_and_wait("ggk.intern.herstel", b"{}", b"id", partition=0)

    for topic in ("ggk.onbestelbaar", "ggk.intern.herstel"):
        assert await read(guarded, "User:CN=ggk-operator", topic, None)


def test_the_role_of_topics_is_enough(guarded: Guarded, desired: Desired) -> None:
    """`ibroker topics` needs no more than its own role, and can take nothing else."""
    cak = next(topic for topic in desired.topics if topic.name == "ggk.cak")
    with KafkaAdmin(connection(guarded.settings_of("User:CN=ggk-topics"))) as admin:
        assert make_plan(admin, desired).is_empty
        fewer = Desired(
            desired.ours,
            tuple(topic for topic in desired.topics if topic != cak),
            frozenset(acl for acl in desired.acls if "ggk-cak" not in acl.principal),
            {p: q for p, q in desired.quotas.items() if "ggk-cak" not in p},
        )

        gone = apply_plan(admin, fewer, make_plan(admin, fewer), allow_delete=True)
        back = apply_plan(admin, desired, make_plan(admin, desired))

    assert () == gone.failures
    assert () == back.failures
    assert back.left.is_empty


@pytest.mark.usefixtures("desired")
def test_another_role_sees_no_access(guarded: Guarded, desired: Desired) -> None:
    """Who may not see the ACLs is told so, and nothing is compared."""
    with (
        KafkaAdmin(connection(guarded.settings_of("User:CN=ggk-route"))) as admin,
        pytest.raises(ConfigError, match="ClusterAuthorizationFailedError"),
    ):
        make_plan(admin, desired)


@pytest.mark.usefixtures("desired")
async def test_the_exporter_sees_all_and_reads_nothing(guarded: Guarded) -> None:
    """Its role is enough for a round and for heartbeats, and reads no bericht."""
    exporter = "User:CN=ggk-exporter"
    await write(guarded, "ANONYMOUS", EIGEN)
    await read(guarded, "ANONYMOUS", EIGEN, f"gemeente.{UTRECHT}")
    settings = guarded.settings_of(exporter)
    parties = [
        Reader(UTRECHT, f"gemeente.{UTRECHT}", EIGEN),
        Reader("zorgaanbieder", "zorgaanbieder.", "ggk.zorgaanbieder", is_many=True),
        Reader("CAK", "cak", "ggk.cak"),
    ]
    route = Reader("ibroker.route", "ibroker.route", "ggk.aanlevering")
    survey = Survey("ggk.onbestelbaar", lambda: parties, [route], time.time)

    def one_round() -> tuple[Condition, Backlogs]:
        with KafkaWatched(connection(settings)) as cluster:
            condition = cluster.condition()
            return condition, survey.look(cluster, condition)

    condition, seen = await asyncio.to_thread(one_round)
    await write(guarded, exporter, "ggk.aanlevering")
    await write(guarded, "User:CN=ggk-wlz", "ggk.intern.hartslag")

    assert condition.has_controller
    assert 1 == len(condition.disks)
    assert {UTRECHT, "zorgaanbieder", "CAK"} == set(seen.postvakken)
    assert {"ca", "client", "broker"} == set(find_expiries(settings))
    assert b"bericht" == await read(guarded, exporter, "ggk.intern.hartslag", None)
    for topic in (EIGEN, "ggk.aanlevering", "ggk.zorgaanbieder"):
        with pytest.raises(TopicAuthorizationFailedError):
            await read(guarded, exporter, topic, None)

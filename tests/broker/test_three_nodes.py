"""Three nodes, for real: one may fall away, two may not."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from ibroker.broker.cluster import (
    answers,
    kill_node,
    start_cluster,
    start_node,
    stop_cluster,
    stop_node,
)
from ibroker.broker.layout import Cluster
from ibroker.broker.node import find_process
from ibroker.errors import LogError
from ibroker.exporter.port import Condition
from tests.broker.traffic_of_bytes import make_topic, read, write
from tests.exporter.clusters import see_condition

pytestmark = pytest.mark.kafka

NODES = 3
WITHIN = 60.0  # s; a node that is killed is missed after nine


async def min_insync(address: str, topic: str) -> str:
    """What the cluster holds a topic to that says nothing of it.

    A node that has not heard of the topic yet gives an error, and no settings.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    until = time.monotonic() + WITHIN
    try:
        while True:
            [answer] = await admin.describe_configs([resource])
            [found] = answer.resources
            for entry in found[4]:
                if entry[0] == "min.insync.replicas":
                    return str(entry[1])
            assert time.monotonic() < until, found[0]
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def test_one_node_may_fall_away(cluster: Cluster) -> None:
    """With one of three killed the other two take acks=all, and lose nothing of it."""
    await make_topic(cluster.address, "een-weg")
    await write(cluster.address, "een-weg", [b"voor"])

    kill_node(cluster, 2)
    assert [True, False, True] == [answers(node) for node in cluster.nodes]
    await write(cluster.address, "een-weg", [b"zonder"])
    await asyncio.to_thread(start_node, cluster, 2)
    await write(cluster.address, "een-weg", [b"weer"])

    assert [b"voor", b"zonder", b"weer"] == await read(cluster.address, "een-weg")


def until_seen(
    seeing: ProcessPoolExecutor, cluster: Cluster, brokers: int
) -> Condition:
    """Wait until the exporter sees so many brokers, and all copies or not."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with suppress(LogError):  # for a moment nobody answers
            seen = seeing.submit(see_condition, cluster.address).result()
            is_whole = not seen.under_replicated
            if len(seen.brokers) == brokers and is_whole == (brokers == NODES):
                return seen
        time.sleep(0.5)
    pytest.fail(f"never {brokers} brokers")


async def test_the_exporter_sees_a_node_fall_away(cluster: Cluster) -> None:
    """It tells how many brokers are left, and what lost a copy.

    It looks from a process of its own: kafka-python leaves the socket of a node that
    refuses to the garbage collector, which is a failure here.
    """
    await make_topic(cluster.address, "minder")

    with ProcessPoolExecutor(1, get_context("spawn")) as seeing:
        whole = await asyncio.to_thread(until_seen, seeing, cluster, NODES)
        kill_node(cluster, 2)
        less = await asyncio.to_thread(until_seen, seeing, cluster, NODES - 1)
        await asyncio.to_thread(start_node, cluster, 2)
        again = await asyncio.to_thread(until_seen, seeing, cluster, NODES)

    assert {1, 2, 3} == whole.brokers == again.brokers == set(whole.disks)
    assert {1, 3} == less.brokers == set(less.disks)
    assert whole.has_controller
    assert less.has_controller
    # Each has a copy of all partitions, and two copies are enough to write.
    assert sum(less.partitions.values()) == less.under_replicated
    assert (0, 0) == (less.offline, less.under_min_isr)


async def test_two_replicas_must_be_in_sync(cluster: Cluster) -> None:
    """A topic that says nothing of it has min.insync.replicas 2."""
    await make_topic(cluster.address, "isr")

    assert "2" == await min_insync(cluster.address, "isr")


async def test_data_outlives_a_stop(cluster: Cluster) -> None:
    """Three nodes stop, at most one of them by force, and no record is lost."""
    await make_topic(cluster.address, "stop")
    await write(cluster.address, "stop", [b"een", b"twee"])

    assert len(stop_cluster(cluster)) <= 1
    assert [None] * 3 == [find_process(node) for node in cluster.nodes]
    again = start_cluster(cluster.folder)

    assert cluster == again
    assert [b"een", b"twee"] == await read(cluster.address, "stop")


async def test_two_nodes_may_not_fall_away(cluster: Cluster) -> None:
    """One of three alone takes nothing, and stops without waiting for the others.

    What was acknowledged before is there once all three are back.
    """
    await make_topic(cluster.address, "twee-weg")
    await write(cluster.address, "twee-weg", [b"voor"])

    kill_node(cluster, 1)
    kill_node(cluster, 2)
    with pytest.raises(KafkaError):
        await write(cluster.address, "twee-weg", [b"alleen"], seconds=3)
    begin = time.monotonic()
    stop_cluster(cluster, seconds=100)
    assert time.monotonic() - begin < 50
    await asyncio.to_thread(start_cluster, cluster.folder)

    assert [b"voor"] == (await read(cluster.address, "twee-weg"))[:1]


def test_one_node_apart(cluster: Cluster) -> None:
    """One node is stopped, and a start of the cluster starts it and no other."""
    before = [find_process(node) for node in cluster.nodes]

    assert stop_node(cluster, 3)
    assert find_process(cluster.nodes[2]) is None
    start_cluster(cluster.folder)
    after = [find_process(node) for node in cluster.nodes]

    assert before[:2] == after[:2]
    assert after[2] not in (None, before[2])

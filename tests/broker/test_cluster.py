"""One node, for real: what was written outlives every way to stop."""

import socket
import threading
from pathlib import Path

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from ibroker.broker.cluster import (
    answers,
    kill_node,
    pause_node,
    resume_node,
    start_cluster,
    stop_cluster,
    stop_node,
)
from ibroker.broker.layout import FREE, Cluster, read_cluster
from ibroker.broker.node import find_process, has_ended
from ibroker.broker.ports import free_ports, is_taken
from ibroker.broker.probe import brokers_seen_by
from ibroker.errors import ClusterUnreachable, ConfigError
from tests.broker.traffic_of_bytes import make_topic, read, write

pytestmark = pytest.mark.kafka

NODES = 1


async def test_data_outlives_a_stop(cluster: Cluster) -> None:
    """After a stop nothing listens; after the next start all records are there."""
    await make_topic(cluster.address, "stop")
    await write(cluster.address, "stop", [b"een", b"twee"])

    assert () == stop_cluster(cluster)
    assert find_process(cluster.nodes[0]) is None
    assert not is_taken(cluster.nodes[0].port)
    again = start_cluster(cluster.folder)

    assert cluster == again
    assert [b"een", b"twee"] == await read(cluster.address, "stop")


async def test_data_outlives_a_kill(cluster: Cluster) -> None:
    """After SIGKILL the port is free at once, and a start finds all records."""
    await make_topic(cluster.address, "kill")
    await write(cluster.address, "kill", [b"een", b"twee"])
    before = find_process(cluster.nodes[0])
    assert before is not None

    kill_node(cluster, 1)
    assert has_ended(before)
    assert not is_taken(cluster.nodes[0].port)
    start_cluster(cluster.folder)

    assert [b"een", b"twee"] == await read(cluster.address, "kill")


async def test_a_bericht_of_25_mb_fits(cluster: Cluster) -> None:
    """A record of 26 MB goes through, in a topic that allows no more than we do."""
    await make_topic(cluster.address, "groot", max_message_bytes="27000000")
    value = bytes(26_000_000)

    await write(cluster.address, "groot", [value])

    assert [value] == await read(cluster.address, "groot")


async def test_no_topic_is_made_by_writing(cluster: Cluster) -> None:
    """A topic that is not there stays away: the broker makes none by itself."""
    with pytest.raises(UnknownTopicOrPartitionError):
        await write(cluster.address, "typefout", [b"een"], seconds=2)


def test_start_is_idempotent(cluster: Cluster) -> None:
    """A start of what runs leaves the process as it is."""
    before = find_process(cluster.nodes[0])

    assert cluster == start_cluster(cluster.folder)
    assert before == find_process(cluster.nodes[0])
    assert cluster == read_cluster(cluster.folder)


def test_a_paused_node_does_not_answer(cluster: Cluster) -> None:
    """A node that is paused has its port open and says nothing, until it goes on."""
    node = cluster.nodes[0]

    pause_node(cluster, 1)
    taken, heard = is_taken(node.port), brokers_seen_by(node.address, seconds=0.5)
    resume_node(cluster, 1)

    assert (True, None) == (taken, heard)
    assert frozenset({1}) == brokers_seen_by(node.address, seconds=30)


def test_a_paused_node_stops(cluster: Cluster) -> None:
    """A node that is paused is let go on to stop by itself, in time."""
    pause_node(cluster, 1)

    assert stop_node(cluster, 1)
    start_cluster(cluster.folder)
    assert answers(cluster.nodes[0])


def test_settings_of_the_caller_win(cluster: Cluster) -> None:
    """Extra settings stand in the properties file that the node runs with."""
    text = cluster.nodes[0].properties.read_text(encoding="utf-8")

    assert "log.retention.hours=5\n" in text
    assert "auto.create.topics.enable=false\n" in text


def test_a_node_that_does_not_stop_is_killed(cluster: Cluster) -> None:
    """Where the time is up a node is ended all the same, and the answer says so."""
    assert not stop_node(cluster, 1, seconds=0)
    assert find_process(cluster.nodes[0]) is None
    start_cluster(cluster.folder)
    assert answers(cluster.nodes[0])


def test_another_size_is_refused(cluster: Cluster) -> None:
    """A folder with one node is not made into three."""
    with pytest.raises(ConfigError, match=r"van 1 node.*kies een andere map"):
        start_cluster(cluster.folder, nodes=3)


def test_another_port_is_refused_while_it_runs(cluster: Cluster) -> None:
    """What runs at one port is not moved to another; it must be stopped first."""
    with pytest.raises(ConfigError, match="draait al, op poort"):
        start_cluster(cluster.folder, port=cluster.nodes[0].port + 1)


def test_no_other_number_of_nodes(jars: Path, tmp_path: Path) -> None:
    """Two nodes are refused: one that falls away would stop both."""
    with pytest.raises(ConfigError, match="1 of 3 nodes, niet 2"):
        start_cluster(tmp_path, nodes=2)


def test_ports_beyond_the_last_are_refused(jars: Path, tmp_path: Path) -> None:
    """Ports that do not exist are refused before anything starts."""
    with pytest.raises(ConfigError, match="6 poorten vanaf 65533 zijn er niet"):
        start_cluster(tmp_path, nodes=3, port=65_533)


@pytest.mark.parametrize("offset", [0, 1], ids=["clients", "controller"])
def test_port_in_use(jars: Path, tmp_path: Path, offset: int) -> None:
    """A port that is taken is named, and nothing is left running."""
    while True:  # two ports beside each other
        [port] = free_ports(1)
        if not is_taken(port + 1):
            break
    with (
        socket.create_server(("127.0.0.1", port + offset)),
        pytest.raises(ConfigError, match=f"poort {port + offset} is in gebruik"),
    ):
        start_cluster(tmp_path, port=port)
    assert read_cluster(tmp_path) is None


def test_a_node_that_cannot_start(cluster: Cluster) -> None:
    """A broker that stops by itself is noticed at once, with where to look."""
    stop_cluster(cluster)
    meta = cluster.nodes[0].data / "meta.properties"
    good = meta.read_text(encoding="utf-8")
    meta.write_text(good.replace("node.id=1", "node.id=2"), encoding="utf-8")

    with pytest.raises(ClusterUnreachable, match=r"node 1 start niet: zie .*\.log"):
        start_cluster(cluster.folder)
    assert find_process(cluster.nodes[0]) is None

    meta.write_text(good, encoding="utf-8")
    start_cluster(cluster.folder)


def test_a_setting_that_is_no_good(jars: Path, tmp_path: Path) -> None:
    """What Kafka refuses before it starts is named by the file that says why."""
    with pytest.raises(ConfigError, match=r"node 1 start niet: zie .*java\.log"):
        start_cluster(tmp_path, port=FREE, extra={"num.io.threads": "0"})
    started = read_cluster(tmp_path)
    assert started is not None
    assert b"num.io.threads" in started.nodes[0].output.read_bytes()


def test_two_starts_at_once(cluster: Cluster) -> None:
    """Two starts of one cluster give one process, and both see it answer."""
    stop_cluster(cluster)
    seen: list[object] = []

    def start() -> None:
        start_cluster(cluster.folder)
        seen.append(find_process(cluster.nodes[0]))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [find_process(cluster.nodes[0])] * 2
    assert seen[0] is not None

"""What a node is told, by its place in the cluster."""

from pathlib import Path

import pytest

from ibroker.broker.jars import deploy_folder
from ibroker.broker.properties import (
    BrokerTable,
    Seat,
    node_settings,
    properties_text,
    read_table,
)
from ibroker.broker.record import ClusterRecord, read_record, write_record
from ibroker.errors import ConfigError

SEATS = (Seat(1, 9092, 9095), Seat(2, 9093, 9096), Seat(3, 9094, 9097))


def table() -> BrokerTable:
    """The table that the launcher uses."""
    return read_table(deploy_folder() / "broker.toml")


def test_each_node_has_its_seat() -> None:
    """A node listens at its own ports, and knows the controllers of all."""
    settings = node_settings(table(), SEATS, 2, Path("node-2/data"))

    assert {
        "node.id": "2",
        "listeners": "PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9096",
        "advertised.listeners": "PLAINTEXT://127.0.0.1:9093",
        "controller.quorum.voters": ",".join(
            f"{seat.number}@127.0.0.1:{seat.controller_port}" for seat in SEATS
        ),
        "log.dirs": "node-2/data",
    }.items() <= settings.items()


@pytest.mark.parametrize(
    "size,replicas,in_sync", [(1, "1", "1"), (3, "3", "2")], ids=["one", "three"]
)
def test_replication_follows_the_size(size: int, replicas: str, in_sync: str) -> None:
    """Topics, and Kafka's own of offsets and transactions, have as many replicas."""
    settings = node_settings(table(), SEATS[:size], 1, Path("data"))

    found = {name: value for name, value in settings.items() if "replication" in name}

    assert 4 == len(found)
    assert {replicas} == set(found.values())
    assert in_sync == settings["min.insync.replicas"]
    assert in_sync == settings["transaction.state.log.min.isr"]


def test_a_backslash_is_no_escape() -> None:
    """A folder with a backslash in its name stays that folder in the file."""
    assert "a=1\nlog.dirs=x\\\\y z\n" == properties_text(
        {"log.dirs": "x\\y z", "a": "1"}
    )


@pytest.mark.parametrize(
    "text,says",
    [
        ("jvm = [", "broker.toml: "),
        ("jvm = []\n[settings]\na = 1\n[nodes.1]\n", "settings.a: .*string"),
        ("jvm = []\n[settings]\n[nodes.1]\n[nodse.3]\n", "nodse: "),
    ],
    ids=["not toml", "a number", "a typing error"],
)
def test_a_bad_table(tmp_path: Path, text: str, says: str) -> None:
    """A table that is no good is refused with the place of what is wrong."""
    path = tmp_path / "broker.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=says):
        read_table(path)


def test_no_table(tmp_path: Path) -> None:
    """A table that is not there is a fault of the installation, by name."""
    with pytest.raises(ConfigError, match=r"broker\.toml: No such file"):
        read_table(tmp_path / "broker.toml")


def test_the_record_comes_back(tmp_path: Path) -> None:
    """What is kept of a cluster is read back as it was; before there is nothing."""
    record = ClusterRecord(cluster_id="x", seats=SEATS, extra={"a": "b"})

    assert None is read_record(tmp_path)
    write_record(tmp_path, record)

    assert record == read_record(tmp_path)


def test_a_record_that_is_damaged(tmp_path: Path) -> None:
    """A record that is cut off is refused by name, not taken for a new cluster."""
    write_record(tmp_path, ClusterRecord(cluster_id="x", seats=SEATS))
    path = tmp_path / "cluster.json"
    path.write_bytes(path.read_bytes()[:40])

    with pytest.raises(ConfigError, match=r"cluster\.json is niet te lezen"):
        read_record(tmp_path)

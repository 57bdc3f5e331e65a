"""A town with a cluster, for the storms: of one broker behind a proxy, and of three."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import FREE, Cluster
from ibroker.broker.ports import free_ports
from ibroker.errors import ClusterUnreachable, ConfigError
from tests.faults.town import Town
from tests.kafka.broker_address import give_up


@dataclass(frozen=True)
class Site:
    """A town and its cluster; with a proxy, its port and that of the broker behind."""

    town: Town
    cluster: Cluster
    proxy: int = 0
    behind: int = 0


@pytest.fixture(scope="module")
def one_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One broker, which can also be reached through a proxy."""
    with _alone(tmp_path_factory.mktemp("one")) as site:
        yield site


@pytest.fixture
def lone_broker(tmp_path: Path) -> Iterator[Site]:
    """As `one_broker`, for one test: what a kill leaves in it meets no other test."""
    with _alone(tmp_path / "lone") as site:
        yield site


@contextmanager
def _alone(folder: Path) -> Iterator[Site]:
    ports = free_ports(9)
    port = next(one for one in ports if one + 1 not in ports)
    proxy, behind = [one for one in ports if one != port][:2]
    listeners = {
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,"
        "CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},"
        f"CONTROLLER://127.0.0.1:{port + 1},PROXIED://127.0.0.1:{behind}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},"
        f"PROXIED://127.0.0.1:{proxy}",
    }
    with _settled(folder, 1, port, listeners) as (town, cluster):
        yield Site(town, cluster, proxy, behind)


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three brokers: three replicas, of which two must be in sync."""
    with _settled(tmp_path_factory.mktemp("three"), 3, FREE, {}) as (town, cluster):
        yield Site(town, cluster)


@contextmanager
def _settled(
    folder: Path, nodes: int, port: int, settings: Mapping[str, str]
) -> Iterator[tuple[Town, Cluster]]:
    few = {
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
    }
    try:
        cluster = start_cluster(folder / "kafka", nodes, port, {**few, **settings})
    except (ClusterUnreachable, ConfigError) as error:
        give_up(f"geen Kafka: {error}")
    try:
        town = Town(folder / "town")
        town.build()
        town.make_topics(cluster.address)
        yield town, cluster
    finally:
        stop_cluster(cluster)

"""A broker of its own behind a proxy, as fixtures."""

import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.ports import free_ports
from tests.kafka.broker_address import FEW_PARTITIONS
from tests.kafka.proxy import Proxy, running

# An answer to OffsetFetch: no delay, no topics, and COORDINATOR_LOAD_IN_PROGRESS.
LOADING = struct.pack(">iih", 0, 0, 14)


@dataclass(frozen=True)
class Broker:
    """A broker that makes topics by itself, with a listener that is behind a proxy."""

    address: str
    proxy: int
    behind: int

    @property
    def proxied(self) -> str:
        """The address by which everything goes through the proxy."""
        return f"127.0.0.1:{self.proxy}"


@pytest.fixture(scope="session")
def broker(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One for all; where there is no Kafka, `kafka` has skipped it by now."""
    while True:
        port, proxy, behind = free_ports(3)
        if port + 1 not in {proxy, behind}:
            break
    cluster = start_cluster(
        tmp_path_factory.mktemp("proxied"),
        port=port,
        extra={
            "auto.create.topics.enable": "true",
            **FEW_PARTITIONS,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"CONTROLLER://127.0.0.1:{port + 1},PROXIED://127.0.0.1:{behind}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},"
            f"PROXIED://127.0.0.1:{proxy}",
        },
    )
    yield Broker(cluster.address, proxy, behind)
    stop_cluster(cluster)


@pytest.fixture
async def proxy(broker: Broker) -> AsyncIterator[Proxy]:
    """The proxy before that broker."""
    async with running(broker.proxy, broker.behind) as proxy:
        yield proxy


async def topics_of(broker: Broker) -> set[str]:
    """The topics that there are, asked for without naming one."""
    async with AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer:
        return set(await consumer.topics())

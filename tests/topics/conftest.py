"""A cluster with an authorizer, of the session's own: the shared one has none."""

import shutil
from collections.abc import Iterator

import pytest

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.ports import free_ports, is_taken
from ibroker.errors import ClusterUnreachable, ConfigError
from tests.kafka.broker_address import give_up
from tests.topics.guarded import Guarded, make_authority


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A broker that asks for certificates and knows ACLs."""
    if shutil.which("openssl") is None:
        give_up("geen openssl: installeer het pakket openssl")
    authority = make_authority(tmp_path_factory.mktemp("certificaten"))
    plain, tls = free_ports(1)[0], free_ports(1)[0]
    while is_taken(plain + 1) or tls in {plain, plain + 1}:
        plain, tls = free_ports(1)[0], free_ports(1)[0]
    try:
        cluster = start_cluster(
            tmp_path_factory.mktemp("bewaakt"),
            port=plain,
            extra=authority.broker_settings(plain, tls),
        )
    except (ClusterUnreachable, ConfigError) as error:
        give_up(f"geen Kafka: {error}")
    yield Guarded(cluster.address, f"127.0.0.1:{tls}", authority)
    stop_cluster(cluster)

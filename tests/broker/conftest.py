"""A cluster for the tests of one module, and whether there can be one here at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.jars import fetch_jars, find_java
from ibroker.broker.layout import FREE, Cluster
from ibroker.errors import ConfigError
from tests.kafka.broker_address import give_up


@pytest.fixture(scope="session")
def jars() -> Path:
    """The jars of Kafka, fetched where they were not yet."""
    try:
        find_java()
        return fetch_jars()
    except ConfigError as error:
        give_up(f"geen Kafka: {error}")


@pytest.fixture(scope="module")
def cluster(
    jars: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    """A cluster that runs, of `NODES` of the module; its folder has a space in it."""
    folder = tmp_path_factory.mktemp("een cluster")
    started = start_cluster(
        folder, request.module.NODES, FREE, extra={"log.retention.hours": "5"}
    )
    yield started
    stop_cluster(started)

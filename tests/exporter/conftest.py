"""Kafka and its twin, in turn."""

import pytest

from tests.exporter.clusters import KafkaUnderTest, MemoryUnderTest, WatchedUnderTest


@pytest.fixture(params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)])
def world(request: pytest.FixtureRequest) -> WatchedUnderTest:
    """A cluster with topics of this test alone."""
    if request.param == "twin":
        return MemoryUnderTest()
    return KafkaUnderTest(request.getfixturevalue("topic"))

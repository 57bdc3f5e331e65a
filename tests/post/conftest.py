"""Kafka and its twins, in turn."""

import pytest

from tests.post.logs import KafkaPost, MemoryPost, PostUnderTest


@pytest.fixture(params=["twin", pytest.param("kafka", marks=pytest.mark.kafka)])
def post(request: pytest.FixtureRequest) -> PostUnderTest:
    """A log of this test alone."""
    if request.param == "twin":
        return MemoryPost()
    return KafkaPost(request.getfixturevalue("topic"))

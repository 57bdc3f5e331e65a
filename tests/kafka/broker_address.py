"""A real Kafka for tests: the cluster of IBROKER_KAFKA, or one of the session's own.

`tests/conftest.py` imports the fixtures from here, before it takes our settings out of
the environment, so that any folder of tests may ask for them.
"""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import FREE
from ibroker.broker.probe import any_answer
from ibroker.errors import ClusterUnreachable, ConfigError

GIVEN = os.environ.get("IBROKER_KAFKA", "")
IS_CI = bool(os.environ.get("CI"))
# Fewer internal partitions than the usual 50 are sooner there.
FEW_PARTITIONS = {
    "offsets.topic.num.partitions": "2",
    "transaction.state.log.num.partitions": "2",
}
# How often, and how many seconds apart, we look whether a new topic has its leaders.
_LOOKS, _PAUSE = 600, 0.05


class Topics:
    """Makes topics that no other test has, and takes them away after the test."""

    def __init__(self, address: str, test: str) -> None:
        """Names begin with what the test is called, so that one left over is known."""
        self.address = address
        self._prefix = (
            f"t.{re.sub(r'[^A-Za-z0-9]+', '-', test)[:60]}.{secrets.token_hex(4)}"
        )
        self._made: list[str] = []

    def name(self, suffix: str) -> str:
        """The name that `create` gives; the same one each time within a test."""
        return f"{self._prefix}.{suffix}"

    async def create(
        self, suffix: str = "topic", partitions: int = 1, **settings: str
    ) -> str:
        """Make a topic, wait until it has its leaders, and give its name.

        It has three replicas, or one for each node where there are fewer. In `settings`
        a dot of Kafka's own name is an underscore: `max_message_bytes="1000"`.
        """
        name = self.name(suffix)
        configs = {key.replace("_", "."): value for key, value in settings.items()}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            brokers = (await admin.describe_cluster())["brokers"]
            replicas = min(3, len(brokers))
            answer = await admin.create_topics(
                [NewTopic(name, partitions, replicas, topic_configs=configs)]
            )
            self._made.append(name)
            assert [(name, 0)] == [tuple(error[:2]) for error in answer.topic_errors]
            for _ in range(_LOOKS):
                if await _has_leaders(admin, name, partitions):
                    return name
                await asyncio.sleep(_PAUSE)
            raise TimeoutError(f"{name} got no leaders")
        finally:
            await admin.close()

    async def delete(self) -> None:
        """Take away what was made."""
        if self._made:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
            await admin.start()
            try:
                await admin.delete_topics(self._made)
            finally:
                await admin.close()


async def _has_leaders(admin: AIOKafkaAdminClient, topic: str, partitions: int) -> bool:
    [found] = await admin.describe_topics([topic])
    leaders = [one["leader"] for one in found["partitions"]]
    return len(leaders) == partitions and min(leaders) >= 0


def give_up(reason: str) -> NoReturn:
    """Skip the test for want of a Kafka; with CI set that is a failure."""
    if IS_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def own_broker(folder: Path) -> Iterator[str]:
    """A broker that is started for this alone, and stopped; gives its address."""
    try:
        cluster = start_cluster(folder, port=FREE, extra=FEW_PARTITIONS)
    except (ClusterUnreachable, ConfigError) as error:
        give_up(f"geen Kafka: {error}")
    try:
        yield cluster.address
    finally:
        stop_cluster(cluster)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a real Kafka.

    Where there is none and none can be started the test is skipped; where CI is set it
    fails, for there a broker is part of the bargain.
    """
    if GIVEN:
        if not any_answer(GIVEN.split(",")):
            give_up(f"IBROKER_KAFKA: op {GIVEN} antwoordt geen Kafka")
        yield GIVEN
        return
    with own_broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture
async def topic(kafka: str, request: pytest.FixtureRequest) -> AsyncIterator[Topics]:
    """Topics of this test alone: `await topic.create("in", partitions=12)`."""
    topics = Topics(kafka, request.node.name)
    yield topics
    await topics.delete()

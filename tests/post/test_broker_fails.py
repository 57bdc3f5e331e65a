"""Handing in and collecting while the broker is killed, or stands still."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ibroker.broker.cluster import (
    kill_node,
    pause_node,
    resume_node,
    start_cluster,
    start_node,
    stop_cluster,
)
from ibroker.broker.layout import FREE, Cluster
from ibroker.core.record import Outgoing
from ibroker.errors import ClusterUnreachable, ConfigError
from ibroker.post.folder import Folder
from ibroker.post.kafka_mailbox import KafkaMailbox
from ibroker.post.kafka_replay import KafkaArchive
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.mailbox import Wish, collect
from ibroker.post.submission import (
    Envelope,
    Receipt,
    Refusal,
    Submission,
    submit_all,
)
from tests.kafka.broker_address import Topics, give_up
from tests.post.deliveries import delivery, identity
from tests.post.logs import KafkaPost

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A broker that may be killed: no one else uses it."""
    try:
        started = start_cluster(tmp_path_factory.mktemp("kafka"), port=FREE)
    except (ClusterUnreachable, ConfigError) as error:
        give_up(f"geen Kafka: {error}")
    yield started
    stop_cluster(started)


@pytest.fixture
async def post(cluster: Cluster, request: pytest.FixtureRequest) -> KafkaPost:
    """Topics of this test alone, on that broker."""
    return KafkaPost(Topics(cluster.address, request.node.name))


def submissions(count: int) -> list[Submission]:
    """Berichten that can be told from each other."""
    values = [f"{number:05}".encode().ljust(20_000) for number in range(count)]
    return [
        Submission(value[:5].decode(), value, hashlib.sha256(value).hexdigest())
        for value in values
    ]


async def test_killed_while_post_is_handed_in(
    cluster: Cluster, post: KafkaPost
) -> None:
    """All is there once, in order, and where its receipt says."""
    await post.make("in", 3, None)
    items = submissions(1500)
    envelope = Envelope(post.name("in"), "0344", None)
    results: list[object] = []
    restart: asyncio.Future[None] | None = None
    async with KafkaIntake(post.connection, envelope.topic) as intake:
        async for batch in submit_all(iter(items), intake, envelope, lambda: False):
            results += batch
            if restart is None:
                restart = asyncio.ensure_future(restart_node(cluster))
    assert restart is not None
    await restart

    records = await post.read(post.name("in"))
    receipts = [one for one in results if isinstance(one, Receipt)]
    assert [item.data for item in items] == [one.value for one in records]
    assert [item.bestand for item in items] == [one.bestand for one in receipts]
    assert [one.offset for one in records] == [one.offset for one in receipts]


async def restart_node(cluster: Cluster) -> None:
    """Kill the broker, and start it again."""
    await asyncio.to_thread(kill_node, cluster, 1)
    await asyncio.to_thread(start_node, cluster, 1)


async def test_killed_while_post_is_collected(
    cluster: Cluster, post: KafkaPost, tmp_path: Path
) -> None:
    """Who follows goes on when the broker is back, and has all of it once."""
    uit = post.name("uit")
    await post.make("uit", 1, None)
    await post.put([delivery(uit, number) for number in range(500)])
    seen: list[str] = []
    wish = Wish(follow=True, most=600)
    async with KafkaMailbox(post.connection, uit, post.prefix) as mailbox:
        with Folder(tmp_path) as folder:
            async for batch in collect(mailbox, folder, wish, lambda: False):
                if not seen:
                    await restart_node(cluster)
                    await post.put([delivery(uit, n) for n in range(500, 600)])
                seen += [one.id for one in batch]

    assert [identity(number) for number in range(600)] == seen
    names = [f"{one}.{kind}" for one in seen for kind in ("json", "xml")]
    assert {".ibroker.lock", *names} == set(os.listdir(tmp_path))  # noqa: PTH208


async def test_a_broker_that_stands_still(cluster: Cluster, post: KafkaPost) -> None:
    """What it does not answer is said to be uncertain, within the time for it."""
    await post.make("in", 1, None)
    topic = post.name("in")
    started = asyncio.get_running_loop().time()
    async with KafkaIntake(post.connection, topic, answer_within=2) as intake:
        (first,) = await intake.take([Outgoing(topic, b"k", b"1")])
        pause_node(cluster, 1)
        try:
            rest = await intake.take([Outgoing(topic, b"k", b"2")] * 3)
            with pytest.raises(ClusterUnreachable):
                async for _ in KafkaArchive(post.connection).read(topic):
                    pass
        finally:
            resume_node(cluster, 1)

    assert not isinstance(first, Refusal)
    assert [Refusal.GEEN_ANTWOORD] * 3 == list(rest)
    assert asyncio.get_running_loop().time() - started < 30

"""Collecting while the coordinator of the group cannot say where it was."""

from pathlib import Path

import pytest

from ibroker.post.folder import Folder
from ibroker.post.kafka_mailbox import KafkaMailbox
from ibroker.post.mailbox import Wish, collect
from tests.kafka import proxy as kinds
from tests.kafka.broker_address import Topics
from tests.kafka.proxied import LOADING, Broker
from tests.kafka.proxy import Answer, Fate, Proxy, Request
from tests.post.deliveries import delivery, identity
from tests.post.logs import KafkaPost

pytestmark = pytest.mark.kafka


async def test_a_coordinator_that_cannot_tell_is_asked_again(
    broker: Broker, proxy: Proxy, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was collected before does not come again while it loads its log."""
    post = KafkaPost(Topics(broker.address, request.node.name))
    uit = post.name("uit")
    await post.make("uit", 1, None)
    await post.put([delivery(uit, number) for number in range(4)])
    assert [identity(n) for n in range(3)] == await collected(
        post, broker.address, tmp_path / "a", 3
    )
    loading = 3

    def decide(request: Request) -> Fate:
        nonlocal loading
        if request.api != kinds.OFFSET_FETCH or loading == 0:
            return None
        loading -= 1
        return Answer(LOADING)

    proxy.decide = decide

    assert [identity(3)] == await collected(post, broker.proxied, tmp_path / "b", None)
    assert 0 == loading


async def collected(
    post: KafkaPost, address: str, path: Path, most: int | None
) -> list[str]:
    """The ids of what one process collects by this address."""
    connection = {"bootstrap_servers": [address]}
    wish = Wish() if most is None else Wish(most=most)
    async with KafkaMailbox(connection, post.name("uit"), post.prefix) as mailbox:
        with Folder(path) as folder:
            return [
                one.id
                async for batch in collect(mailbox, folder, wish, lambda: False)
                for one in batch
            ]

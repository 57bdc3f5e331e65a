"""A node that dies in a commit and comes back at once: it commits all of it, or none.

A coordinator writes that a transaction is to be committed, has that copied, and then
tells each partition. Kafka 4.3.1 tells them from what it finds on its own disk where it
comes back while the others still take it for the leader, copied or not; they go on
without what was not copied, and abort the rest.
"""

import asyncio
import time
from contextlib import suppress

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaError

from ibroker.broker.cluster import kill_node, pause_node, resume_node, start_node
from ibroker.broker.layout import Cluster
from ibroker.core.record import Outgoing
from ibroker.errors import DeliveryFailed
from ibroker.kafka.connection import connection
from ibroker.kafka.producer import TransactionalProducer
from ibroker.settings import read_settings

pytestmark = pytest.mark.kafka

NODES = 3
ID = "half"
ELSEWHERE, HERE = "half-elsewhere", "half-here"
WITHIN = 60.0  # s
FETCH = 1.0  # s after which no copy is on its way; a fetch waits half of that


async def coordinator_of(address: str) -> int:
    """The node that ends the transactions of our id."""
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        until = time.monotonic() + WITHIN
        while True:
            try:
                return int(
                    await producer.client.coordinator_lookup(
                        CoordinationType.TRANSACTION, ID
                    )
                )
            except KafkaError:  # its topic is being made
                assert time.monotonic() < until
                await asyncio.sleep(0.2)


async def make_topics(cluster: Cluster, coordinator: int) -> None:
    """Make one topic that the coordinator alone has, and one that another leads."""
    others = [one.number for one in cluster.nodes if one.number != coordinator]
    alone = {"min.insync.replicas": "1"}
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.address)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(HERE, -1, -1, {0: [coordinator]}, alone),
                NewTopic(ELSEWHERE, -1, -1, {0: [*others, coordinator]}),
            ]
        )
    finally:
        await admin.close()


async def read_committed(address: str, topic: str) -> list[bytes | None]:
    """All that a reader of committed records sees."""
    place = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(
        bootstrap_servers=address,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        consumer.assign([place])
        [end] = (await consumer.end_offsets([place])).values()
        found: list[bytes | None] = []
        async with asyncio.timeout(WITHIN):
            while await consumer.position(place) < end:
                batch = await consumer.getmany(place, timeout_ms=500)
                found += [record.value for record in batch.get(place, ())]
        return found


def written_of_transactions(cluster: Cluster, number: int) -> int:
    """How many bytes a node has on disk of how transactions stand."""
    data = cluster.node(number).data
    logs = data.glob("__transaction_state-*/*.log")
    return sum(one.stat().st_size for one in logs)


async def test_a_commit_that_was_not_copied_is_made_whole_or_not(
    cluster: Cluster,
) -> None:
    """The coordinator is killed when it alone knows of a commit, and comes back."""
    settings = connection(read_settings().model_copy(update={"kafka": cluster.address}))
    coordinator = await coordinator_of(cluster.address)
    await make_topics(cluster, coordinator)
    others = [one.number for one in cluster.nodes if one.number != coordinator]
    producer = TransactionalProducer(ID, settings)
    await producer.start([HERE, ELSEWHERE])
    async with producer.transaction() as transaction:
        await transaction.send(
            [Outgoing(HERE, b"", b"1"), Outgoing(ELSEWHERE, b"", b"1")]
        )
        for number in others:
            await asyncio.to_thread(pause_node, cluster, number)
        await asyncio.sleep(FETCH)
        before = written_of_transactions(cluster, coordinator)
        commit = asyncio.create_task(transaction.commit())
        async with asyncio.timeout(WITHIN):
            while written_of_transactions(cluster, coordinator) == before:  # noqa: ASYNC110 - a disk tells no one
                await asyncio.sleep(0.01)
        await asyncio.to_thread(kill_node, cluster, coordinator)
        for number in others:
            resume_node(cluster, number)
        with suppress(DeliveryFailed):
            await commit
    await producer.close()

    await asyncio.to_thread(start_node, cluster, coordinator)
    successor = TransactionalProducer(ID, settings)
    await successor.start([HERE, ELSEWHERE])
    await successor.close()

    here = await read_committed(cluster.address, HERE)
    assert here == await read_committed(cluster.address, ELSEWHERE)

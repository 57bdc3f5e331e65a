"""What aiokafka 0.14 does by itself, on a real broker.

Where such a test fails with a newer version, the rule that works round it may go.
"""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import OUT, values
from tests.kafka.proxied import LOADING, Broker, topics_of
from tests.kafka.proxy import Answer, Late, Once, Proxy

pytestmark = pytest.mark.kafka

TEN = [b"%06d" % number for number in range(10)]


async def test_it_commits_after_a_refusal(broker: Broker) -> None:
    """Where no one awaits deliveries a commit succeeds, with a record missing."""
    log = KafkaUnderTest(broker.address)
    await log.make("uit", 1, 1000)
    async with AIOKafkaProducer(
        bootstrap_servers=log.address, transactional_id=log.prefix
    ) as producer:
        await producer.begin_transaction()
        good = await producer.send(log.prefix + "uit", b"goed", b"k")
        await good
        refused = await producer.send(log.prefix + "uit", bytes(5000), b"k")
        await producer.commit_transaction()
        with pytest.raises(MessageSizeTooLargeError):
            await refused

    assert [b"goed"] == await values(log, "uit")


async def test_it_cannot_be_used_after_a_refusal(broker: Broker) -> None:
    """The numbers of its records have a gap, which the broker does not take."""
    log = KafkaUnderTest(broker.address)
    await log.make("uit", 1, 1000)
    producer = AIOKafkaProducer(
        bootstrap_servers=log.address, transactional_id=log.prefix
    )
    await producer.start()
    await producer.begin_transaction()
    refused = await producer.send(log.prefix + "uit", bytes(5000), b"k")
    with pytest.raises(MessageSizeTooLargeError):
        await refused
    with pytest.raises(KafkaError):
        await producer.send_and_wait(log.prefix + "uit", b"goed", b"k")
    await producer.stop()


async def test_its_late_commit_commits_the_next_transaction(
    log: KafkaUnderTest, broker: Broker, proxy: Proxy
) -> None:
    """It asks again on a new connection, and the broker cannot tell them apart."""
    late = Late()
    proxy.decide = Once(kinds.END_TXN, late, number=1)
    async with AIOKafkaProducer(
        bootstrap_servers=broker.proxied, transactional_id=log.prefix
    ) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(log.prefix + "uit", b"eerst", b"k")
        await producer.commit_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(log.prefix + "uit", b"nog niet", b"k")
        late.released.set()
        await asyncio.wait_for(late.answer, 5)

        assert [b"eerst", b"nog niet"] == await values(log, "uit")
        with pytest.raises(KafkaError):
            await producer.abort_transaction()


async def test_it_makes_a_topic_by_asking_for_it(broker: Broker) -> None:
    """Where the broker is set to, which is Kafka's default."""
    log = KafkaUnderTest(broker.address)
    async with AIOKafkaProducer(bootstrap_servers=log.address) as producer:
        await producer.send_and_wait(log.prefix + "nieuw", b"v", b"k")

    assert log.prefix + "nieuw" in await topics_of(broker)


async def test_it_takes_an_error_for_no_offset(
    log: KafkaUnderTest, via: KafkaUnderTest, proxy: Proxy
) -> None:
    """As if the group had never committed anything, whatever the error."""
    await log.put("in", 0, TEN)
    async with log.owner("in", 0, OUT) as lane, lane.transaction(8) as transaction:
        await transaction.commit()
    proxy.decide = lambda request: (
        Answer(LOADING) if request.api == kinds.OFFSET_FETCH else None
    )
    async with AIOKafkaConsumer(
        bootstrap_servers=via.address,
        group_id=log.prefix + "app",
        enable_auto_commit=False,
    ) as consumer:
        place = TopicPartition(log.prefix + "in", 0)
        assert await consumer.committed(place) is None


async def test_it_is_no_zombie_to_the_group(log: KafkaUnderTest) -> None:
    """Offsets of a member that the group never had are taken: only ids fence."""
    async with AIOKafkaProducer(
        bootstrap_servers=log.address, transactional_id=log.prefix
    ) as producer:
        await producer.begin_transaction()
        place = TopicPartition(log.prefix + "in", 0)
        await producer.send_offsets_to_transaction({place: 7}, log.prefix + "app")
        await producer.commit_transaction()

    # The broker answers before its mark stands where the offsets of the group are.
    offset = None
    for _ in range(100):
        if (offset := await log.committed("in", 0)) is not None:
            break
        await asyncio.sleep(0.1)
    assert 7 == offset

"""A producer that something went wrong with is done for, on a real broker."""

import asyncio
import gc

import pytest
from aiokafka.producer.message_accumulator import MessageBatch

from ibroker.core.record import Outgoing
from ibroker.errors import DeliveryFailed, Fenced
from ibroker.kafka.producer import ProducerTransaction, TransactionalProducer
from tests.kafka import proxy as kinds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import values
from tests.kafka.proxied import Broker
from tests.kafka.proxy import Held, Once, Proxy
from tests.kafka.relay import out

pytestmark = pytest.mark.kafka


async def send_and_commit(transaction: ProducerTransaction, one: Outgoing) -> None:
    """A whole transaction."""
    await transaction.send([one])
    await transaction.commit()


async def start_two(
    log: KafkaUnderTest,
) -> tuple[TransactionalProducer, TransactionalProducer]:
    """A producer, and the one that overtook it."""
    name = log.prefix + "id"
    former = TransactionalProducer(name, log.connection)
    heir = TransactionalProducer(name, log.connection)
    await former.start([])
    await heir.start([])
    return former, heir


async def test_without_an_answer_in_time_a_producer_is_done_for(
    log: KafkaUnderTest, broker: Broker, proxy: Proxy
) -> None:
    """A commit that hangs fails in time, and what was held up comes too late."""
    held = Held()
    proxy.decide = Once(kinds.END_TXN, held, number=1)
    connection = {"bootstrap_servers": broker.proxied}
    name = log.prefix + "id"
    hanging = TransactionalProducer(name, connection, answer_within=1)
    await hanging.start([log.prefix + "uit"])
    async with hanging.transaction() as transaction:
        await transaction.send([out(log, b"eerst")])
        with pytest.raises(DeliveryFailed, match="commit: TimeoutError"):
            await transaction.commit()

    following = TransactionalProducer(name, {"bootstrap_servers": broker.address})
    await following.start([log.prefix + "uit"])
    async with following.transaction() as transaction:
        await transaction.send([out(log, b"daarna")])
        held.released.set()
        await asyncio.sleep(0.5)
        assert [] == await log.read("uit")
        await transaction.commit()
    await asyncio.gather(hanging.close(), following.close())

    assert [b"daarna"] == await values(log, "uit")


@pytest.mark.parametrize("api", [kinds.PRODUCE, kinds.END_TXN])
async def test_a_producer_that_is_closed_leaves_nothing_running(
    log: KafkaUnderTest, broker: Broker, proxy: Proxy, api: int
) -> None:
    """Also with a request under way that no one answers, and that is tried again."""
    before = asyncio.all_tasks()
    held = Held()
    proxy.decide = lambda request: held if request.api == api else None
    producer = TransactionalProducer(
        log.prefix + "id", {"bootstrap_servers": broker.proxied}, answer_within=1
    )
    await producer.start([log.prefix + "uit"])
    async with producer.transaction() as transaction:
        with pytest.raises(DeliveryFailed):
            await send_and_commit(transaction, out(log, b"eerst"))
    await producer.close()
    await proxy.close()
    await asyncio.sleep(0.1)

    assert set() == {task for task in asyncio.all_tasks() - before if not task.done()}


async def test_a_place_that_is_not_told_is_not_made_up(
    log: KafkaUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To one that comes double the broker may say that, and not where the first is."""
    done = MessageBatch.done
    monkeypatch.setattr(
        MessageBatch, "done", lambda batch, _, *more: done(batch, -1, *more)
    )
    producer = TransactionalProducer(log.prefix + "id", log.connection)
    await producer.start([log.prefix + "uit"])
    async with producer.transaction() as transaction:
        with pytest.raises(DeliveryFailed, match="no offset"):
            await transaction.send([out(log, b"ergens")])
    await producer.close()


async def test_fencing_reaches_a_producer_at_its_next_word(log: KafkaUnderTest) -> None:
    """Who was overtaken hears so as Fenced, whatever it does next."""
    former, heir = await start_two(log)
    async with former.transaction() as transaction:
        with pytest.raises(Fenced):
            await send_and_commit(transaction, out(log, b"te laat"))
    await asyncio.gather(former.close(), heir.close())

    assert [] == await log.read("uit")


async def test_what_failed_is_told_once(
    log: KafkaUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    """By the one who sent it; asyncio has nothing to add of what nobody asked for."""
    former, heir = await start_two(log)
    async with former.transaction() as transaction:
        with pytest.raises(Fenced):
            await transaction.send([out(log, b"te laat")])
    await asyncio.gather(former.close(), heir.close())
    del former, transaction
    gc.collect()
    await asyncio.sleep(0)

    assert [] == [one.getMessage() for one in caplog.records if one.name == "asyncio"]

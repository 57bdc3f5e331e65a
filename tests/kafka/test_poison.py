"""Poison on a real broker: the loop reads on, and nothing of a neighbour is lost."""

import asyncio
import struct
from hashlib import shake_128
from itertools import pairwise
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import CorruptRecordException

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import FREE
from ibroker.errors import LogError
from ibroker.kafka.loop import Bounds
from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import GOOD, OUT, at_work, inputs, make, settled, values
from tests.kafka.raw_batches import build, junk_gzip, put_batch, spoil_names

pytestmark = pytest.mark.kafka

BAD_NAME = spoil_names(build(GOOD), GOOD[1])
LYING = build(GOOD, places=(0, 1, 1000))
BACKWARD = build(GOOD, places=(-1, -1, -1))


@pytest.fixture
async def log(kafka: str) -> KafkaUnderTest:
    """A real log with the topics of the relay."""
    log = KafkaUnderTest(kafka)
    await make(log)
    return log


async def put_raw(log: KafkaUnderTest, *batches: bytes) -> None:
    """Write batches as they are."""
    for batch in batches:
        await put_batch(log.address, log.prefix + "in", batch)


async def test_a_header_name_that_is_no_text_holds_up_nothing(
    log: KafkaUnderTest,
) -> None:
    """Such a record is delivered without that header, its neighbours as they are."""
    await put_raw(log, build(GOOD), BAD_NAME, build(GOOD))
    async with at_work(log) as work:
        await settled(log, 9, work)

    assert list(range(9)) == await inputs(log)
    assert GOOD * 3 == await values(log, "uit")


@pytest.mark.parametrize("codec", [1, 2, 3, 4])
async def test_every_codec_is_read(log: KafkaUnderTest, codec: int) -> None:
    """A compressed batch is carried, also where we read it ourselves for a bad one."""
    many = [b"zelfde " * 20, *GOOD]
    await put_raw(log, build(many, codec=codec), BAD_NAME, build(many, codec=codec))
    async with at_work(log) as work:
        await settled(log, 11, work)

    assert list(range(11)) == await inputs(log)
    assert [*many, *GOOD, *many] == await values(log, "uit")


async def test_a_payload_that_no_one_can_decompress_is_set_aside(
    log: KafkaUnderTest,
) -> None:
    """The batch is set aside with its first offset, the other two without it."""
    await put_raw(log, build(GOOD), junk_gzip(GOOD), build(GOOD))
    async with at_work(log) as work:
        await settled(log, 9, work)

    assert list(range(9)) == await inputs(log)
    assert GOOD * 2 == await values(log, "uit")
    aside = await values(log, "apart")
    # The broker writes into the head of a batch, but not into what is in it.
    assert [junk_gzip(GOOD)[61:], b"", b""] == [one[61:] for one in aside]


@pytest.mark.parametrize(
    "lying, honest",
    [
        pytest.param(LYING, GOOD[:2], id="forward"),
        pytest.param(BACKWARD, [], id="backward"),
    ],
)
async def test_a_sender_cannot_make_us_skip_what_others_sent(
    log: KafkaUnderTest, lying: bytes, honest: list[bytes]
) -> None:
    """A record with an invented offset is set aside, and all after it are carried."""
    await put_raw(log, lying, *[build(GOOD)] * 4)
    async with at_work(log) as work:
        await settled(log, 15, work)
        await put_raw(log, lying, build(GOOD))
        await settled(log, 21, work)

    assert list(range(21)) == await inputs(log)
    expected = [*honest, *4 * GOOD, *honest, *GOOD]
    assert expected == await values(log, "uit")
    assert 21 == await log.committed("in", 0)


async def test_undone_transactions_are_no_input(log: KafkaUnderTest) -> None:
    """Beside poison too, what a sender undid is not carried, nor are marks."""
    async with AIOKafkaProducer(
        bootstrap_servers=log.address, transactional_id=log.prefix + "sender"
    ) as producer:
        for number, is_kept in enumerate([True, False, True, False]):
            await put_raw(log, BAD_NAME)
            await producer.begin_transaction()
            await producer.send_and_wait(log.prefix + "in", b"t%d" % number, b"k")
            await (
                producer.commit_transaction()
                if is_kept
                else producer.abort_transaction()
            )
    await put_raw(log, build(GOOD))
    async with at_work(log) as work:
        await settled(log, 17, work)

    assert [*GOOD, b"t0", *GOOD, *GOOD, b"t2", *GOOD, *GOOD] == await values(log, "uit")
    assert [] == await values(log, "apart")


async def test_poison_that_is_too_large_is_set_aside_bare(kafka: str) -> None:
    """Where even the raw batch is refused, the offsets still have their outcome."""
    log = KafkaUnderTest(kafka)
    await make(log, limit=600)
    large = junk_gzip([shake_128(b"").digest(2000), *GOOD])
    await put_raw(log, build(GOOD), large, build(GOOD))
    async with at_work(log) as work:
        await settled(log, 10, work)

    assert list(range(10)) == await inputs(log)
    assert GOOD * 2 == await values(log, "uit")
    assert [b""] * 4 == await values(log, "apart")


async def test_a_refusal_within_a_poisoned_batch_ends(kafka: str) -> None:
    """A good record of such a batch that is refused is found, and only it set aside."""
    log = KafkaUnderTest(kafka)
    for topic, limit in [("in", None), ("uit", 600), ("apart", None), ("notes", None)]:
        await log.make(topic, 1, limit)
    batch = build([b"een", b"x" * 2000, b"drie"])
    await put_raw(log, spoil_names(batch, b"drie"), build(GOOD))
    async with at_work(log) as work:
        await settled(log, 6, work)

    assert list(range(6)) == await inputs(log)
    assert [b"een", b"drie", *GOOD] == await values(log, "uit")
    assert [b""] == await values(log, "apart")


async def test_a_transaction_holds_no_more_than_its_bytes(log: KafkaUnderTest) -> None:
    """What was compressed may be any size once it is read; it is carried in parts."""
    batch = build([b"%03d" % n + bytes(10_000) for n in range(40)], codec=1)
    await put_raw(log, batch)
    async with at_work(log, Bounds(records=50, bytes=100_000, idle=0.1)) as work:
        await settled(log, 40, work)

    notes = await log.read("notes")
    # Each commit leaves a mark, which takes an offset.
    assert 4 == sum(later.offset - one.offset - 1 for one, later in pairwise(notes))
    assert list(range(40)) == await inputs(log)


async def test_an_offset_that_is_gone_stops_the_process(log: KafkaUnderTest) -> None:
    """What was never handled is not skipped, and nothing begins anew from the start."""
    await put_raw(log, *[build(GOOD)] * 3)
    async with log.owner("in", 0, OUT) as lane:
        first = await lane.poll(3, 5)
        async with lane.transaction(first[-1].offset + 1) as transaction:
            await transaction.commit()
    admin = AIOKafkaAdminClient(bootstrap_servers=log.address)
    await admin.start()
    place = TopicPartition(log.prefix + "in", 0)
    await admin.delete_records({place: RecordsToDelete(before_offset=6)})
    await admin.close()

    member = log.member("in", OUT)
    with pytest.raises(LogError, match="offset 3 is not in the log"):
        await asyncio.wait_for(member.run(at_work_never), 20)


async def at_work_never(lane: object) -> None:
    """Work that only polls."""
    while True:
        await lane.poll(10, 0.1)  # type: ignore[attr-defined]


def rot(data: Path, partition: str) -> None:
    """Flip bits of one byte in the log on disk."""
    segment = next(data.glob(f"**/{partition}/*.log"))
    segment.write_bytes(segment.read_bytes().replace(b"rotten", b"rottem", 1))


async def test_a_batch_that_rots_on_disk_is_set_aside(tmp_path: Path) -> None:
    """Its offsets are set aside once, what stands before and after it is carried."""
    cluster = await asyncio.to_thread(start_cluster, tmp_path, port=FREE)
    try:
        log = KafkaUnderTest(cluster.address)
        await make(log)
        await put_raw(log, build(GOOD), build([b"rotten", b"rotten"]), build(GOOD))
        await asyncio.to_thread(stop_cluster, cluster)
        rot(tmp_path, log.prefix + "in-0")
        await asyncio.to_thread(start_cluster, tmp_path)

        async with at_work(log) as work:
            await settled(log, 8, work)

        assert list(range(8)) == await inputs(log)
        assert GOOD * 2 == await values(log, "uit")
        rotten, bare = await values(log, "apart")
        assert b"rottem" in rotten
        assert b"" == bare
    finally:
        await asyncio.to_thread(stop_cluster, cluster)


class TestTheClient:
    """What aiokafka and the broker do: where it changes, a workaround may go."""

    async def test_it_never_gets_past_a_bad_name(self, log: KafkaUnderTest) -> None:
        """The client raises on such a batch each time, and stays where it is."""
        await put_raw(log, BAD_NAME)
        async with AIOKafkaConsumer(bootstrap_servers=log.address) as consumer:
            place = TopicPartition(log.prefix + "in", 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            for _ in range(3):
                with pytest.raises(UnicodeDecodeError):
                    await consumer.getmany(place, timeout_ms=5000)
            assert await consumer.position(place) == 0

    async def test_it_believes_invented_offsets(self, log: KafkaUnderTest) -> None:
        """The broker takes them, and the client then stands past the end of the log."""
        await put_raw(log, LYING, build(GOOD))
        async with AIOKafkaConsumer(bootstrap_servers=log.address) as consumer:
            place = TopicPartition(log.prefix + "in", 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            found = await consumer.getmany(place, timeout_ms=5000, max_records=3)
            assert [0, 1, 1000] == [one.offset for one in found[place]]
            assert await consumer.position(place) == 1001

    async def test_the_broker_refuses_what_it_can_see(
        self, log: KafkaUnderTest
    ) -> None:
        """A wrong checksum never comes in, so that rot is only ever of a disk."""
        batch = bytearray(build(GOOD))
        struct.pack_into(">I", batch, 17, 1)
        with pytest.raises(CorruptRecordException):
            await put_raw(log, bytes(batch))

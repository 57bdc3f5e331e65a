"""What Faust reads and commits, mended."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalStateError
from faust.types import TP
from intervaltree import IntervalTree
from mode import Service

from ibroker.watch.lezer import ConsumerThread, MendedConsumer
from ibroker.watch.mended import MendedApp
from tests.kafka.broker_address import Topics

PLACE = TP("ggk.gebeurtenissen", 3)


class Reading(MendedConsumer):
    """What a consumer knows of what it read; it never started."""

    def __init__(self, start: int | None) -> None:
        self._acked = defaultdict(list)
        self._acked_index = defaultdict(set)
        self._gap = defaultdict(IntervalTree)
        self._committed_offset = defaultdict(lambda: start)
        self._read = start
        self.fails = False
        self.committed: list[int] = []

        async def flush() -> None:
            pass

        producer = SimpleNamespace(flush=flush)
        tables = SimpleNamespace(on_commit=lambda _: None)
        self.app = cast("Any", SimpleNamespace(producer=producer, tables=tables))

    def assignment(self) -> set[TP]:
        """All that there is."""
        return {PLACE}

    async def _handle_attached(self, commit_offsets: Mapping[TP, int]) -> None:
        """Nothing is."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """As a broker does that may refuse it."""
        if not self.fails:
            self.committed.append(offsets[PLACE])
        return not self.fails

    async def read(self, *offsets: int) -> None:
        """Read these, and note where none is, as Faust does."""
        for offset in offsets:
            if self._read and offset - self._read > 1:
                await self._add_gap(PLACE, self._read + 1, offset)
            self._read = offset

    def after(self, *offsets: int) -> int | None:
        """Be done with these: where to go on?"""
        self._acked[PLACE].extend(offsets)
        self._acked_index[PLACE].update(offsets)
        return self._new_offset(PLACE)


@pytest.mark.parametrize(
    "read, taken, start, after",
    [
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 5, 6, 8], None, 9),  # marks at 2, 4 and 7
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 6, 8], None, 5),  # 5 is under way
        ([0, 1, 3, 5, 6, 8], [0, 1, 3, 5, 6], None, 7),
        ([5, 6, 8], [5, 6, 8], 4, 9),  # it stood before a mark
        ([6, 7], [6, 7], 4, 8),  # and before two
        ([5, 6], [6], 4, None),  # the first is under way
        ([5, 6], [], 5, None),
        ([5, 6, 9], [9, 6, 6, 5], 5, 10),
    ],
)
async def test_it_commits_past_marks(
    read: list[int], taken: list[int], start: int | None, after: int | None
) -> None:
    """All that was taken in, past the marks of transactions, and nothing else."""
    consumer = Reading(start)

    await consumer.read(*read)

    assert after == consumer.after(*taken)


async def test_it_goes_on_from_there() -> None:
    """What came in while it committed counts the next time, and nothing is kept."""
    consumer = Reading(1)

    await consumer.read(1, 3)
    consumer.after(1, 3)
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    await consumer.read(5, 7)
    consumer.after(5, 7)
    await consumer._commit_tps([PLACE], start_new_transaction=False)

    assert [4, 8] == consumer.committed
    assert consumer._new_offset(PLACE) is None
    assert not consumer._acked[PLACE]
    assert not consumer._acked_index[PLACE]
    assert not consumer._gap[PLACE]


async def test_what_was_not_committed_is_tried_again() -> None:
    """Also where nothing comes any more that would be committed with it."""
    consumer = Reading(1)
    await consumer.read(1, 3)
    consumer.after(1, 3)

    consumer.fails = True
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    consumer.fails = False
    await consumer._commit_tps([PLACE], start_new_transaction=False)
    await consumer._commit_tps([PLACE], start_new_transaction=False)

    assert [4] == consumer.committed


class Log:
    """What a consumer reads of one partition: a record for each offset."""

    def __init__(self, consumer: MendedConsumer) -> None:
        self.position = 1
        self.end = 1
        self.passed_on: list[int] = []
        self.slow = asyncio.Event()
        self.slow.set()
        unmended: Any = consumer
        unmended._getmany = self.getmany
        unmended.seek_to_committed = self.seek_to_committed
        unmended.callback = self.take
        unmended.highwater = lambda _: self.end
        unmended._to_message = lambda _, record: record
        unmended._active_partitions = {TP("ggk.intern.watch.stand", 3)}

    async def getmany(self, **_: object) -> dict[TP, list[Any]]:
        """All there is."""
        while self.position == self.end:  # noqa: ASYNC110 - what the test sets
            await asyncio.sleep(0.01)
        records = [
            SimpleNamespace(offset=offset, topic=PLACE.topic, key=None, value=None)
            for offset in range(self.position, self.end)
        ]
        self.position = self.end
        return {PLACE: records}

    async def seek_to_committed(self) -> dict[TP, int]:
        """Nothing is committed after the first."""
        self.position = 1
        return {PLACE: 1}

    async def take(self, record: Any) -> None:  # noqa: ANN401 - as Faust has it
        """As a stream does."""
        self.passed_on.append(record.offset)
        await self.slow.wait()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for it, ten seconds at most."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - whatever it is
            await asyncio.sleep(0.01)


async def test_what_it_goes_back_to_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it goes back while it is at work on what comes after that."""
    no_thread = Service()
    monkeypatch.setattr(MendedConsumer, "_new_consumer_thread", lambda _: no_thread)
    app = MendedApp("test", broker="kafka://127.0.0.1:1", datadir=tmp_path)
    consumer = cast("MendedConsumer", app.consumer)
    log, fetcher = Log(consumer), SimpleNamespace(_stopped=asyncio.Event())
    reading = asyncio.create_task(consumer._drain_messages(cast("Any", fetcher)))

    log.end = 3  # while a changelog is read: it is thrown away
    await until(lambda: 3 == log.position)
    log.slow.clear()
    consumer.resume_partitions({PLACE})
    log.end = 6
    await until(lambda: bool(log.passed_on))
    going_back = asyncio.create_task(consumer.perform_seek())
    await asyncio.sleep(0.05)
    log.slow.set()
    await going_back
    consumer.resume_flow()
    log.end = 8
    await until(lambda: 7 in log.passed_on)
    fetcher._stopped.set()
    reading.cancel()

    assert [1, 2, 3, 4, 5, 6, 7] == sorted(set(log.passed_on))


class Alone(ConsumerThread):
    """Its part that talks to aiokafka, without Faust's thread."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def call_thread(self, fun: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - as Faust has it
        """As there, in the loop that runs."""
        return await fun()


@pytest.mark.kafka
async def test_what_was_thrown_away_is_read_again(topic: Topics) -> None:
    """From where the group goes on, also where it committed nothing yet."""
    name = await topic.create(partitions=3)
    async with AIOKafkaProducer(bootstrap_servers=topic.address) as producer:
        for number in range(12):
            await producer.send_and_wait(name, b"%d" % number, partition=number % 3)
    async with AIOKafkaConsumer(
        name,
        bootstrap_servers=topic.address,
        group_id=name,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    ) as consumer:
        thrown_away = await read(consumer, 12)
        await consumer.commit({TopicPartition(name, 1): 2, TopicPartition(name, 2): 0})

        committed = await Alone(consumer).seek_to_committed()

        assert {0: None, 1: 2, 2: 0} == {
            place.partition: offset for place, offset in committed.items()
        }
        assert sorted(thrown_away) == sorted([b"1", b"4", *await read(consumer, 10)])


@pytest.mark.kafka
@pytest.mark.parametrize(
    "is_ours, error", [(True, TimeoutError), (False, IllegalStateError)]
)
async def test_a_start_that_cannot_be_found_is_a_fault(
    topic: Topics,
    monkeypatch: pytest.MonkeyPatch,
    is_ours: bool,  # noqa: FBT001
    error: type[Exception],
) -> None:
    """But where another has the partitions by then Faust waits for its next share."""
    name = await topic.create()
    async with AIOKafkaConsumer(
        bootstrap_servers=topic.address, group_id=name
    ) as consumer:
        place = TopicPartition(name, 0)
        consumer.assign([place])

        async def seek_in_vain(*_: TopicPartition) -> bool:
            if not is_ours:
                consumer.assign([place])
            return False

        monkeypatch.setattr(consumer, "seek_to_beginning", seek_in_vain)
        with pytest.raises(error):
            await Alone(consumer).seek_to_committed()


async def read(consumer: AIOKafkaConsumer, number: int) -> list[bytes]:
    """So many values, or what comes within ten seconds; then no more may come."""
    values = list[bytes]()
    while len(values) < number:
        found = await consumer.getmany(timeout_ms=10_000)
        if not found:
            break
        values += [one.value for many in found.values() for one in many]
    assert not await consumer.getmany(timeout_ms=200)
    return values

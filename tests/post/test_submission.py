"""Handing in, on Kafka and on its twin."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from ibroker.core.delivery import message_id
from ibroker.core.record import Outgoing, Position
from ibroker.errors import TopicMissing
from ibroker.post.submission import (
    Envelope,
    NotSubmitted,
    Receipt,
    Refusal,
    Submission,
    submit_all,
)
from tests.kafka.broker_address import Topics
from tests.post.logs import KafkaPost, PostUnderTest

ENVELOPE = Envelope("in", "0344", "week-48")


def submission(number: int, size: int = 0) -> Submission:
    """A bericht that can be told from all others."""
    data = str(number).encode().ljust(size)
    return Submission(f"{number}.xml", data, hashlib.sha256(data).hexdigest())


async def submit(
    post: PostUnderTest,
    items: Sequence[Submission | NotSubmitted],
    *,
    max_bytes: int | None = None,
) -> list[Receipt | NotSubmitted]:
    """Hand in to a new topic, and give what came of all."""
    topic = post.name("in")
    await post.make("in", 3, max_bytes)
    envelope = Envelope(topic, ENVELOPE.zender, ENVELOPE.kenmerk)
    async with post.intake(topic) as intake:
        return [
            result
            async for batch in submit_all(iter(items), intake, envelope, lambda: False)
            for result in batch
        ]


async def test_a_receipt_says_where_the_bericht_is(post: PostUnderTest) -> None:
    """Every receipt names the place where that very bericht is, and its id."""
    items = [submission(number, 2000) for number in range(1200)]

    results = await submit(post, items)

    records = {
        (one.partition, one.offset): one for one in await post.read(post.name("in"))
    }
    assert len(items) == len(results) == len(records)
    for item, result in zip(items, results, strict=True):
        assert isinstance(result, Receipt)
        record = records[result.partition, result.offset]
        assert item.data == record.value
        assert item.bestand == result.bestand
        assert item.sha256 == result.sha256
        assert 2000 == result.grootte
        assert result.id == str(
            message_id(post.name("in"), result.partition, result.offset)
        )


async def test_the_order_is_kept(post: PostUnderTest) -> None:
    """All of one sender comes to stand in one partition, in the order given."""
    results = await submit(post, [submission(number) for number in range(700)])

    values = [record.value for record in await post.read(post.name("in"))]
    assert [str(number).encode() for number in range(700)] == values
    assert 1 == len({one.partition for one in results if isinstance(one, Receipt)})


async def test_key_and_headers(post: PostUnderTest) -> None:
    """The sender is the key and the header `zender`; its kenmerk is a header."""
    await submit(post, [submission(1)])

    (record,) = await post.read(post.name("in"))
    assert b"0344" == record.key
    assert (("zender", b"0344"), ("kenmerk", b"week-48")) == record.headers


def test_no_kenmerk_no_header() -> None:
    """Where the sender gave no kenmerk there is no such header."""
    sent = Envelope("in", "CAK", None).enclose(b"<a/>")

    assert Outgoing("in", b"CAK", b"<a/>", (("zender", b"CAK"),)) == sent


@pytest.mark.parametrize("where", [0, 1, 300, 599])
async def test_one_that_is_too_large_keeps_no_other_out(
    post: PostUnderTest, where: int
) -> None:
    """The log refuses one for its size: all others are there, in order."""
    items = [submission(number, 5000) for number in range(600)]
    items[where] = submission(where, 2_000_000)

    results = await submit(post, items, max_bytes=1_000_000)

    assert NotSubmitted(f"{where}.xml", Refusal.TE_GROOT.value) == results[where]
    assert 599 == sum(isinstance(result, Receipt) for result in results)
    expected = [item.data for item in items if len(item.data) == 5000]
    assert expected == [record.value for record in await post.read(post.name("in"))]


async def test_what_the_client_finds_too_large(post: PostUnderTest) -> None:
    """Several that are too large in a row are refused one by one."""
    items = [submission(number, 1_200_000) for number in range(3)] + [submission(3)]

    results = await submit(post, items, max_bytes=1_000_000)

    assert [Refusal.TE_GROOT] * 3 == [
        result.reden for result in results if isinstance(result, NotSubmitted)
    ]
    assert [b"3"] == [record.value for record in await post.read(post.name("in"))]


async def test_what_could_not_be_read_keeps_its_place(post: PostUnderTest) -> None:
    """An unreadable file is among the results where it was among the files."""
    unread = NotSubmitted("x.xml", "niet te lezen")

    results = await submit(post, [submission(0), unread, submission(2)])

    assert ["0.xml", "x.xml", "2.xml"] == [result.bestand for result in results]
    assert unread is results[1]


async def test_a_topic_that_is_not_there(post: PostUnderTest) -> None:
    """No topic is made by handing something in: TopicMissing."""
    with pytest.raises(TopicMissing):
        async with post.intake(post.name("none")) as intake:
            await intake.take([Outgoing(post.name("none"), b"k", b"v")])


class Unsure:
    """An intake that answers nothing from the fourth record on."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def take(self, outgoing: Sequence[Outgoing]) -> Sequence[Position | Refusal]:
        self.taken += [one.value for one in outgoing]
        return [
            Refusal.GEEN_ANTWOORD if number > 2 else Position(one.topic, 0, number)
            for number, one in enumerate(outgoing)
        ]


async def test_without_an_answer_it_is_the_last_batch() -> None:
    """What is not certain is said so, and nothing more is handed in after it."""
    intake = Unsure()
    items = (submission(number) for number in range(5000))

    results = [
        result
        async for batch in submit_all(items, intake, ENVELOPE, lambda: False)
        for result in batch
    ]

    assert [True] * 3 == [isinstance(one, Receipt) for one in results[:3]]
    assert {Refusal.GEEN_ANTWOORD.value} == {
        one.reden for one in results[3:] if isinstance(one, NotSubmitted)
    }
    assert len(results) == len(intake.taken) < 5000


async def test_memory_is_bounded() -> None:
    """No more than two batches are read before the first is handed in."""
    read = 0
    seen: list[int] = []

    def items() -> Iterator[Submission]:
        nonlocal read
        for number in range(60):
            read += 1
            yield submission(number, 1_000_000)

    class Counting:
        async def take(
            self, outgoing: Sequence[Outgoing]
        ) -> Sequence[Position | Refusal]:
            seen.append(read)
            return [Position(one.topic, 0, 0) for one in outgoing]

    async for _ in submit_all(items(), Counting(), ENVELOPE, lambda: False):
        pass

    assert 60 == read
    assert seen[0] <= 11
    assert all(after - before <= 11 for before, after in pairwise(seen))


async def test_stopping_finishes_the_batch_under_way() -> None:
    """Once someone wants it to stop, no batch is begun, and no result is withheld."""
    intake = Unsure()
    items = (submission(number, 2_000_000) for number in range(30))
    asked = 0

    def is_stopping() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    results = [
        result
        async for batch in submit_all(items, intake, ENVELOPE, is_stopping)
        for result in batch
    ]

    assert len(results) == len(intake.taken) == 6


@pytest.mark.kafka
async def test_many_batches_at_full_speed(topic: Topics) -> None:
    """A batch of several records is never refused for what they weigh together."""
    post = KafkaPost(topic)
    items = [submission(number, 300_000) for number in range(40)]

    results = await submit(post, items, max_bytes=1_000_000)

    assert 40 == sum(isinstance(result, Receipt) for result in results)

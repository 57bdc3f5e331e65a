"""Asking one question, on Kafka and on the twins."""

import asyncio
import re
from collections.abc import Mapping, Sequence

import pytest

from ibroker.core.delivery import message_id
from ibroker.core.record import Outgoing, Record
from ibroker.errors import LogError, TopicMissing
from ibroker.post.delivered import Delivered
from ibroker.post.registertoets import ask
from ibroker.post.submission import Refusal
from tests.post.deliveries import bericht, delivery, identity
from tests.post.logs import PostUnderTest

GROUP = "gemeente.0344"


def question(post: PostUnderTest, value: bytes = b"<vraag/>") -> Outgoing:
    """A question of gemeente 0344."""
    return Outgoing(post.name("in"), b"0344", value, (("zender", b"0344"),))


async def make(post: PostUnderTest, partitions: int = 1) -> None:
    """Make the topic where it is asked, and that of the one who asks."""
    await post.make("in", 3, 1_000)
    await post.make("uit", partitions, None)


async def put_question(
    post: PostUnderTest, deliveries: Sequence[Outgoing] = (), seconds: float = 60.0
) -> Delivered:
    """Ask; once the question is there, its answer comes after those deliveries."""

    async def answer() -> None:
        async with post.mailbox(post.name("in"), "answering") as asked:
            found: Sequence[Record] = ()
            while not found:
                found = await asked.poll(1, 0.2)
                await asyncio.sleep(0)
        await post.put([*deliveries, _answer(post, found[0])])

    async with (
        post.postvak(post.name("uit")) as postvak,
        post.intake(post.name("in")) as intake,
    ):
        answering = asyncio.create_task(answer())
        try:
            return await ask(question(post), intake, postvak, seconds)
        finally:
            await answering


def _answer(post: PostUnderTest, record: Record, number: int = 7) -> Outgoing:
    name = str(message_id(record.topic, record.partition, record.offset))
    return _reply(post, number, {"ce_inreplyto": name.encode()})


def _reply(
    post: PostUnderTest, number: int, changed: Mapping[str, bytes | None]
) -> Outgoing:
    partition = number % 2 if number > 10 else None
    return delivery(post.name("uit"), number, partition=partition, changed=changed)


async def test_the_answer_is_what_replies(post: PostUnderTest) -> None:
    """It comes back whole, and the question stands on the topic as it was asked."""
    await make(post)

    found = await put_question(post)

    assert (identity(7), bericht(7)) == (found.id, found.data)
    (asked,) = await post.read(post.name("in"))
    assert (b"0344", b"<vraag/>") == (asked.key, asked.value)


async def test_a_postvak_begins_when_it_is_opened(post: PostUnderTest) -> None:
    """What came before is not in it; what comes after is, once and in order."""
    await make(post)
    await post.put([delivery(post.name("uit"), number) for number in range(3)])
    seen: list[bytes | None] = []
    async with post.postvak(post.name("uit")) as postvak:
        await post.put([delivery(post.name("uit"), number) for number in (3, 4)])
        async with asyncio.timeout(60):
            while len(seen) < 3:
                if len(seen) == 2:
                    await post.put([delivery(post.name("uit"), 5)])
                seen += [one.value for one in await postvak.poll()]

    assert [bericht(number) for number in (3, 4, 5)] == seen


async def test_other_post_is_passed_by(post: PostUnderTest) -> None:
    """Post from before, answers to others, and what is damaged: none is the answer."""
    await make(post, partitions=2)
    await post.put([delivery(post.name("uit"), number) for number in range(3)])
    others = [
        _reply(post, 11, {}),
        _reply(post, 12, {"ce_inreplyto": identity(99).encode()}),
        _reply(post, 13, {"ce_id": None}),
        _reply(post, 14, {"ce_sha256": b"-"}),
    ]

    found = await put_question(post, others)

    assert identity(7) == found.id


async def test_the_answer_stays_for_who_collects(post: PostUnderTest) -> None:
    """Asking commits nothing: the group of the party gets all, the answer too."""
    await make(post)
    await post.put([delivery(post.name("uit"), 1)])

    await put_question(post)

    assert await post.committed(GROUP, post.name("uit"), 0) is None
    async with post.mailbox(post.name("uit"), GROUP) as mailbox:
        taken: list[Record] = []
        while not await mailbox.is_drained():
            taken += await mailbox.poll(10, 1.0)
    assert [bericht(1), bericht(7)] == [one.value for one in taken]


async def test_no_answer_is_said(post: PostUnderTest) -> None:
    """After the time that it may take; the question stays asked."""
    await make(post)
    async with (
        post.postvak(post.name("uit")) as postvak,
        post.intake(post.name("in")) as intake,
    ):
        with pytest.raises(LogError, match="na 1 s is er geen antwoord"):
            await ask(question(post), intake, postvak, 1.0)

    assert 1 == len(await post.read(post.name("in")))


async def test_a_question_that_is_refused_is_not_waited_for(
    post: PostUnderTest,
) -> None:
    """One line says that the log did not take it."""
    await make(post)
    async with (
        post.postvak(post.name("uit")) as postvak,
        post.intake(post.name("in")) as intake,
    ):
        with pytest.raises(LogError, match=re.escape(Refusal.TE_GROOT)):
            await ask(question(post, bytes(2_000)), intake, postvak, 60.0)

    assert [] == await post.read(post.name("in"))


async def test_a_postvak_that_is_not_there(post: PostUnderTest) -> None:
    """Nothing is asked where no answer could come."""
    await post.make("in", 1, None)

    with pytest.raises(TopicMissing):
        async with post.postvak(post.name("uit")):
            pass

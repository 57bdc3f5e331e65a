"""Putting back, on Kafka and on its twin."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from ibroker.core.record import Outgoing, Position, Record
from ibroker.errors import DeliveryFailed, Fenced
from ibroker.post.deadletter import Selection, read_dead_letter
from ibroker.post.plan import Plan, Request, make_plan
from ibroker.post.replay import (
    Outcome,
    Restored,
    Restorer,
    RestoreTransaction,
    apply_plan,
    read_restored,
)
from tests.post.letters import letter, letter_id
from tests.post.logs import PostUnderTest


async def lay_aside(
    post: PostUnderTest, count: int, *, kenmerk: str | None = None
) -> None:
    """Make the three topics, with so many dead letters of gemeente 9999."""
    await post.make("dood", 3, None)
    await post.make("in", 12, None)
    await post.make("herstel", 3, None)
    topic = post.name("dood")
    await post.put(
        [
            replace(letter(topic, number, kenmerk=kenmerk), partition=number % 3)
            for number in range(count)
        ]
    )


async def plan_all(post: PostUnderTest, zender: str | None = "0344") -> Plan:
    """Plan to put all back, of which the sender was 0344."""
    request = Request(post.name("dood"), post.name("in"), Selection(), zender)
    letters = [read_dead_letter(one) for one in await post.read(post.name("dood"))]
    restored = await read_restored(post.archive(), post.name("herstel"))
    return make_plan(letters, request, restored, lambda code: code == "0344")


async def apply(
    post: PostUnderTest,
    plan: Plan,
    restorer: Restorer,
    is_stopping: Callable[[], bool] = lambda: False,
) -> list[Restored]:
    """Apply a plan from begin to end."""
    archive, markers = post.archive(), post.name("herstel")
    return [
        one
        async for batch in apply_plan(plan, archive, restorer, is_stopping, markers)
        for one in batch
    ]


def restoring(post: PostUnderTest) -> AbstractAsyncContextManager[Restorer]:
    """Someone who may put back."""
    return post.restorer([post.name("in"), post.name("herstel")])


async def values(post: PostUnderTest) -> list[bytes]:
    """What is on the input, sorted."""
    return sorted(one.value or b"" for one in await post.read(post.name("in")))


def expected(numbers: Sequence[int]) -> list[bytes]:
    """The berichten of those dead letters, sorted."""
    return sorted(letter("", number).value for number in numbers)


async def test_each_comes_back_as_it_was(post: PostUnderTest) -> None:
    """The same bytes, of the sender that the plan says, with where it comes from."""
    await lay_aside(post, 5, kenmerk="week-48")
    plan = await plan_all(post)

    async with restoring(post) as restorer:
        results = await apply(post, plan, restorer)

    assert {letter_id(number) for number in range(5)} == {one.id for one in results}
    assert {Outcome.TERUGGEZET} == {one.outcome for one in results}
    records = {
        Position(one.topic, one.partition, one.offset): one
        for one in await post.read(post.name("in"))
    }
    assert 5 == len(records)
    numbers = {letter_id(number): number for number in range(5)}
    for result in results:
        assert result.place is not None
        record = records[result.place]
        assert letter("", numbers[result.id]).value == record.value
        assert b"0344" == record.key
        assert (
            ("zender", b"0344"),
            ("kenmerk", b"week-48"),
            ("herstel_van", result.id.encode()),
        ) == record.headers


async def test_a_marker_says_where_it_went(post: PostUnderTest) -> None:
    """In the same transaction: who reads the markers finds the bericht."""
    await lay_aside(post, 3)

    async with restoring(post) as restorer:
        results = await apply(post, await plan_all(post), restorer)

    restored = await read_restored(post.archive(), post.name("herstel"))
    assert {one.id: one.place for one in results} == restored


async def test_twice_is_once(post: PostUnderTest) -> None:
    """The same plan again, and an older plan, put nothing back that is back."""
    await lay_aside(post, 4)
    plan = await plan_all(post)
    part = plan.model_copy(update={"berichten": plan.berichten[:2]})
    async with restoring(post) as restorer:
        await apply(post, part, restorer)
    async with restoring(post) as restorer:
        second = await apply(post, plan, restorer)
        third = await apply(post, plan, restorer)

    assert expected(range(4)) == await values(post)
    assert [2, 2] == [
        [one.outcome for one in second].count(outcome)
        for outcome in (Outcome.TERUGGEZET, Outcome.AL_TERUGGEZET)
    ]
    assert {Outcome.AL_TERUGGEZET} == {one.outcome for one in third}
    assert {one.id: one.place for one in third} == await read_restored(
        post.archive(), post.name("herstel")
    )


async def test_a_plan_made_after_it_holds_nothing(post: PostUnderTest) -> None:
    """What is back is not planned again."""
    await lay_aside(post, 2)
    async with restoring(post) as restorer:
        await apply(post, await plan_all(post), restorer)

    plan = await plan_all(post)

    assert () == plan.berichten
    assert ["is al teruggezet"] * 2 == [one.waarom.value for one in plan.overgeslagen]


async def test_many_in_several_transactions(post: PostUnderTest) -> None:
    """A plan of more than one batch is all put back."""
    await lay_aside(post, 230)
    plan = await plan_all(post)

    async with restoring(post) as restorer:
        batches = [
            len(batch)
            async for batch in apply_plan(
                plan, post.archive(), restorer, lambda: False, post.name("herstel")
            )
        ]

    assert [100, 100, 30] == batches
    assert expected(range(230)) == await values(post)


@pytest.mark.parametrize("step", ["own", "begin", "originals", "markers", "commit"])
async def test_broken_off_at_any_step(post: PostUnderTest, step: str) -> None:
    """Whatever fails in the second batch, whoever goes on makes each be there once."""
    await lay_aside(post, 150)
    plan = await plan_all(post)
    async with restoring(post) as restorer:
        with pytest.raises(DeliveryFailed):
            await apply(post, plan, Failing(restorer, step))
        before = len(await values(post))
    async with restoring(post) as restorer:
        results = await apply(post, plan, restorer)

    assert (150 if step == "commit" else 100) == before
    assert expected(range(150)) == await values(post)
    back = [one for one in results if one.outcome is Outcome.AL_TERUGGEZET]
    assert before == len(back)


async def test_of_two_at_once_one_is_fenced(post: PostUnderTest) -> None:
    """Who comes later goes on; what the first had begun never was."""
    await lay_aside(post, 3)
    plan = await plan_all(post)

    async with restoring(post) as first, restoring(post) as second:
        await first.own()
        async with first.transaction() as transaction:
            await transaction.send([Outgoing(post.name("in"), b"k", b"first")])
            results = await apply(post, plan, second)
            with pytest.raises(Fenced):
                await transaction.commit()

    assert {Outcome.TERUGGEZET} == {one.outcome for one in results}
    assert expected(range(3)) == await values(post)


async def test_two_that_take_turns(post: PostUnderTest) -> None:
    """Before each batch one becomes the only one and looks what is back by then."""
    await lay_aside(post, 150)
    plan = await plan_all(post)
    async with restoring(post) as first, restoring(post) as second:
        turns = apply_plan(
            plan, post.archive(), first, lambda: False, post.name("herstel")
        )
        begun = await anext(turns)
        part = plan.model_copy(update={"berichten": plan.berichten[90:120]})
        others = await apply(post, part, second)
        rest = [one async for batch in turns for one in batch]

    assert {Outcome.TERUGGEZET} == {one.outcome for one in begun}
    assert [Outcome.AL_TERUGGEZET] * 10 == [one.outcome for one in others[:10]]
    assert [Outcome.TERUGGEZET] * 20 == [one.outcome for one in others[10:]]
    assert [Outcome.AL_TERUGGEZET] * 20 == [one.outcome for one in rest[:20]]
    assert [Outcome.TERUGGEZET] * 30 == [one.outcome for one in rest[20:]]
    assert expected(range(150)) == await values(post)


async def test_what_is_no_longer_there(post: PostUnderTest) -> None:
    """A row that the topic no longer has is said so, and no other suffers."""
    await lay_aside(post, 3)
    plan = await plan_all(post)
    gone = plan.berichten[0].model_copy(update={"id": letter_id(99), "offset": 77})
    other = plan.berichten[1].model_copy(update={"sha256": "0" * 64})
    changed = plan.model_copy(update={"berichten": (gone, other, plan.berichten[2])})

    async with restoring(post) as restorer:
        results = await apply(post, changed, restorer)

    assert {
        gone.id: Outcome.WEG,
        other.id: Outcome.ANDERS,
        plan.berichten[2].id: Outcome.TERUGGEZET,
    } == {one.id: one.outcome for one in results}
    assert 1 == len(await values(post))


async def test_what_is_no_marker_is_passed_over(post: PostUnderTest) -> None:
    """Whoever writes something else on the topic of markers stops nothing."""
    await lay_aside(post, 2)
    topic, key = post.name("herstel"), letter_id(0).encode()
    row = json.dumps({"topic": "t", "partition": 0, "offset": 1}).encode()
    await post.put(
        [
            Outgoing(topic, key, b"{}"),
            Outgoing(topic, key, b"[1]"),
            Outgoing(topic, key, b""),
            Outgoing(topic, b"\xff", row),
            Outgoing(topic, letter_id(1).encode(), row),
        ]
    )

    restored = await read_restored(post.archive(), topic)

    assert {letter_id(1): Position("t", 0, 1)} == restored


async def test_stopping_ends_between_two_batches(post: PostUnderTest) -> None:
    """What was begun is finished, and the rest is for the next time."""
    await lay_aside(post, 150)
    plan = await plan_all(post)
    asked: list[int] = []

    def is_stopping() -> bool:
        asked.append(1)
        return len(asked) > 1

    async with restoring(post) as restorer:
        results = await apply(post, plan, restorer, is_stopping)

    assert 100 == len(results) == len(await values(post))


class Failing:
    """A restorer of whose second batch one step fails; the commit after it was done."""

    def __init__(self, restorer: Restorer, step: str) -> None:
        self._restorer = restorer
        self._step = step
        self._batch = 0

    async def own(self) -> None:
        self._batch += 1
        self.fail_at("own")
        await self._restorer.own()

    def transaction(self) -> AbstractAsyncContextManager[RestoreTransaction]:
        self.fail_at("begin")
        return FailingTransaction(self, self._restorer.transaction())

    def fail_at(self, step: str) -> None:
        """Fail, if this is the step."""
        if self._batch == 2 and step == self._step:
            raise DeliveryFailed(step)


class FailingTransaction:
    """Its transaction."""

    def __init__(
        self, owner: Failing, context: AbstractAsyncContextManager[RestoreTransaction]
    ) -> None:
        self._owner = owner
        self._context = context
        self._steps = ["originals", "markers"]
        self._inner: RestoreTransaction

    async def __aenter__(self) -> RestoreTransaction:
        self._inner = await self._context.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._context.__aexit__(*reason)  # type: ignore[arg-type] # as it came

    async def send(self, outgoing: Sequence[Outgoing]) -> Sequence[Position]:
        positions = await self._inner.send(outgoing)
        self._owner.fail_at(self._steps.pop(0))
        return positions

    async def commit(self) -> None:
        await self._inner.commit()
        self._owner.fail_at("commit")


async def test_reading_goes_to_the_end_and_no_further(post: PostUnderTest) -> None:
    """All that is committed when it begins is read once, past markers and aborts."""
    topic = post.name("dood")
    await post.make("dood", 2, None)
    await post.put(
        [Outgoing(topic, b"k", b"1", (), 0), Outgoing(topic, b"k", b"2", (), 1)]
    )
    await post.put([Outgoing(topic, b"k", b"no", (), 0)], commit=False)
    await post.put([Outgoing(topic, b"k", b"3", (), 0)])
    await post.put([Outgoing(topic, b"k", b"no", (), 1)], commit=False)

    records = [one async for one in reading(post, topic)]

    assert [b"1", b"3", b"2"] == [one.value for one in records]


async def reading(post: PostUnderTest, topic: str) -> AsyncGenerator[Record, None]:
    """Read a topic as its port does."""
    async for record in post.archive().read(topic):
        yield record

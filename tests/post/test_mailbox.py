"""Collecting, on Kafka and on its twin."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ibroker.core.record import Record
from ibroker.errors import ClusterUnreachable, ConfigError, Fenced, LogError
from ibroker.post.delivered import Delivered
from ibroker.post.folder import Folder
from ibroker.post.mailbox import Mailbox, Wish, collect
from tests.kafka.broker_address import Topics
from tests.post.deliveries import bericht, delivery, identity
from tests.post.logs import KafkaPost, PostUnderTest

GROUP = "gemeente.0344"


async def deliver(
    post: PostUnderTest, numbers: Sequence[int], partition: int | None = None
) -> None:
    """Deliver berichten to the one topic of the test."""
    await post.put(
        [delivery(post.name("uit"), number, partition=partition) for number in numbers]
    )


async def take(
    post: PostUnderTest,
    path: Path,
    wish: Wish | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> list[Delivered]:
    """Collect from that topic as one process does, from begin to end."""
    key = None if wish is None else wish.key
    async with post.mailbox(post.name("uit"), GROUP, key) as mailbox:
        with Folder(path) as folder:
            return [
                one
                async for batch in collect(mailbox, folder, wish or Wish(), is_stopping)
                for one in batch
            ]


def names(path: Path) -> list[str]:
    """What whoever lists the folder sees."""
    return sorted(one.name for one in path.iterdir() if one.name[0] != ".")


async def test_every_bericht_becomes_a_file(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """Each is there once, with the bytes as they were, and beside it what it was."""
    await post.make("uit", 1, None)
    await deliver(post, range(250))

    taken = await take(post, tmp_path)

    assert [identity(number) for number in range(250)] == [one.id for one in taken]
    expected = [f"{identity(number)}.{kind}" for number in range(250) for kind in KINDS]
    assert sorted(expected) == names(tmp_path)
    for number in range(250):
        assert bericht(number) == (tmp_path / f"{identity(number)}.xml").read_bytes()
    beside = json.loads((tmp_path / f"{identity(7)}.json").read_bytes())
    assert {
        "id": identity(7),
        "type": "nl.istandaarden.wmo301",
        "tijd": "2026-11-24T10:00:00.000Z",
        "zender": "0344",
        "ontvanger": "01234567",
        "kenmerk": "week-48",
        "inreplyto": None,
        "sha256": hashlib.sha256(bericht(7)).hexdigest(),
        "grootte": len(bericht(7)),
        "topic": post.name("uit"),
        "partition": 0,
        "offset": 7,
    } == beside


KINDS = ("json", "xml")


async def test_a_second_time_only_what_is_new(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """What was taken does not come again; what came since does."""
    await post.make("uit", 1, None)
    await deliver(post, range(3))
    await take(post, tmp_path / "a")
    await deliver(post, range(3, 5))

    taken = await take(post, tmp_path / "b")

    assert [identity(3), identity(4)] == [one.id for one in taken]
    assert [] == await take(post, tmp_path / "c")


async def test_what_was_aborted_never_comes(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """Only what is committed is post."""
    await post.make("uit", 1, None)
    await post.put([delivery(post.name("uit"), 1)], commit=False)
    await deliver(post, [2])
    await post.put([delivery(post.name("uit"), 3)], commit=False)

    taken = await take(post, tmp_path)

    assert [identity(2)] == [one.id for one in taken]


async def test_no_more_than_was_asked(post: PostUnderTest, tmp_path: Path) -> None:
    """With a maximum exactly so many are taken, in order, and the rest stays."""
    await post.make("uit", 1, None)
    await deliver(post, range(20))

    first = await take(post, tmp_path, Wish(most=7))
    second = await take(post, tmp_path, Wish(most=2))

    assert [identity(number) for number in range(7)] == [one.id for one in first]
    assert [identity(7), identity(8)] == [one.id for one in second]


async def test_all_partitions(post: PostUnderTest, tmp_path: Path) -> None:
    """One process alone gets what is in every partition of its topic."""
    await post.make("uit", 3, None)
    for partition in range(3):
        await deliver(post, [partition, partition + 10], partition)

    taken = await take(post, tmp_path)

    assert {identity(n + m) for n in range(3) for m in (0, 10)} == {
        one.id for one in taken
    }


async def test_post_of_others_is_left_alone(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """With a key only what bears it is written, also where others share a partition.

    What is not as it should be, and for another, is no reason to stop.
    """
    await post.make("uit", 2, None)
    topic = post.name("uit")
    mine = [delivery(topic, number, key=b"01234567") for number in range(5)]
    broken = {"ce_sha256": b"-"}
    others = [
        delivery(topic, number, key=b"%08d" % number, changed=broken)
        for number in range(100, 130)
    ]
    await post.put([one for pair in zip(others, mine * 6, strict=True) for one in pair])

    taken = await take(post, tmp_path, Wish(key=b"01234567"))

    assert {identity(number) for number in range(5)} == {one.id for one in taken}
    assert 10 == len(names(tmp_path))
    assert [] == await take(post, tmp_path, Wish(key=b"01234567"))


async def test_follow_goes_on_until_it_is_stopped(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """What comes while it waits is taken too."""
    await post.make("uit", 1, None)
    await deliver(post, [1])
    wish, seen = Wish(follow=True), list[str]()
    async with post.mailbox(post.name("uit"), GROUP) as mailbox:
        with Folder(tmp_path) as folder:
            batches = collect(mailbox, folder, wish, lambda: len(seen) == 2)
            async for batch in batches:
                seen += [one.id for one in batch]
                if len(seen) == 1:
                    await deliver(post, [2])

    assert [identity(1), identity(2)] == seen


@pytest.mark.parametrize(
    "header,value,told",
    [
        ("ce_id", b"../../etc/passwd", "ce_id is geen UUID"),
        ("ce_id", b"..", "ce_id is geen UUID"),
        ("ce_id", identity(5).upper().encode(), "ce_id is geen UUID"),
        ("ce_id", b"{%b}" % identity(5).encode(), "ce_id is geen UUID"),
        ("ce_id", b"\xff" * 36, "ce_id is geen UUID"),
        ("ce_id", None, "ce_id ontbreekt"),
        ("ce_sha256", b"0" * 64, "past niet bij header ce_sha256"),
        ("ce_sha256", None, "ce_sha256 ontbreekt"),
        ("ce_type", None, "ce_type ontbreekt"),
    ],
)
async def test_what_is_not_a_delivery_stops_it(
    post: PostUnderTest, tmp_path: Path, header: str, value: bytes | None, told: str
) -> None:
    """Nothing of it is written or committed; what came before it is both."""
    inbox = tmp_path / "in" / "box"
    topic = post.name("uit")
    await post.make("uit", 1, None)
    await deliver(post, [1, 2])
    await post.put([delivery(topic, 5, changed={header: value}), delivery(topic, 6)])

    with pytest.raises(LogError, match=told):
        await take(post, inbox)

    expected = [f"{identity(number)}.{kind}" for number in (1, 2) for kind in KINDS]
    assert sorted(expected) == names(inbox)
    assert [inbox] == list((tmp_path / "in").iterdir())
    assert 2 == await post.committed(GROUP, topic, 0)
    with pytest.raises(LogError, match=told):
        await take(post, inbox)


async def test_a_folder_that_takes_no_more(post: PostUnderTest, tmp_path: Path) -> None:
    """Then nothing is committed, and all of it comes again."""
    await post.make("uit", 1, None)
    await deliver(post, range(4))
    (tmp_path / f"{identity(2)}.xml").mkdir()
    (tmp_path / f"{identity(2)}.xml" / "x").touch()

    with pytest.raises(ConfigError, match=identity(2)):
        await take(post, tmp_path)

    assert None is await post.committed(GROUP, post.name("uit"), 0)
    taken = await take(post, tmp_path / "elsewhere")
    assert [identity(number) for number in range(4)] == [one.id for one in taken]


@pytest.mark.parametrize("stays", [True, False])
async def test_who_was_away_too_long_commits_nothing(
    post: PostUnderTest, *, stays: bool
) -> None:
    """What another has taken over by then is not set back, nor skipped.

    Also where that one has left: then the broker itself would take the commit.
    """
    topic = post.name("uit")
    await post.make("uit", 1, None)
    await deliver(post, range(6))
    async with AsyncExitStack() as stack:
        former = await stack.enter_async_context(post.mailbox(topic, GROUP))
        old = await poll(former, 2)
        post.lapse(former)
        async with post.mailbox(topic, GROUP) as heir:
            new = await poll(heir, 4)
            await heir.commit(new)
            if stays:
                with pytest.raises(Fenced):
                    await former.commit(old)
        if not stays:
            await asyncio.sleep(2)  # so that a heartbeat tells that it is out
            with pytest.raises(Fenced):
                await former.commit(old)
        assert 4 == await post.committed(GROUP, topic, 0)

    assert [0, 1] == [one.offset for one in old]
    assert [0, 1, 2, 3] == [one.offset for one in new]


async def test_collect_goes_on_after_it_was_fenced(
    post: PostUnderTest, tmp_path: Path
) -> None:
    """A commit that is refused is no reason to stop, and nothing is shown as taken."""
    await post.make("uit", 1, None)
    await deliver(post, [1])
    async with post.mailbox(post.name("uit"), GROUP) as mailbox:
        refusing = Refusing(mailbox)
        with Folder(tmp_path) as folder:
            stream = collect(refusing, folder, Wish(), lambda: False)
            taken = [one async for batch in stream for one in batch]

    assert 1 == refusing.refused
    assert [] == taken
    assert [f"{identity(1)}.{kind}" for kind in KINDS] == names(tmp_path)


class Refusing:
    """A mailbox whose commits come too late."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.poll = mailbox.poll
        self.is_drained = mailbox.is_drained
        self.is_shared_out = mailbox.is_shared_out
        self.refused = 0

    async def commit(self, records: Sequence[Record]) -> None:
        self.refused += 1
        raise Fenced(str(len(records)))


class Silent:
    """A mailbox with post in it that no broker gives."""

    async def poll(self, max_records: int, seconds: float) -> Sequence[Record]:
        del max_records, seconds
        return ()

    async def commit(self, records: Sequence[Record]) -> None:
        raise AssertionError(records)

    async def is_drained(self) -> bool:
        return False

    def is_shared_out(self) -> bool:
        return False


async def test_silence_is_not_the_end_of_the_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where post is there and does not come, that is said and not taken for done."""
    monkeypatch.setattr("ibroker.post.mailbox._PATIENCE", 0.05)
    with Folder(tmp_path) as folder, pytest.raises(ClusterUnreachable):
        async for _ in collect(Silent(), folder, Wish(), lambda: False):
            pass


async def poll(mailbox: Mailbox, most: int) -> Sequence[Record]:
    """Poll until there is something."""
    for _ in range(100):
        records = await mailbox.poll(most, 0.5)
        if records:
            return records
    raise AssertionError("nothing comes")


@pytest.mark.kafka
async def test_a_batch_is_finished_before_another_takes_over(topic: Topics) -> None:
    """When a second member comes, what the first has polled it may still commit."""
    post = KafkaPost(topic)
    uit = post.name("uit")
    await post.make("uit", 1, None)
    await deliver(post, range(4))
    async with post.mailbox(uit, GROUP) as first:
        old = await poll(first, 2)
        second = post.mailbox(uit, GROUP)
        joining = asyncio.create_task(second.__aenter__())
        await asyncio.sleep(4)  # longer than the time to the next heartbeat
        assert not joining.done()
        await first.commit(old)
        mailboxes = [first, await joining]
        rest = [one for each in mailboxes for one in await each.poll(9, 2)]
        await second.__aexit__(None, None, None)

    assert [0, 1] == [one.offset for one in old]
    assert [2, 3] == [one.offset for one in rest]


@pytest.mark.kafka
async def test_one_of_two_has_the_partition_of_the_key(topic: Topics) -> None:
    """With a key one process gets the post, and the other knows it does not."""
    post = KafkaPost(topic)
    await post.make("uit", 12, None)
    async with (
        post.mailbox(post.name("uit"), GROUP, b"01234567") as first,
        post.mailbox(post.name("uit"), GROUP, b"01234567") as second,
    ):
        await asyncio.gather(first.poll(1, 1), second.poll(1, 1))

        assert {True, False} == {first.is_shared_out(), second.is_shared_out()}


@pytest.mark.kafka
async def test_a_bericht_of_24_mb(topic: Topics, tmp_path: Path) -> None:
    """The largest that the standard has comes through between small ones, whole."""
    post = KafkaPost(topic)
    uit = post.name("uit")
    await post.make("uit", 1, 28_311_552)
    value = bytes(24_000_000)
    sha256 = hashlib.sha256(value).hexdigest().encode()
    large = delivery(uit, 2, changed={"ce_sha256": sha256})
    await post.put([delivery(uit, 1), replace(large, value=value), delivery(uit, 3)])

    taken = await take(post, tmp_path)

    assert [identity(number) for number in (1, 2, 3)] == [one.id for one in taken]
    assert value == taken[1].data

"""Facts that share a record come to the partition of their own reference, each once."""

from random import Random

import pytest
from aiokafka.partitioner import murmur2

from ibroker.core.watch.vorm import decode_bundel, encode_bundel
from ibroker.errors import GebeurtenisError
from ibroker.watch.bundel import Bundels

PARTITIONS = 12


class Post:
    """What was sent: bundles, by partition."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, list[tuple[bytes, bytes]]]] = []
        self.bundels = Bundels(PARTITIONS, self._take)

    def _take(self, partition: int, bundel: bytes) -> None:
        self.sent.append((partition, decode_bundel(bundel)))


def facts(number: int) -> list[tuple[bytes, bytes]]:
    """So many facts, of which some are of the same reference."""
    random = Random(1)  # noqa: S311 - no secret
    found = [(b"%x" % random.getrandbits(10), b"%d" % n) for n in range(number - 1)]
    return [*found, (b"", b"")]


def test_each_comes_where_its_key_says() -> None:
    """As any client of Kafka chooses by its key, so that one has all of a reference."""
    post, all_of_them = Post(), facts(5000)

    for key, value in all_of_them:
        post.bundels.neem(key, value)
    post.bundels.stuur_op()

    came = [(part, *one) for part, bundel in post.sent for one in bundel]
    assert sorted(came) == sorted(
        ((murmur2(key) & 0x7FFFFFFF) % PARTITIONS, key, value)
        for key, value in all_of_them
    )
    assert len(post.sent) < len(all_of_them) / 50


def test_in_the_order_in_which_they_came() -> None:
    """A bundle keeps the order, and a full one goes at once."""
    post = Post()

    for number in range(450):
        post.bundels.leg(3, b"key", b"%d" % number)
    waiting = [len(bundel) for _, bundel in post.sent]
    post.bundels.stuur_op()
    post.bundels.stuur_op()

    assert [200, 200] == waiting
    assert [b"%d" % n for n in range(450)] == [
        value for _, bundel in post.sent for _, value in bundel
    ]
    assert {3} == {partition for partition, _ in post.sent}


def test_only_the_first_asks_for_a_send() -> None:
    """Whoever hears that it is the first sees to it that it does not wait for ever."""
    post = Post()

    assert post.bundels.neem(b"a", b"1")
    assert not post.bundels.neem(b"b", b"2")
    post.bundels.stuur_op()
    assert post.bundels.neem(b"a", b"3")


@pytest.mark.parametrize("data", [None, b"", b"\x92\x01\x05", b"\x92\x09\x90", b"een"])
def test_what_is_no_bundle_is_an_error(data: bytes | None) -> None:
    """What another version wrote, or nobody, stops the watch."""
    with pytest.raises(GebeurtenisError):
        decode_bundel(data)


def test_it_comes_back_as_it_was() -> None:
    """What is written can be read."""
    assert facts(20) == decode_bundel(encode_bundel(facts(20)))

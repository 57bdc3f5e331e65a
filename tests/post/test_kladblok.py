"""The scratch pad, on disk and on the twin of what it writes to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ibroker.errors import StateError
from ibroker.kafka.memory_state import MemoryStore
from ibroker.post.kladblok import Kladblok


@pytest.fixture(params=["twin", "disk"])
def pad(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kladblok]:
    """An empty one."""
    if request.param == "twin":
        yield Kladblok(MemoryStore())
        return
    with Kladblok.open(tmp_path) as disk:
        yield disk


def test_a_later_value_takes_the_place_of_an_earlier(pad: Kladblok) -> None:
    """Also where the earlier one was written to disk in between."""
    pad.put(b"a", b"1")
    pad.put(b"b", b"2")
    assert [(b"", b"1")] == list(pad.scan(b"a"))
    pad.put(b"a", b"")

    assert [b"", b"2", None] == [pad.get(key) for key in (b"a", b"b", b"c")]
    assert [(b"", b"")] == list(pad.scan(b"a"))


def test_a_scan_is_of_a_prefix_and_in_order(pad: Kladblok) -> None:
    """Keys come without their prefix; others that begin like it do not come."""
    for key in (b"pb", b"p", b"q", b"pa", b"o\xff"):
        pad.put(key, key)

    assert [(b"", b"p"), (b"a", b"pa"), (b"b", b"pb")] == list(pad.scan(b"p"))


def test_what_is_put_during_a_scan_is_not_in_it(pad: Kladblok) -> None:
    """So what goes over all of them may write of each that it was seen."""
    keys = [b"p%d" % number for number in range(5)]
    for key in keys:
        pad.put(key, b"1")

    seen = []
    for key, value in pad.scan(b"p"):
        seen.append((key, value))
        pad.put(b"p4", b"2")
        pad.put(b"p9", b"2")

    assert [(key[1:], b"1") for key in keys] == seen
    assert [b"2", b"2"] == [pad.get(key) for key in (b"p4", b"p9")]


def test_more_keys_than_stay_in_memory(pad: Kladblok) -> None:
    """What went to disk is found as what did not yet."""
    keys = [b"%05d" % number for number in range(12_345)]
    for key in keys:
        pad.put(key, key * 2)

    assert all(key * 2 == pad.get(key) for key in keys)
    assert keys == [key for key, _ in pad.scan(b"")]


def test_it_goes_when_the_work_is_done(tmp_path: Path) -> None:
    """Two at once do not know of each other, and a fault leaves nothing behind."""
    folder = tmp_path / "new"

    def work() -> None:
        with Kladblok.open(folder) as one, Kladblok.open(folder) as other:
            one.put(b"a", b"1")
            other.put(b"a", b"2")
            assert [(b"", b"1")] == list(one.scan(b"a"))
            assert 2 == len(list(folder.iterdir()))
            raise KeyError

    with pytest.raises(KeyError):
        work()

    assert [] == list(folder.iterdir())


def test_a_place_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """A file where the folder should be is a fault that names it."""
    (tmp_path / "file").touch()

    with (
        pytest.raises(StateError, match="file"),
        Kladblok.open(tmp_path / "file"),
    ):
        pass

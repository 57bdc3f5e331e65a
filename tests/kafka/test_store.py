"""What keeps state at hand: disk and twin do the same, and a crash does no harm."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.state import Change, end_of
from ibroker.errors import StateDamaged
from ibroker.kafka.memory_state import MemoryStore
from ibroker.kafka.overlay import Overlay
from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark, Store

KEYS = st.binary(min_size=1, max_size=3)
CHANGES = st.dictionaries(KEYS, st.none() | st.binary(max_size=2), max_size=8)
PREFIXES = st.binary(max_size=2)
MARK = Mark("log", 7, 1_790_000_000_000)

# Writes batches of twenty keys that all hold the batch's number, for ever.
WRITER = """
import sys
from itertools import count
from pathlib import Path
from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark
store = RocksStore(Path(sys.argv[1]))
mark = store.mark()
for n in count(mark.offset + 1 if mark else 1):
    changes = {b"k%d" % key: b"%d" % n * 200 for key in range(20)}
    store.write(changes, Mark("log", n, n))
    if n % 50 == 0:
        print(n, flush=True)
"""


@pytest.fixture(params=["twin", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The disk and its twin, in turn."""
    if request.param == "twin":
        yield MemoryStore()
        return
    disk = RocksStore(tmp_path)
    yield disk
    disk.close()


def test_what_is_written_is_there(store: Store) -> None:
    """Keys hold what was written last, and the mark says so."""
    assert store.mark() is None
    store.write({b"a": b"1", b"b": b"2", b"c": b""}, Mark("log", 3, 1))
    store.write({b"a": b"3", b"b": None, b"d": None}, MARK)

    assert [b"3", None, b"", None] == [
        store.get(key) for key in (b"a", b"b", b"c", b"d")
    ]
    assert MARK == store.mark()
    assert [(b"a", b"3"), (b"c", b"")] == list(store.scan(b""))


def test_a_scan_is_of_its_moment(store: Store) -> None:
    """What changes during a scan is not in it; and one may be left halfway."""
    store.write({b"a%d" % n: b"1" for n in range(9)}, MARK)
    scan = store.scan(b"a", b"a5")
    seen = [next(scan)]
    store.write({b"a3": None, b"a4": b"2", b"a00": b"3"}, MARK)
    left = store.scan(b"a")
    next(left)

    assert [(b"a%d" % n, b"1") for n in range(5)] == [*seen, *scan]


@given(st.lists(CHANGES, max_size=5), CHANGES, PREFIXES, st.none() | KEYS)
def test_an_overlay_is_as_if_it_was_written(
    written: list[dict[bytes, bytes | None]],
    laid: dict[bytes, bytes | None],
    prefix: bytes,
    until: bytes | None,
) -> None:
    """Whatever is laid over whatever, and whatever is asked of it."""
    below, plain = MemoryStore(), dict[bytes, bytes]()
    for changes in [*written, laid]:
        if changes is not laid:
            below.write(changes, MARK)
        plain |= {key: value for key, value in changes.items() if value is not None}
        for key in [key for key, value in changes.items() if value is None]:
            plain.pop(key, None)
    overlay = Overlay(below)
    list(overlay.scan(b""))
    overlay.lay(Change(key, b"") for key in laid)
    list(overlay.scan(b"", b"\x80"))
    overlay.lay(Change(key, value) for key, value in laid.items())

    expected = [
        (key, plain[key])
        for key in sorted(plain)
        if key.startswith(prefix) and (until is None or key < until)
    ]
    assert expected == list(overlay.scan(prefix, until))
    assert all(overlay.get(key) == plain.get(key) for key in [*laid, prefix, b"q"])


def test_the_disk_scans_as_its_twin(tmp_path: Path) -> None:
    """Bounds at either end, also where bytes are at theirs."""
    disk, twin, random = RocksStore(tmp_path), MemoryStore(), Random(3)  # noqa: S311 - no secret
    ends = [b"", b"\x00", b"\xfe", b"\xff", b"a"]
    keys = [one + two + three for one in ends for two in ends for three in ends]
    changes = {key: random.choice([None, b"v"]) for key in keys if key}
    disk.write(changes, MARK)
    twin.write(changes, MARK)
    for prefix in keys:
        for until in [None, *ends[1:]]:
            assert list(twin.scan(prefix, until)) == list(disk.scan(prefix, until))
    disk.close()


def test_the_key_after_all_with_a_prefix() -> None:
    """A prefix of the highest bytes has none."""
    assert [b"b", b"b", b"a\x01", None, None] == [
        end_of(prefix) for prefix in (b"a", b"a\xff", b"a\x00", b"\xff", b"")
    ]


def test_killed_in_the_middle_of_a_write(tmp_path: Path) -> None:
    """A batch is whole or absent, and what came before it is there."""
    random, seen = Random(5), 0  # noqa: S311 - no secret
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(random.randint(1, 9))]
            writer.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == writer.returncode
        store = RocksStore(tmp_path)
        mark = store.mark()
        values = {value for _, value in store.scan(b"")}
        store.close()
        assert mark is not None
        assert seen < told[-1] <= mark.offset
        assert {b"%d" % mark.offset * 200} == values
        seen = mark.offset


def test_what_rotted_is_not_taken_for_the_end(tmp_path: Path) -> None:
    """A value that cannot be read is said so, by a get as by a scan."""
    store = RocksStore(tmp_path)
    values = {b"%06d" % n: os.urandom(100) for n in range(20_000)}
    store.write(values, MARK)
    store.close()
    store = RocksStore(tmp_path)  # which sorts in what the log of the former had
    store.close()
    rot(tmp_path)
    store = RocksStore(tmp_path)
    with pytest.raises(StateDamaged):
        list(store.scan(b""))
    with pytest.raises(StateDamaged):
        [store.get(key) for key in values]
    store.close()

    assert (tmp_path / "damaged").exists()


def rot(folder: Path) -> None:
    """Spoil the middle half of the largest file of a store."""
    tables = sorted((folder / "db").glob("*.sst"), key=lambda one: one.stat().st_size)
    data = bytearray(tables[-1].read_bytes())
    quarter = len(data) // 4
    data[quarter : 3 * quarter] = bytes(2 * quarter)
    tables[-1].write_bytes(data)

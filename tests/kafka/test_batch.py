"""Batches that are rotten, broken or lie: every offset has its answer, and no other."""

import struct
from collections.abc import Sequence

import pytest
from aiokafka.record.default_records import (
    DefaultRecordBatch,
    DefaultRecordBatchBuilder,
)
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.record import Record, Unreadable
from ibroker.kafka.batch import Fetched, read_batches
from tests.kafka.raw_batches import (
    ATTRIBUTES,
    CRC,
    DELTA,
    LENGTH,
    build,
    junk_gzip,
    seal,
    spoil_names,
)

VALUES = [b"een", b"twee", b"drie"]
NEXT = build([b"vier"], base=13)
CODECS = range(5)

content = st.binary(max_size=40)
records = st.lists(
    st.tuples(
        st.none() | content,
        st.none() | content,
        st.lists(st.tuples(st.text(max_size=8), st.none() | content), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def read(
    data: bytes, offset: int = 10, *, end: int = 14, **undone: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, bytes | None]], int]:
    """Offset and value of all, None where it is unreadable; and where to go on."""
    items, following = read_batches(
        Fetched("in", 3, data, end, undone.get("aborted", ())), offset
    )
    return [(one.offset, getattr(one, "value", None)) for one in items], following


def good(base: int = 10) -> list[tuple[int, bytes | None]]:
    """What the three values are when nothing is wrong."""
    return [(base + number, value) for number, value in enumerate(VALUES)]


def lost(*offsets: int) -> list[tuple[int, bytes | None]]:
    """Offsets that no one can read."""
    return [(offset, None) for offset in offsets]


def marker(base: int, *, producer: int, kind: int) -> bytes:
    """The mark that ends a transaction: 0 undoes it, 1 makes it visible."""
    batch = bytearray(build([b"\0\0\0\0\0\0"], base=base, headers=()))
    key = struct.pack(">HH", 0, kind)
    body = bytes(batch[61:]).replace(b"\x02k", b"\x08" + key)
    body = bytes([body[0] + 6]) + body[1:]
    batch = batch[:61] + body
    struct.pack_into(">h", batch, ATTRIBUTES, 0b11_0000)
    struct.pack_into(">q", batch, 43, producer)
    return seal(bytes(batch))


def transactional(values: Sequence[bytes], base: int, producer: int) -> bytes:
    """A batch that is part of a transaction."""
    batch = bytearray(build(values, base=base))
    struct.pack_into(">h", batch, ATTRIBUTES, 0b1_0000)
    struct.pack_into(">q", batch, 43, producer)
    return seal(bytes(batch))


@given(written=records, codec=st.sampled_from(CODECS), base=st.integers(0, 1 << 40))
def test_a_good_batch_is_read_as_the_client_reads_it(
    written: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]],
    codec: int,
    base: int,
) -> None:
    """Whatever is in it and however it is compressed, both see the same records."""
    batch = bytearray(build_records(written, codec))
    struct.pack_into(">q", batch, 0, base)

    items, following = read_batches(
        Fetched("in", 3, bytes(batch), base + len(written)), base
    )

    theirs = [
        (one.offset, one.timestamp, one.key, one.value, tuple(one.headers))
        for one in DefaultRecordBatch(bytes(batch))
    ]
    ours = [
        (one.offset, one.timestamp, one.key, one.value, one.headers)
        for one in items
        if isinstance(one, Record)
    ]
    assert theirs == ours
    assert base + len(written) == following


@given(data=st.binary(max_size=400), offset=st.integers(0, 50), size=st.integers(0, 50))
def test_any_bytes_have_an_answer(data: bytes, offset: int, size: int) -> None:
    """Nothing is raised but ValueError, and offsets only go up, within the log."""
    check_any(data, offset, offset + size)


@given(
    flips=st.lists(st.tuples(st.integers(0, 299), st.integers(1, 255)), max_size=4),
    is_sealed=st.booleans(),
    codec=st.sampled_from(CODECS),
)
def test_any_mangled_batch_has_an_answer(
    flips: list[tuple[int, int]],
    is_sealed: bool,  # noqa: FBT001 - hypothesis gives it
    codec: int,
) -> None:
    """The same for nearly good batches, with a checksum that is right or not."""
    batch = bytearray(build([b"v" * 40] * 3, codec=codec, base=10))
    for at, bits in flips:
        batch[at % len(batch)] ^= bits
    data = seal(bytes(batch)) if is_sealed else bytes(batch)
    check_any(data + NEXT, 10, 14)


def check_any(data: bytes, offset: int, end: int) -> None:
    """What holds whatever the bytes."""
    try:
        items, following = read_batches(Fetched("in", 3, data, end), offset)
    except ValueError:
        return
    offsets = [one.offset for one in items]
    assert sorted(set(offsets)) == offsets
    assert all(offset <= one < following for one in offsets)
    assert offset < following <= end
    assert all(0 <= one.timestamp < 1 << 42 for one in items)


@pytest.mark.parametrize("at", [CRC, ATTRIBUTES, 62, 75, 90])
def test_a_rotten_batch_is_lost_alone(at: int) -> None:
    """Where a bit is flipped its three offsets are lost, and what follows is not."""
    batch = bytearray(build(VALUES, base=10))
    batch[at] ^= 0x10

    assert ([*lost(10, 11, 12), (13, b"vier")], 14) == read(bytes(batch) + NEXT)


@pytest.mark.parametrize("delta", [0, 1, 5, 1 << 30, -7])
def test_where_the_next_begins_is_believed_more_than_a_rotten_head(delta: int) -> None:
    """A rotten count of offsets takes no offset of the next batch with it."""
    batch = bytearray(build(VALUES, base=10))
    struct.pack_into(">i", batch, DELTA, delta)

    assert ([*lost(10, 11, 12), (13, b"vier")], 14) == read(bytes(batch) + NEXT)


def test_a_rotten_head_without_a_next_batch_gives_up_one_offset() -> None:
    """Where nothing tells how many offsets are lost, the broker is asked again."""
    batch = bytearray(build(VALUES, base=10))
    struct.pack_into(">i", batch, DELTA, 1 << 20)

    assert (lost(10), 11) == read(bytes(batch), end=1000)
    assert (lost(11), 12) == read(bytes(batch), 11, end=1000)


def test_a_rotten_batch_at_the_end_is_lost_by_its_own_count() -> None:
    """Two fields of the head that agree tell how many, but never past the end."""
    batch = bytearray(build(VALUES, base=10))
    batch[-1] ^= 1

    assert (lost(10, 11, 12), 13) == read(bytes(batch), end=1000)
    assert (lost(10, 11), 12) == read(bytes(batch), end=12)


@pytest.mark.parametrize("base", [0, 9, 11, 12, 1 << 50])
def test_a_rotten_base_offset_moves_no_record(base: int) -> None:
    """The checksum leaves the base offset out; its neighbours know better."""
    first = build([b"nul"], base=9)
    batch = bytearray(build(VALUES, base=10))
    struct.pack_into(">q", batch, 0, base)

    expected = [(9, b"nul"), *lost(10, 11, 12), (13, b"vier")]
    assert (expected, 14) == read(first + bytes(batch) + NEXT, 9)


def test_a_length_that_is_rotten_takes_nothing_else_with_it() -> None:
    """What comes after a batch of the wrong length is left for the next fetch."""
    batch = bytearray(build(VALUES, base=10))
    struct.pack_into(">i", batch, LENGTH, len(batch) - LENGTH - 4 - 8)

    assert (lost(10, 11, 12), 13) == read(bytes(batch) + NEXT)


@pytest.mark.parametrize("data", [b"", b"\0" * 60, build(VALUES, base=10)[:-1]])
def test_without_a_whole_batch_the_log_is_broken(data: bytes) -> None:
    """That is no bad record any more, and said so."""
    with pytest.raises(ValueError, match="no batch"):
        read(data)


@pytest.mark.parametrize("places", [(0, 1, 1000), (0, 1, 1), (0, 1, -1), (0, 1, 3)])
def test_a_record_that_lies_about_its_place_is_lost_alone(
    places: tuple[int, int, int],
) -> None:
    """The two before it are read, and nobody else's offset is touched."""
    batch = build(VALUES, base=10, places=places)

    assert ([*good()[:2], *lost(12), (13, b"vier")], 14) == read(batch + NEXT)


def test_a_header_name_that_is_no_text_is_left_out() -> None:
    """Its record is read without that header, its neighbours as they are."""
    batch = spoil_names(build(VALUES, base=10), VALUES[1])

    items, _ = read_batches(Fetched("in", 3, batch, 13), 10)

    assert [(("zender", b"0344"),), (), (("zender", b"0344"),)] == [
        one.headers for one in items if isinstance(one, Record)
    ]


def test_what_is_lost_bears_its_batch_once() -> None:
    """The first that is lost bears the raw batch, wherever in it that is."""
    rotten = bytearray(build(VALUES, base=10))
    rotten[-1] ^= 1
    lying = build(VALUES, base=10, places=(0, 7, 9))

    assert [bytes(rotten), None, None] == raws(bytes(rotten), 10)
    assert [lying, None] == raws(lying, 10)
    assert [None] == raws(lying, 12)


def raws(batch: bytes, offset: int) -> list[bytes | None]:
    """The raw batches that the lost ones bear."""
    items, _ = read_batches(Fetched("in", 3, batch, 13), offset)
    return [one.raw for one in items if isinstance(one, Unreadable)]


def test_a_broken_payload_is_lost_alone() -> None:
    """What cannot be decompressed is lost, and what follows is not."""
    batch = bytearray(junk_gzip(VALUES))
    struct.pack_into(">q", batch, 0, 10)

    assert ([*lost(10, 11, 12), (13, b"vier")], 14) == read(bytes(batch) + NEXT)


def test_marks_and_undone_transactions_are_not_records() -> None:
    """Nobody sees what was undone, nor marks, and what was committed is there."""
    data = b"".join(
        [
            transactional([b"weg", b"weg"], 10, producer=1),
            transactional([b"blijft"], 12, producer=2),
            marker(13, producer=1, kind=0),
            transactional([b"later"], 14, producer=1),
            marker(15, producer=2, kind=1),
            marker(16, producer=1, kind=1),
        ]
    )

    assert ([(12, b"blijft"), (14, b"later")], 17) == read(
        data, end=17, aborted=[(1, 10)]
    )
    assert ([(14, b"later")], 17) == read(
        data[len(transactional([b"weg", b"weg"], 10, 1)) :],
        13,
        end=17,
        aborted=[(1, 10)],
    )


def test_a_next_batch_of_which_little_came_is_no_witness() -> None:
    """A fetch may cut off the last batch anywhere, also inside its first field."""
    batch = bytearray(build(VALUES, base=4660))
    batch[-1] ^= 1
    for size in range(8):
        data = bytes(batch) + build([b"vier"], base=4663)[:size]

        assert (lost(4660, 4661, 4662), 4663) == read(data, 4660, end=9000)


def test_reading_begins_in_the_middle_of_a_batch() -> None:
    """What stands before the offset is left out."""
    assert ([*good()[1:], (13, b"vier")], 14) == read(build(VALUES, base=10) + NEXT, 11)


def build_records(
    written: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]],
    codec: int,
) -> bytes:
    """A batch of these keys, values and headers."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for number, (key, value, headers) in enumerate(written):
        builder.append(number, 1_700_000_000_000 + number, key, value, headers)
    return bytes(builder.build())

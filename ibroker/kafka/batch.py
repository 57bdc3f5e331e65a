"""Record batches as the log has them, for where the client cannot be trusted with one.

The broker checks little of what a sender puts in a batch, and a disk may fail. A
client that raises on such a batch raises for ever, and one that believes the offsets
in it goes on where the sender likes. Here every offset gets an answer: what can be
read is read, the rest is `Unreadable`. Format: Kafka's message format v2 (KIP-98),
https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from aiokafka.record.util import calc_crc32c

from ibroker.core.record import Record, Unreadable

__all__ = ["Fetched", "read_batches"]

_LENGTH = struct.Struct(">qi")  # base offset, bytes that follow
_HEAD = struct.Struct(">qiibIhiqqqhii")
_CRC_FROM = 21  # the checksum covers what comes after it
_MAGIC = 2
_CODEC = 0b111
_APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0b1000, 0b1_0000, 0b10_0000
_OFFSET_SIZE = 8  # bytes, at the begin of a batch
_YEAR_2100 = 4_102_444_800_000  # ms; a later time is rot, and no calendar must meet it

_CODECS: Mapping[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch gave of one partition.

    `data` is a run of batches, of which the last may be cut off; `end` the first offset
    that is not in the log yet. `aborted` names the transactions among them that were
    undone: producer id and first offset of each.
    """

    topic: str
    partition: int
    data: bytes
    end: int
    aborted: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class _Batch:
    """One batch; the next one begins at `following`, None where that is not known."""

    raw: bytes
    base: int
    attributes: int
    delta: int
    first_time: int
    max_time: int
    producer: int
    count: int
    following: int | None
    is_intact: bool

    @property
    def end(self) -> int:
        """The first offset past it, by its own word."""
        return self.base + self.delta + 1

    def is_before(self, offset: int) -> bool:
        """Whether it ends before `offset`, by where the next one begins."""
        return self.following is not None and self.base < self.following <= offset

    def stands_at(self, offset: int, *, is_first: bool) -> bool:
        """Whether it is intact and holds `offset`, as first or somewhere in it.

        The checksum leaves the base offset out, so that is held against its neighbours.
        """
        in_place = self.base == offset or (is_first and self.base < offset < self.end)
        return self.is_intact and (
            (in_place and self.delta >= 0)
            or (self.base > offset and self.end == self.following)
        )

    def time(self, delta: int) -> int:
        appended = self.attributes & _APPEND_TIME
        time = self.max_time if appended else self.first_time + delta
        return time if 0 <= time < _YEAR_2100 else 0


def read_batches(
    fetched: Fetched, offset: int
) -> tuple[Sequence[Record | Unreadable], int]:
    """Everything from `offset` on, in order, and the offset where to go on.

    Each offset has an item, but for the marks of transactions and what was undone by
    one. A header whose name is not UTF-8 is left out of its record. A record that is
    not at the place that it says to have is unreadable: no sender decides where others
    go on. The topic must not be compacted.

    Raises ValueError where no batch can be told apart at all: then the log is broken.
    """
    items: list[Record | Unreadable] = []
    undone = _Undone(fetched.aborted)
    begin = offset
    for batch in _cut(fetched):
        if offset >= fetched.end:
            break
        if batch.is_before(offset):
            continue
        if not batch.stands_at(offset, is_first=offset == begin):
            items += _lose(fetched, batch, offset)
            offset = items[-1].offset + 1
            if batch.following != offset:
                break  # its length may be rotten as well: what follows is no batch
            continue
        if not undone.covers(batch):
            items += [one for one in _decode(fetched, batch) if one.offset >= offset]
        offset = min(batch.end, fetched.end)
    if offset == begin:
        raise ValueError("no batch at this offset")
    return items, offset


def _cut(fetched: Fetched) -> Iterator[_Batch]:
    """Tell the batches apart: by where each begins, the one thing that all agree on."""
    data, at = fetched.data, 0
    while len(data) - at >= _HEAD.size:
        end = at + _LENGTH.size + _LENGTH.unpack_from(data, at)[1]
        if not at + _HEAD.size <= end <= len(data):
            return
        raw = data[at:end]
        head = _HEAD.unpack_from(raw)
        base, _, _, magic, crc, attributes, delta, first, latest, producer, *_ = head
        # Of one that is cut off this is less, and then before any offset here.
        after = int.from_bytes(data[end : end + _OFFSET_SIZE])
        yield _Batch(
            raw,
            base,
            attributes,
            delta,
            first,
            latest,
            producer,
            count=head[-1],
            following=after if 0 < after < fetched.end else None,
            is_intact=magic == _MAGIC and calc_crc32c(raw[_CRC_FROM:]) == crc,
        )
        at = end


def _lose(fetched: Fetched, batch: _Batch, offset: int) -> list[Unreadable]:
    """The offsets from `offset` on of a batch that is rotten; at least one.

    Its head may be rotten too. Where the next batch begins is the better witness of how
    many they are; without it, two fields of the head that agree. If they do not, this
    one offset is given up, and the broker asked again for the rest.
    """
    last = offset
    if batch.following is not None and batch.following > offset:
        last = batch.following - 1
    elif batch.delta == batch.count - 1 and batch.base <= offset:
        last = batch.end - 1
    last = max(offset, min(last, fetched.end - 1))
    return [
        Unreadable(
            fetched.topic,
            fetched.partition,
            lost,
            batch.time(0),
            # The first of the batch bears it, which may have been given up before.
            batch.raw if lost == offset <= batch.base else None,
        )
        for lost in range(offset, last + 1)
    ]


class _Undone:
    """The transactions that were undone, as far as the batches have been read."""

    def __init__(self, aborted: Sequence[tuple[int, int]]) -> None:
        self._to_come = sorted(aborted, key=lambda one: one[1])
        self._open: set[int] = set()

    def covers(self, batch: _Batch) -> bool:
        """Whether no reader is to see the batch: it was undone, or it is a mark."""
        while self._to_come and self._to_come[0][1] <= batch.base:
            self._open.add(self._to_come.pop(0)[0])
        if batch.attributes & _CONTROL:
            if _is_abort(batch):
                self._open.discard(batch.producer)
            return True
        return bool(batch.attributes & _TRANSACTIONAL) and batch.producer in self._open


def _is_abort(batch: _Batch) -> bool:
    """Whether this mark undoes its transaction; the key of its one record tells."""
    try:
        _, at = _varint(batch.raw, _HEAD.size)
        _, at = _varint(batch.raw, at + 1)
        _, at = _varint(batch.raw, at)
        key, _ = _bytes(batch.raw, at)
        return bool(ControlRecord.parse(key or b"") == ABORT_MARKER)
    except (IndexError, ValueError, struct.error):
        return False


def _decode(fetched: Fetched, batch: _Batch) -> Iterator[Record | Unreadable]:
    raw: bytes | None = batch.raw
    try:
        body = _CODECS[batch.attributes & _CODEC](batch.raw[_HEAD.size :])
    except Exception:  # noqa: BLE001 - codecs raise whatever they like on bad bytes
        body = b""
    at = 0
    for index in range(min(batch.end, fetched.end) - batch.base):
        try:
            length, begin = _varint(body, at)
            if length <= 0 or begin + length > len(body):
                raise ValueError  # noqa: TRY301 - as unreadable as what raises below
            at = begin + length
            yield _read_record(fetched, batch, index, body[begin:at])
        except (IndexError, ValueError):
            offset = batch.base + index
            yield Unreadable(
                fetched.topic, fetched.partition, offset, batch.time(0), raw
            )
            raw = None


def _read_record(fetched: Fetched, batch: _Batch, index: int, data: bytes) -> Record:
    time, at = _varint(data, 1)  # after the attributes, which mean nothing yet
    place, at = _varint(data, at)
    key, at = _bytes(data, at)
    value, at = _bytes(data, at)
    count, at = _varint(data, at)
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, at = _bytes(data, at)
        content, at = _bytes(data, at)
        try:
            headers.append(((name or b"").decode(), content))
        except UnicodeDecodeError:
            continue
    if place != index or at != len(data):
        raise ValueError
    return Record(
        fetched.topic,
        fetched.partition,
        batch.base + index,
        batch.time(time),
        key,
        value,
        tuple(headers),
    )


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    if length < 0:
        return None, at
    if at + length > len(data):
        raise ValueError
    return data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint and where it ends. Raises IndexError past the end."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
        if shift > 63:  # noqa: PLR2004 - the longest that means a number
            raise ValueError

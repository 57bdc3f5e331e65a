"""Record batches as the log has them, for where the client cannot decode one.

The broker checks little of what a sender puts in a batch, and a disk may fail. A client
that raises on such a batch raises for ever. Here every offset of it gets an answer:
what can be read is read, the rest is `Unreadable`. Format: Kafka's message format v2
(KIP-98), https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.util import calc_crc32c

from ibroker.core.record import Headers, Record, Unreadable

__all__ = ["decode_batch", "first_batch"]

_LENGTH = struct.Struct(">qi")  # base offset, bytes that follow
_HEAD = struct.Struct(">qiibIhiqqqhii")
_CRC_FROM = 21  # the checksum covers what comes after it
_MAGIC = 2
_CODEC = 0b111
_APPEND_TIME = 0b1000

_CODECS: Mapping[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


@dataclass(frozen=True, slots=True)
class _Head:
    base: int
    crc: int
    attributes: int
    last: int
    first_time: int
    max_time: int
    magic: int

    def time(self, delta: int) -> int:
        appended = self.attributes & _APPEND_TIME
        return self.max_time if appended else self.first_time + delta


def first_batch(data: bytes, highwater: int) -> tuple[bytes, int]:
    """Cut the first batch off what a fetch gave, and tell where it must end.

    That is where the next one begins, or where the log ends. Raises ValueError where
    not even the length of a batch can be read: then the log itself is broken.
    """
    if len(data) < _HEAD.size:
        raise ValueError("a fetch without a batch")
    _, length = _LENGTH.unpack_from(data)
    end = _LENGTH.size + length
    if not _HEAD.size <= end <= len(data):
        raise ValueError("a batch without its end")
    following = data[end : end + 8]
    if len(following) < 8:  # noqa: PLR2004 - an offset
        return data[:end], highwater
    return data[:end], int.from_bytes(following)


def decode_batch(
    topic: str, partition: int, raw: bytes, end: int
) -> Sequence[Record | Unreadable]:
    """Everything in a batch, in order: an item for each of its offsets.

    `end` is the first offset that cannot be in it, in case it lies about that. A
    header whose name is not UTF-8 is left out of its record. Never raises.
    """
    head = _read_head(raw, end)
    try:
        if head.magic != _MAGIC or calc_crc32c(raw[_CRC_FROM:]) != head.crc:
            raise ValueError  # noqa: TRY301 - as unreadable as what raises below
        body = _CODECS[head.attributes & _CODEC](raw[_HEAD.size :])
    except Exception:  # noqa: BLE001 - codecs raise whatever they like on bad bytes
        return _unreadable(topic, partition, head, raw)
    items: list[Record | Unreadable] = []
    at = 0
    while at < len(body):
        try:
            length, start = _varint(body, at)
            if length <= 0 or start + length > len(body):
                raise ValueError  # noqa: TRY301 - idem
        except (IndexError, ValueError):
            break
        at = start + length
        try:
            items.append(_read_record(topic, partition, head, body[start:at]))
        except (IndexError, ValueError):
            offset = head.base + len(items)
            items.append(Unreadable(topic, partition, offset, head.time(0), raw))
    missing = _unreadable(topic, partition, head, raw)[len(items) :]
    return [*items, *missing]


def _read_head(raw: bytes, end: int) -> _Head:
    base, _, _, magic, crc, attributes, delta, first, latest, *_ = _HEAD.unpack_from(
        raw
    )
    return _Head(
        base, crc, attributes, min(base + max(delta, 0), end - 1), first, latest, magic
    )


def _unreadable(
    topic: str, partition: int, head: _Head, raw: bytes
) -> list[Unreadable]:
    count = head.last - head.base + 1
    return [
        Unreadable(
            topic, partition, head.base + n, head.max_time, raw if n == 0 else None
        )
        for n in range(count)
    ]


def _read_record(topic: str, partition: int, head: _Head, data: bytes) -> Record:
    time, at = _varint(data, 1)  # after the attributes, which mean nothing yet
    offset, at = _varint(data, at)
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
    if at != len(data):
        raise ValueError
    found: Headers = tuple(headers)
    return Record(
        topic, partition, head.base + offset, head.time(time), key, value, found
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

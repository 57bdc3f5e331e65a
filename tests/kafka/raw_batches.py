"""Record batches byte by byte, and put on the log as they are."""

import gzip
import struct
from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

HEAD = 61  # bytes before the records
LENGTH, CRC, ATTRIBUTES, DELTA, COUNT = 8, 17, 21, 23, 57  # where those fields are
NAME, BAD_NAME = "zender", b"\xff\xfe\xfd\xfc\xfb\xfa"


def build(
    values: Sequence[bytes],
    *,
    codec: int = 0,
    places: Sequence[int] = (),
    base: int = 0,
    headers: Sequence[tuple[str, bytes]] = ((NAME, b"0344"),),
) -> bytes:
    """A batch as aiokafka builds it; `places` are offsets that the records claim."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 26)
    for number, value in enumerate(values):
        place = places[number] if places else number
        builder.append(place, 1_700_000_000_000, b"k", value, list(headers))
    batch = bytearray(builder.build())
    struct.pack_into(">q", batch, 0, base)
    struct.pack_into(">i", batch, DELTA, len(values) - 1)
    return seal(bytes(batch))


def seal(batch: bytes) -> bytes:
    """The batch with length and checksum made right."""
    sealed = bytearray(batch)
    struct.pack_into(">i", sealed, LENGTH, len(sealed) - LENGTH - 4)
    struct.pack_into(">I", sealed, CRC, calc_crc32c(bytes(sealed[ATTRIBUTES:])))
    return bytes(sealed)


def spoil_names(batch: bytes, value: bytes) -> bytes:
    """The batch with a header name that is not UTF-8 in the record with that value."""
    at = batch.index(NAME.encode(), batch.index(value))
    return seal(batch[:at] + BAD_NAME + batch[at + len(BAD_NAME) :])


def junk_gzip(values: Sequence[bytes]) -> bytes:
    """A gzip batch that the broker takes and aiokafka does not: junk comes after it."""
    batch = bytearray(build(values))
    struct.pack_into(">h", batch, ATTRIBUTES, 1)
    body = gzip.compress(bytes(batch[HEAD:]), mtime=0)
    return seal(bytes(batch[:HEAD]) + body + b"no gzip")


async def put_batch(address: str, topic: str, batch: bytes) -> int:
    """Write a batch to partition 0 as it is, and tell where it begins.

    Raises what the broker has against it.
    """
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        await client.fetch_all_metadata()
        await client.force_metadata_update()
        leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
        response = await client.send(
            leader,
            ProduceRequest(
                required_acks=-1,
                timeout=10_000,
                topics=[(topic, [(0, batch)])],
                transactional_id=None,
            ),
        )
    finally:
        await client.close()
    ((_, ((_, code, base, *_),)),) = response.topics
    if code:
        raise for_code(code)
    return int(base)

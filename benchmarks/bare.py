"""The bare loop: what Kafka and its client cost, as the bound for `ibroker route`.

    python benchmarks/bare.py GROUP [xsd]

One transactional producer for each input partition, as many records in a transaction
as the router takes, the same topics; the bytes go through. The receiver is found by a
search in the bytes. There is no XML, rule, answer or event. With `xsd` each bericht is
also parsed and checked by its XSD; what is not valid goes to one topic. It stops at
SIGTERM. Nothing here survives a fault: it is there to be timed.
"""

import asyncio
import re
import signal
import sys
from collections.abc import Callable, Container, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import ConsumerRecord
from broker import Broker

from ibroker.core.reading import Limits, Refusal, parse_bericht
from ibroker.kafka.connection import connection
from ibroker.kafka.loop import Bounds
from ibroker.settings import read_settings
from ibroker.standards import load_standards

INPUT: Final = "ggk.aanlevering"
INVALID: Final = "ggk.onbestelbaar"
GEMEENTE: Final = "ggk.gemeente."
ZORGAANBIEDER: Final = "ggk.zorgaanbieder"
FIXED: Final = ((b"/ieb/", "ggk.cak"), (b"/ipgb/", "ggk.svb"))
HEAD: Final = 800  # bytes: the namespace of the root and the parties stand there
PARTY: Final = re.compile(rb"<(?:\w+:)?(?:Afzender|Ontvanger)>([0-9]+)<")
CBS: Final = 4  # digits of the code of a gemeente
RECORDS: Final = Bounds().records  # in one transaction, as the router has it
BATCH: Final = 512 * 1024  # bytes
IDLE: Final = 250  # ms

Check = Callable[[bytes], bool]


def address(record: ConsumerRecord, topics: Container[str]) -> tuple[str, bytes]:
    """Find the topic of the receiver, and the key that the record has there."""
    head = record.value[:HEAD]
    for code in PARTY.findall(head):
        if code != record.key:
            if len(code) != CBS:
                return ZORGAANBIEDER, code
            topic = GEMEENTE + code.decode()
            return (topic if topic in topics else INVALID), record.key
    for namespace, topic in FIXED:
        if namespace in head:
            return topic, record.key
    return INVALID, record.key


def make_check() -> Check:
    """Make what parses a bericht and checks it by its XSD, and nothing more."""
    standards = load_standards()
    limits = Limits()

    def check(data: bytes) -> bool:
        root = parse_bericht(data, limits)
        if isinstance(root, Refusal):
            return False
        berichttype = standards.catalogue.by_namespace.get(
            str(root.tag).rpartition("}")[0][1:]
        )
        if berichttype is None:
            return False
        return standards.schemas.get(berichttype.namespace).is_valid(root)

    return check


class Carrier:
    """Carries the records of one input partition."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        place: TopicPartition,
        group: str,
        check: Check,
    ) -> None:
        self._consumer = consumer
        self._place = place
        self._group = group
        self._check = check
        self._producer = AIOKafkaProducer(
            **connection(read_settings()),
            transactional_id=f"{group}-{place.partition}",
            max_batch_size=BATCH,
            linger_ms=0,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Carry until `stopping` is set."""
        producer = self._producer
        await producer.start()
        try:
            await producer.client.force_metadata_update()
            cluster = producer.client.cluster
            counts = {t: len(cluster.partitions_for_topic(t)) for t in cluster.topics()}
            while not stopping.is_set():
                await self._carry_some(counts)
        finally:
            await producer.stop()

    async def _carry_some(self, counts: Mapping[str, int]) -> None:
        """Carry what is there, in one transaction. `counts` are those of partitions."""
        producer = self._producer
        fetched = await self._consumer.getmany(
            self._place, timeout_ms=IDLE, max_records=RECORDS
        )
        records = fetched.get(self._place)
        if not records:
            return
        batches: dict[tuple[str, int], BatchBuilder] = {}
        for record in records:
            topic, key = INVALID, record.key
            if self._check(record.value):
                topic, key = address(record, counts)
            place = topic, (murmur2(key) & 0x7FFFFFFF) % counts[topic]
            batch = batches.get(place)
            if batch is None:
                batch = batches[place] = producer.create_batch()
            batch.append(
                timestamp=None,
                key=key,
                value=record.value,
                headers=list(record.headers),
            )
        await producer.begin_transaction()
        taken = [
            await producer.send_batch(batch, topic, partition=partition)
            for (topic, partition), batch in batches.items()
        ]
        await asyncio.gather(*taken)
        await producer.send_offsets_to_transaction(
            {self._place: records[-1].offset + 1}, self._group
        )
        await producer.commit_transaction()


async def carry(group: str, check: Check) -> None:
    """Carry all partitions of the input until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    consumer = AIOKafkaConsumer(
        **connection(read_settings()),
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="latest",
    )
    await consumer.start()
    try:
        async with Broker() as broker:
            places = await broker.places([INPUT])
        consumer.assign(places)
        async with asyncio.TaskGroup() as tasks:
            for place in places:
                carrier = Carrier(consumer, place, group, check)
                tasks.create_task(carrier.run(stopping))
    finally:
        await consumer.stop()


def main(arguments: list[str]) -> None:
    """Run one bare loop."""
    group, *rest = arguments
    asyncio.run(carry(group, make_check() if rest == ["xsd"] else lambda _: True))


if __name__ == "__main__":
    main(sys.argv[1:])

"""What stands on the topics of a cluster, read without a line of our own code.

Nothing of it is ever shown: a failure tells numbers and names of topics.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

__all__ = ["Journal", "Positions", "find_positions", "read_journal"]

_WAIT = 500  # ms
_IDLE = 20  # times in a row that nothing comes


@dataclass(frozen=True, slots=True)
class Positions:
    """Where the log begins and ends, and where each group goes on, at some moment."""

    begins: Mapping[TopicPartition, int] = field(default_factory=dict)
    ends: Mapping[TopicPartition, int] = field(default_factory=dict)
    groups: Mapping[str, Mapping[TopicPartition, int]] = field(default_factory=dict)

    def ahead(self, topic: str, group: str | None, marks: int = 1) -> int:
        """How many offsets a group has to go on a topic, over its partitions.

        `marks` are those of a transaction that lie last on each. Of who shares the
        topic, whose groups begin so, the farthest counts; None: from the begin. With
        marks the first two offsets were undone before there was any bericht.
        """
        first = 2 * marks
        own = [
            offsets
            for name, offsets in self.groups.items()
            if group is not None and name.startswith(group)
        ]
        return sum(
            max(0, end - max(first, self.begins[place], *_at(own, place)) - marks)
            for place, end in self.ends.items()
            if place.topic == topic
        )


@dataclass(frozen=True, slots=True)
class Journal:
    """All that may be read of the topics of ibroker, and where all stands just then.

    `before` is where all stood as the processes began.
    """

    records: tuple[ConsumerRecord, ...] = field(repr=False)
    now: Positions = field(repr=False)
    before: Positions = field(repr=False)

    def ever(self, prefix: str) -> Iterator[ConsumerRecord]:
        """All that was ever written to topics that begin so."""
        return (one for one in self.records if one.topic.startswith(prefix))

    def written(self, prefix: str) -> Iterator[ConsumerRecord]:
        """What was written since, to topics that begin so."""
        return self._since(prefix, self.before.ends)

    def taken(self, topic: str, group: str) -> Iterator[ConsumerRecord]:
        """What a group had not had before, on this topic."""
        return self._since(topic, self.before.groups.get(group, {}))

    def _since(
        self, prefix: str, offsets: Mapping[TopicPartition, int]
    ) -> Iterator[ConsumerRecord]:
        return (
            one
            for one in self.ever(prefix)
            if one.offset >= offsets.get(TopicPartition(one.topic, one.partition), 0)
        )


async def find_positions(address: str) -> Positions:
    """Ask for them; the end is that of who reads what is committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        places = [
            TopicPartition(topic["topic"], one["partition"])
            for topic in await admin.describe_topics()
            # What is kept of state is no bericht.
            if re.fullmatch(r"ggk\..+(?<!\.stand)(?<!\.week)", topic["topic"])
            for one in topic["partitions"]
        ]
        groups = {
            group: await _committed(admin, group)
            for group, _ in await admin.list_consumer_groups()
        }
    finally:
        await admin.close()
    if not places:
        return Positions()
    async with _reader(address) as consumer:
        # So that it asks where all of them are at once, not topic by topic.
        consumer.assign(places)
        begins = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
    return Positions(begins, ends, groups)


async def read_journal(address: str, before: Positions) -> Journal:
    """Read all, from the begin of each topic up to where it ends now."""
    now = await find_positions(address)
    records: list[ConsumerRecord] = []
    left = {place for place, end in now.ends.items() if now.begins[place] < end}
    async with _reader(address) as consumer:
        consumer.assign([*left])
        for place in left:
            consumer.seek(place, now.begins[place])
        idle = 0
        while left:
            found = await consumer.getmany(timeout_ms=_WAIT)
            idle = 0 if found else idle + 1
            assert idle < _IDLE, sorted({place.topic for place in left})
            for place, batch in found.items():
                records += [one for one in batch if one.offset < now.ends[place]]
            left = {
                place
                for place in left
                if await consumer.position(place) < now.ends[place]
            }
    return Journal(tuple(records), now, before)


def _reader(address: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=address,
        isolation_level="read_committed",
        enable_auto_commit=False,
    )


async def _committed(
    admin: AIOKafkaAdminClient, group: str
) -> dict[TopicPartition, int]:
    found = await admin.list_consumer_group_offsets(group)
    return {place: one.offset for place, one in found.items() if one.offset >= 0}


def _at(groups: list[Mapping[TopicPartition, int]], place: TopicPartition) -> list[int]:
    return [offsets.get(place, 0) for offsets in groups] or [0]

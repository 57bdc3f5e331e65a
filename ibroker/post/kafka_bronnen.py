"""What the Wlz stream was told and what it told, on Kafka."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ibroker.core.record import Record
from ibroker.kafka.changelog import Portion
from ibroker.kafka.connection import hear_group_errors
from ibroker.kafka.kafka_changelog import KafkaChangelogs
from ibroker.post.cluster import count_partitions, unreachable
from ibroker.post.kafka_replay import KafkaArchive

__all__ = ["KafkaBronnen"]


@dataclass(frozen=True, slots=True)
class KafkaBronnen:
    """`Bronnen`: the topics of the stream, its consumer group, and how to reach them.

    Each method raises ClusterUnreachable, TopicMissing or LogError.
    """

    topic_feiten: str
    topic_stand: str
    topic_signalen: str
    group: str
    connection: Mapping[str, Any] = field(repr=False)

    async def committed(self) -> Mapping[int, int]:
        """See `Bronnen.committed`."""
        topic = self.topic_feiten
        count = (await count_partitions(self.connection, [topic]))[topic]
        places = [TopicPartition(topic, number) for number in range(count)]
        try:
            async with AIOKafkaConsumer(
                **self.connection, group_id=self.group, enable_auto_commit=False
            ) as consumer:
                hear_group_errors(consumer._client)  # noqa: SLF001 - no other way
                return {
                    place.partition: await consumer.committed(place) or 0
                    for place in places
                }
        except KafkaError as error:
            raise unreachable(self.connection, type(error).__name__) from error

    def feiten(self) -> AsyncGenerator[Record, None]:
        """See `Bronnen.feiten`."""
        return KafkaArchive(self.connection).read(self.topic_feiten)

    def signalen(self) -> AsyncGenerator[Record, None]:
        """See `Bronnen.signalen`."""
        return KafkaArchive(self.connection).read(self.topic_signalen)

    async def stand(self) -> AsyncGenerator[Portion, None]:
        """See `Bronnen.stand`."""
        topic = self.topic_stand
        changelogs = KafkaChangelogs(self.connection, topic, self.topic_feiten)
        count = (await count_partitions(self.connection, [topic]))[topic]
        async for _, portion in changelogs.whole(count):
            yield portion

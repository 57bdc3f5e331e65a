"""Whether the cluster can be reached, and which topics it has."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from ibroker.errors import ClusterUnreachable, TopicMissing

__all__ = ["count_partitions", "unreachable"]

_WITHIN = 6.0  # s; someone is waiting at a prompt
_CLOSING = 2.0  # s


async def count_partitions(
    connection: Mapping[str, Any], topics: Iterable[str], *, within: float = _WITHIN
) -> dict[str, int]:
    """Say how many partitions each of these topics has.

    `connection` is what `ibroker.kafka.connection` gives; `within` is in seconds. The
    client asks for all topics at once: asking for one by name may create it.

    Raises ClusterUnreachable where no broker answers in time, TopicMissing where one
    of the topics is not there.
    """
    client = AIOKafkaClient(**connection, client_id="ibroker")
    try:
        async with asyncio.timeout(within):
            await client.bootstrap()
            cluster = await client.fetch_all_metadata()
    except (KafkaError, OSError, TimeoutError) as error:
        raise unreachable(connection, type(error).__name__) from error
    finally:
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await client.close()
    counts = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in topics}
    missing = [topic for topic, count in counts.items() if count == 0]
    if missing:
        raise TopicMissing(
            f"topic {', '.join(missing)} is er niet, of is niet voor u:"
            " `ibroker topics apply` maakt de topics"
        )
    return counts


def unreachable(connection: Mapping[str, Any], reason: str) -> ClusterUnreachable:
    """Make the one line that says that no broker answers; `reason` is of the client."""
    servers = ",".join(connection["bootstrap_servers"])
    return ClusterUnreachable(
        f"Kafka antwoordt niet op {servers} ({reason}):"
        " draait het cluster, en klopt IBROKER_KAFKA?"
    )

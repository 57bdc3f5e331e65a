"""Asks a broker what it knows of topics, with the id that each has for life.

A topic that was deleted and made again has another id. aiokafka asks in an older form
of the request, without ids; this one also has no topic made. Format: Metadata v10,
https://kafka.apache.org/protocol#The_Messages_Metadata
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from ibroker.errors import TopicMissing

__all__ = ["TopicFacts", "ask_topics"]

_NO_ID = UUID(int=0)
_UNKNOWN = 3  # UNKNOWN_TOPIC_OR_PARTITION


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What tells a topic from all others, on any cluster, and who leads what of it."""

    identity: str
    leaders: Mapping[int, int]


class _Uuid(AbstractType):  # type: ignore[misc] # it bears no types
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _Response(Response):  # type: ignore[misc] # it bears no types
    API_KEY, API_VERSION = 3, 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _Struct(RequestStruct):  # type: ignore[misc] # it bears no types
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION = 3, 10
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic_id", _Uuid),
                ("name", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Request(Request[_Struct]):  # type: ignore[misc] # it bears no types
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Struct]) -> _Struct:
        named: list[tuple[UUID, str, dict[int, bytes]]] = [
            (_NO_ID, topic, {}) for topic in self._topics
        ]
        return request_struct_class(named, False, False, False, {})


async def ask_topics(
    client: AIOKafkaClient, topics: Sequence[str]
) -> Mapping[str, TopicFacts]:
    """Ask any broker of these topics.

    Raises TopicMissing, or the KafkaError with which the broker does not tell.
    """
    answer = await client.send(client.get_random_node(), _Request(topics))
    found: dict[str, TopicFacts] = {}
    for code, name, topic_id, _, partitions, *_ in answer.topics:
        if code == _UNKNOWN:
            raise TopicMissing(name)
        if code:
            raise for_code(code)
        identity = f"{answer.cluster_id}/{topic_id}"
        found[name] = TopicFacts(identity, {one[1]: one[2] for one in partitions})
    return found

"""topics.yaml as pydantic sees it: its keys, and what a value of each looks like.

Kafka's own names stand for what is Kafka's own (`max.message.bytes`). A name with
`{gemeente}` in it stands for one of each gemeente that has a topic. What keys mean
together is in `checking`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ibroker.topics.state import Operation

__all__ = [
    "PLACEHOLDER",
    "Access",
    "Config",
    "Quota",
    "Replication",
    "Retention",
    "TopicSpec",
    "TopicsFile",
]

PLACEHOLDER = "{gemeente}"

_Count = Annotated[int, Field(strict=True, gt=0)]
_Text = Annotated[str, StringConstraints(min_length=1, strict=True)]
_Names = Annotated[list[_Text], Field(min_length=1)]
_Rights = dict[Operation, _Names]


class _Part(BaseModel):
    """A part of the file: a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Replication(_Part):
    """How many copies there are, on a cluster of at least so many brokers."""

    brokers: _Count
    factor: _Count
    min_insync: Annotated[_Count, Field(alias="min.insync.replicas")]


class Retention(_Part):
    """How long a record stays, in days, and why just so long.

    Without days, on a topic that is only compacted, it stays until its key has another.
    """

    days: _Count | None = None
    because: _Text


class Config(_Part):
    """What else is set for a topic, by Kafka's names."""

    cleanup_policy: Annotated[
        Literal["compact", "delete", "compact,delete"] | None,
        Field(alias="cleanup.policy"),
    ] = None
    max_message_bytes: Annotated[_Count, Field(alias="max.message.bytes")]
    message_timestamp_type: Annotated[
        Literal["CreateTime", "LogAppendTime"] | None,
        Field(alias="message.timestamp.type"),
    ] = None
    segment_ms: Annotated[_Count | None, Field(alias="segment.ms")] = None
    min_cleanable_dirty_ratio: Annotated[
        float | None,
        Field(alias="min.cleanable.dirty.ratio", strict=True, gt=0, le=1),
    ] = None
    max_compaction_lag_ms: Annotated[
        _Count | None, Field(alias="max.compaction.lag.ms")
    ] = None
    delete_retention_ms: Annotated[
        _Count | None, Field(alias="delete.retention.ms")
    ] = None


class TopicSpec(_Part):
    """A topic, or with `{gemeente}` in its name a topic of each."""

    partitions: _Count
    retention: Retention
    config: Config


class Quota(_Part):
    """What one principal may ask of each broker: bytes per second."""

    producer_byte_rate: _Count | None = None
    consumer_byte_rate: _Count | None = None


class Access(_Part):
    """What one principal may do; a name with `*` is for all whose names begin so."""

    topics: _Rights = {}
    groups: _Rights = {}
    transactional_ids: Annotated[_Rights, Field(alias="transactional-ids")] = {}
    cluster: list[Operation] = []
    quota: Quota = Quota()


class TopicsFile(_Part):
    """The whole file; `topics` and `access` by name.

    A principal is `principals` and its name in `access`. Topics that begin with
    `prefix`, and access of principals that begin with `principals`, are ours: what is
    there and not here is too much.
    """

    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$", strict=True)]
    principals: Annotated[
        str, StringConstraints(pattern=r"^User:CN=[a-z0-9-]+$", strict=True)
    ]
    replication: Annotated[list[Replication], Field(min_length=1)]
    topics: Annotated[dict[_Text, TopicSpec], Field(min_length=1)]
    access: dict[_Text, Access]

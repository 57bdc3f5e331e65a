"""What is delivered: the ids that name it, and the record with its headers.

The headers are CloudEvents 1.0 in the binary mode of its Kafka binding, with the
attributes of our own after those of the standard.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from ibroker.core.record import Headers, Outgoing
from ibroker.core.register import Partij

__all__ = [
    "GGK",
    "Stempel",
    "Zending",
    "antwoord_id",
    "build_stempel",
    "deliver",
    "message_id",
    "moment_of",
]

GGK: Final = "GGK"
"""The sender of what ibroker itself makes."""

# Ours alone: ids of another installation differ by their source, not by this.
_NAMESPACE: Final = UUID("b9eb6ee2-d815-41f6-8799-d95c92828ef4")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The log's own clock stays far within this; a datetime has no room for all of int64.
_LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Stempel:
    """The postmark: what is the same on all that comes of one record of the input.

    `id` is its message id; `plaats` its topic/partition/offset; `bron` the ce_source;
    `tijd` when it came in, as ce_time has it; `partition` that of the input.
    """

    id: UUID
    plaats: str
    partition: int
    bron: str
    tijd: str


@dataclass(frozen=True, slots=True)
class Zending:
    """What is sent to someone: a bericht as it came in, or an answer of ours.

    `soort` is the ce_type, `zender` a code or `GGK`, `sha256` that of `value` in hex.
    `kenmerk` is what the sender of the input named it; `antwoord_op` the message id
    of the input, on an answer only.
    """

    id: UUID
    soort: str
    zender: str
    value: bytes = field(repr=False)
    sha256: str
    kenmerk: str | None = None
    antwoord_op: UUID | None = None


def message_id(topic: str, partition: int, offset: int) -> UUID:
    """Give the id of what came in at that place: a UUID of version 5.

    The same place gives the same id in every process and at every replay.
    """
    # No topic of Kafka has a slash in its name, so no two places are written alike.
    return uuid5(_NAMESPACE, f"{topic}/{partition}/{offset}")


def antwoord_id(bericht_id: UUID) -> UUID:
    """Give the id of the answer to a bericht; each has at most one."""
    return uuid5(bericht_id, "antwoord")


def moment_of(timestamp: int) -> datetime:
    """Give the moment of a timestamp of the log, in UTC.

    `timestamp` is in milliseconds since 1970. What no clock of a broker says becomes
    the nearest moment that can be written.
    """
    return _EPOCH + timedelta(milliseconds=min(max(timestamp, 0), _LAST))


def build_stempel(place: tuple[str, int, int], moment: datetime, bron: str) -> Stempel:
    """Make the postmark of what came in at (topic, partition, offset) at `moment`.

    `moment` is in UTC.
    """
    topic, partition, offset = place
    return Stempel(
        id=message_id(topic, partition, offset),
        plaats=f"{topic}/{partition}/{offset}",
        partition=partition,
        bron=bron,
        tijd=moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def deliver(zending: Zending, ontvanger: Partij, stempel: Stempel) -> Outgoing:
    """Make the record that goes to `ontvanger`, with the headers of a delivery.

    Its key keeps the order that matters there: by sender on a topic of one party, by
    receiver on a topic that many share.
    """
    headers: Headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(zending.id).encode()),
        ("ce_source", stempel.bron.encode()),
        ("ce_type", zending.soort.encode()),
        ("ce_time", stempel.tijd.encode()),
        ("ce_zender", zending.zender.encode()),
        ("ce_ontvanger", ontvanger.code.encode()),
        ("ce_sha256", zending.sha256.encode()),
        ("content-type", b"application/xml"),
    )
    if zending.kenmerk is not None:
        headers += (("kenmerk", zending.kenmerk.encode()),)
    if zending.antwoord_op is not None:
        headers += (("ce_inreplyto", str(zending.antwoord_op).encode()),)
    key = ontvanger.code if ontvanger.sleutel == "ontvanger" else zending.zender
    return Outgoing(ontvanger.topic, key.encode(), zending.value, headers)

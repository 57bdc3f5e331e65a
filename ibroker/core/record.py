"""Records of the log as values: what comes in, what goes out, and where it stands.

Their text says where they stand and nothing of what is in them: a traceback holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ibroker.core.state import Change

__all__ = [
    "Handled",
    "Headers",
    "Outgoing",
    "Position",
    "Record",
    "Tombstone",
    "Unreadable",
    "Written",
]

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the log holds it.

    `timestamp` is in milliseconds since 1970; on `ggk.aanlevering` it is the broker's
    own time of arrival (LogAppendTime), so the sender has no say in it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: Headers = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One offset of the log whose record no one can decode.

    `raw` is the record batch that holds it, as the log has it, or None where another
    offset of the same batch already carries it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    raw: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written. Without a partition its key decides (murmur2)."""

    topic: str
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record to be written without a value: a compacted topic forgets its key."""

    topic: str
    key: bytes = field(repr=False)
    partition: int
    value: None = field(default=None, init=False)
    headers: Headers = field(default=(), repr=False)


Written = Outgoing | Tombstone
"""Either kind of record that can be written."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record that was written stands."""

    topic: str
    partition: int
    offset: int


class Handled(Protocol):
    """What a step makes of one record.

    First `outgoing` is written; then, in the same transaction, what `follow_up` makes
    of the places where those came to stand, in the order of `outgoing`; and `changes`
    of the state, where the steps have any. The next record sees them.
    """

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        """What is written first."""
        ...

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changes in the state of the partition."""
        ...

    def follow_up(self, positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """What is written once the places of `outgoing` are known."""
        ...

"""Steps that carry a record on, simple enough to count what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from ibroker.core.record import Outgoing, Position, Record, Unreadable
from ibroker.core.state import Change
from tests.kafka.logs import KafkaUnderTest


@dataclass(frozen=True, slots=True)
class Carried:
    """The record itself, and a note of where it came to stand."""

    outgoing: tuple[Outgoing, ...]
    notes: str
    offset: int
    changes: tuple[Change, ...] = ()

    def follow_up(self, positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """One note: the input's offset, and topic and offset of what was written."""
        (place,) = positions
        note = f"{self.offset}>{place.topic.rpartition('.')[2]}/{place.offset}"
        return (Outgoing(self.notes, b"n", note.encode(), (), 0),)


class Relay:
    """Carries to `uit`, and sets aside to `apart`; topics begin with `prefix`."""

    def __init__(self, prefix: str = "", *, crash_at: bytes | None = None) -> None:
        self._prefix = prefix
        self._crash_at = crash_at

    def step(self, record: Record) -> Carried:
        """Carry a record on."""
        if record.value == self._crash_at:
            raise ZeroDivisionError
        return self._carry("uit", record.offset, record.value or b"")

    def set_aside_unreadable(self, lost: Unreadable) -> Carried:
        """Set the batch aside."""
        return self._carry("apart", lost.offset, lost.raw or b"")

    def set_aside_refused(self, record: Record) -> Carried:
        """Set a record aside, without what the log did not take."""
        return self._carry("apart", record.offset, b"")

    def _carry(self, topic: str, offset: int, value: bytes) -> Carried:
        out = Outgoing(self._prefix + topic, b"k", value, (("h", b"1"),), 0)
        return Carried((out,), self._prefix + "notes", offset)


def out(log: KafkaUnderTest, value: bytes) -> Outgoing:
    """A record for `uit`."""
    return Outgoing(log.prefix + "uit", b"k", value, (), 0)

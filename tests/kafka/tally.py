"""Steps that count: what they write says how often they saw what came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ibroker.core.record import Outgoing, Position, Record, Unreadable
from ibroker.core.state import Change, State
from ibroker.kafka.restoring import Keeper

IN, OUT, STAND = "in", "uit", "stand"
TOPICS = [OUT, STAND]
SEEN, TIMER = b"n:", b"t:"


@dataclass(frozen=True, slots=True)
class Counted:
    """A line for `uit`, and what changes."""

    outgoing: tuple[Outgoing, ...]
    changes: tuple[Change, ...] = ()

    def follow_up(self, positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """Nothing."""
        del positions
        return ()


class Tally:
    """Counts each value; `weg:a` forgets `a`, `op:<ms>:a` sets a timer for it.

    What it writes is `a=3`. Where the value is long, so is what it writes.
    """

    def __init__(self, prefix: str = "", *, crash_at: bytes | None = None) -> None:
        self._uit = prefix + OUT
        self._crash_at = crash_at

    def step(self, record: Record, state: State) -> Counted:
        """Count a record."""
        value = record.value or b""
        if value == self._crash_at:
            raise ZeroDivisionError
        command, _, rest = value.partition(b":")
        if command == b"weg":
            return self._say(value, Change(SEEN + rest, None))
        if command == b"op":
            moment, _, name = rest.partition(b":")
            return self._say(value, Change(timer(int(moment)) + name, b"x"))
        name = value[:8]
        seen = int(state.get(SEEN + name) or b"0") + 1
        return self._say(b"%s=%d" % (value, seen), Change(SEEN + name, b"%d" % seen))

    def set_aside_unreadable(self, lost: Unreadable) -> Counted:
        """Count it as one that is lost."""
        return self._say(b"verloren", Change(b"verloren", b"%d" % lost.offset))

    def set_aside_refused(self, record: Record) -> Counted:
        """Say that it was refused."""
        return self._say(b"geweigerd", Change(b"geweigerd", b"%d" % record.offset))

    def _say(self, line: bytes, change: Change) -> Counted:
        return Counted((Outgoing(self._uit, b"k", line, (), 0),), (change,))


class WakingTally(Tally):
    """Says as well that a timer went off, once."""

    def wake(self, state: State, moment: int) -> Iterator[Counted]:
        """The timers that are due."""
        for key, _ in state.scan(TIMER, timer(moment)):
            yield self._say(b"wakker:" + key[len(timer(0)) :], Change(key, None))


def timer(moment: int) -> bytes:
    """Where the timers of a moment begin."""
    return TIMER + moment.to_bytes(8)


class Clock:
    """A clock that a test moves; its call gives milliseconds since 1970."""

    def __init__(self, now: int = 1_790_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        """The moment."""
        return self.now


async def state_of(keeper: Keeper, partition: int = 0) -> dict[bytes, bytes]:
    """All that the state of a partition holds, once it is restored."""
    async with keeper.open(partition, lambda: True) as kept:
        return dict(kept.store.scan(b""))


def lines(name: bytes, times: int, begin: int = 1) -> list[bytes]:
    """What is written for so many of a value."""
    return [b"%s=%d" % (name, n) for n in range(begin, begin + times)]

"""The changes of a batch, laid over the store: what is not committed yet."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from ibroker.core.record import Outgoing, Tombstone, Written
from ibroker.core.state import Change, State, end_of
from ibroker.kafka.store import Changes

__all__ = ["Overlay"]

_NOT_HERE = b"\x00nothing"  # told by identity: any bytes may be a value


class Overlay:
    """A `State`: the store, as if the changes were in it.

    They never reach the disk from here but by way of `changes`, after their commit.
    """

    def __init__(self, store: State) -> None:
        self._store = store
        self._get = store.get
        self._changes: dict[bytes, bytes | None] = {}
        self._keys: list[bytes] = []  # the same in order, kept once someone scans
        self._ordered = False

    @property
    def changes(self) -> Changes:
        """What was laid, the last change of each key."""
        return self._changes

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        value = self._changes.get(key, _NOT_HERE)
        return self._get(key) if value is _NOT_HERE else value

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """See `State.scan`."""
        changes = self._between(prefix, until)
        stored = self._store.scan(prefix, until)
        return _merge(stored, changes) if changes else stored

    def lay(self, changes: Iterable[Change]) -> None:
        """Lay changes over what is there."""
        for one in changes:
            if not one.key:
                raise ValueError("a key of no bytes")
            if self._ordered and one.key not in self._changes:
                insort(self._keys, one.key)
            self._changes[one.key] = one.value

    def clear(self) -> None:
        """Take off what was laid."""
        self._changes = {}
        self._keys, self._ordered = [], False

    def records(self, topic: str, partition: int) -> list[Written]:
        """What was laid, as records of a changelog."""
        return [
            Tombstone(topic, key, partition)
            if value is None
            else Outgoing(topic, key, value, (), partition)
            for key, value in self._changes.items()
        ]

    def _between(
        self, prefix: bytes, until: bytes | None
    ) -> Sequence[tuple[bytes, bytes | None]]:
        if not self._changes:
            return ()
        if not self._ordered:
            self._keys, self._ordered = sorted(self._changes), True
        keys, end = self._keys, end_of(prefix)
        last = len(keys) if end is None else bisect_left(keys, end)
        if until is not None:
            last = min(last, bisect_left(keys, until))
        first = bisect_left(keys, prefix)
        return [(key, self._changes[key]) for key in keys[first:last]]


def _merge(
    stored: Iterator[tuple[bytes, bytes]],
    changes: Iterable[tuple[bytes, bytes | None]],
) -> Iterator[tuple[bytes, bytes]]:
    """Both in order; of a key that is in both, the change counts."""
    held = next(stored, None)
    for key, value in changes:
        while held is not None and held[0] < key:
            yield held
            held = next(stored, None)
        if held is not None and held[0] == key:
            held = next(stored, None)
        if value is not None:
            yield key, value
    while held is not None:
        yield held
        held = next(stored, None)

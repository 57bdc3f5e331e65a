"""State in memory: the twin of the disk and of the changelog on Kafka."""

from bisect import bisect_left, insort
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager

from ibroker.core.state import end_of
from ibroker.errors import DeliveryFailed
from ibroker.kafka.changelog import Changelog, Extent, Portion, check_counts
from ibroker.kafka.memory import MemoryLog
from ibroker.kafka.store import Changes, Mark

__all__ = ["MemoryChangelogs", "MemoryStore", "MemoryStores"]

_PORTION = 100  # records


class MemoryStore:
    """The store of a partition; it is a `Store`."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []
        self._mark: Mark | None = None

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        return self._values.get(key)

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """See `State.scan`."""
        keys, end = self._keys, end_of(prefix)
        last = len(keys) if end is None else bisect_left(keys, end)
        if until is not None:
            last = min(last, bisect_left(keys, until))
        first = bisect_left(keys, prefix)
        return iter([(key, self._values[key]) for key in keys[first:last]])

    @property
    def size(self) -> int:
        """How many bytes of keys and values it holds."""
        return sum(len(key) + len(value) for key, value in self._values.items())

    def mark(self) -> Mark | None:
        """See `Store.mark`."""
        return self._mark

    def write(self, changes: Changes, mark: Mark) -> None:
        """See `Store.write`."""
        for key, value in changes.items():
            if value is not None:
                if key not in self._values:
                    insort(self._keys, key)
                self._values[key] = value
            elif key in self._values:
                del self._values[key]
                del self._keys[bisect_left(self._keys, key)]
        self._mark = mark


class MemoryStores:
    """What a machine keeps between two processes; it is a `Stores`.

    One that is held is not waited for: another is made.
    """

    def __init__(self) -> None:
        self.kept: dict[int, MemoryStore] = {}
        self._held: set[int] = set()

    @asynccontextmanager
    async def open(
        self, partition: int, *, fresh: bool = False
    ) -> AsyncIterator[MemoryStore]:
        """See `Stores.open`."""
        if partition in self._held:
            yield MemoryStore()
            return
        if fresh:
            self.kept.pop(partition, None)
        self._held.add(partition)
        try:
            yield self.kept.setdefault(partition, MemoryStore())
        finally:
            self._held.discard(partition)

    def size(self) -> int:
        """See `Stores.size`."""
        return sum(self.kept[partition].size for partition in self._held)


class MemoryChangelogs:
    """Opens changelogs of the log in memory; its call is a `Changelogs`.

    `source` is the topic of the input.
    """

    def __init__(self, log: MemoryLog, topic: str, source: str) -> None:
        self._log = log
        self._topic = topic
        self._source = source

    @asynccontextmanager
    async def __call__(self, partition: int) -> AsyncIterator[Changelog]:
        """Open the changelog of a partition."""
        log, topic, source = self._log, self._topic, self._source
        check_counts(topic, log.partitions(topic), source, log.partitions(source))
        yield _MemoryChangelog(log, topic, partition)


class _MemoryChangelog:
    def __init__(self, log: MemoryLog, topic: str, partition: int) -> None:
        self._log = log
        self._topic = topic
        self._partition = partition

    async def extent(self) -> Extent:
        log, topic = self._log, self._topic
        return Extent(log.identity(topic), 0, log.end(topic, self._partition))

    async def read(self, begin: int, end: int) -> AsyncGenerator[Portion, None]:
        if self._log.is_open(self._topic, self._partition):
            raise DeliveryFailed(f"{self._topic}: a transaction is open")
        found = self._log.read(self._topic, self._partition, begin)
        for at in range(0, len(found), _PORTION):
            part = found[at : at + _PORTION]
            yield Portion(
                {one.key or b"": one.value for one in part},
                len(part),
                part[-1].offset + 1,
            )
        yield Portion({}, 0, end)

"""The log in memory: the twin of Kafka that knows transactions, aborts and fencing.

It keeps what Kafka promises and the loop relies on, and passes the same tests. A
transaction ends with a marker that takes an offset of its own, as in Kafka.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ibroker.core.record import Outgoing, Position, Record, Written
from ibroker.errors import DeliveryFailed, Fenced, RecordRefused, TopicMissing

__all__ = ["MemoryLog", "MemoryTransaction"]

_TIME = 1_790_000_000_000  # ms; the log's own clock, one tick a record


@dataclass(slots=True)
class _Entry:
    """A record of a partition; without `record` it is a marker."""

    record: Record | None
    state: str  # open, committed or aborted


@dataclass(slots=True)
class _Owner:
    epoch: int = -1
    written: list[_Entry] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    offsets: dict[tuple[str, str, int], int] = field(default_factory=dict)


class MemoryLog:
    """Topics with partitions, and what groups have committed on them.

    A topic may bound the bytes of a value, as max.message.bytes does.
    """

    def __init__(self, topics: Mapping[str, int]) -> None:
        self._partitions: dict[tuple[str, int], list[_Entry]] = {}
        self._counts: dict[str, int] = {}
        self._max_bytes: dict[str, int] = {}
        self._made: dict[str, int] = {}
        self._owners: dict[str, _Owner] = {}
        self._offsets: dict[tuple[str, str, int], int] = {}
        for topic, partitions in topics.items():
            self.add(topic, partitions)

    def add(self, topic: str, partitions: int, max_bytes: int | None = None) -> None:
        """Make a topic."""
        self._made[topic] = self._made.get(topic, 0) + 1
        self._counts[topic] = partitions
        for number in range(partitions):
            self._partitions[topic, number] = []
        if max_bytes is not None:
            self._max_bytes[topic] = max_bytes

    def has(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return topic in self._counts

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises TopicMissing."""
        try:
            return self._counts[topic]
        except KeyError:
            raise TopicMissing(topic) from None

    def identity(self, topic: str) -> str:
        """What tells this topic from one of the same name that was there before."""
        self.partitions(topic)
        return f"{id(self)}/{self._made[topic]}"

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record of that partition gets."""
        return len(self._partitions[topic, partition])

    def is_open(self, topic: str, partition: int) -> bool:
        """Whether a transaction has written to that partition and is still open."""
        return any(one.state == "open" for one in self._partitions[topic, partition])

    def append(self, outgoing: Outgoing) -> Position:
        """Write a record outside any transaction, as a sender does."""
        position, entry = self._append(outgoing)
        entry.state = "committed"
        return position

    def read(
        self, topic: str, partition: int, offset: int = 0, *, committed: bool = True
    ) -> Sequence[Record]:
        """The records from `offset` on; with `committed` what a reader may see.

        Such a reader sees nothing past the first transaction that is still open.
        """
        self.partitions(topic)
        seen: list[Record] = []
        for entry in self._partitions[topic, partition][offset:]:
            if committed and entry.state == "open":
                break
            if entry.record is None or (committed and entry.state == "aborted"):
                continue
            seen.append(entry.record)
        return seen

    def committed(self, group: str, topic: str, partition: int) -> int | None:
        """Where the group goes on in that partition, None where it never began."""
        return self._offsets.get((group, topic, partition))

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Commit outside any transaction, as a plain consumer does."""
        self._offsets[group, topic, partition] = offset

    def own(self, transactional_id: str) -> int:
        """Become the owner of the id: fences any former one and aborts its work."""
        owner = self._owners.setdefault(transactional_id, _Owner())
        self._end(owner, "aborted")
        owner.epoch += 1
        return owner.epoch

    def begin(self, transactional_id: str, epoch: int) -> "MemoryTransaction":
        """Begin a transaction as the owner that `own` made."""
        self._check(transactional_id, epoch)
        return MemoryTransaction(self, transactional_id, epoch)

    def _check(self, transactional_id: str, epoch: int) -> _Owner:
        owner = self._owners[transactional_id]
        if owner.epoch != epoch:
            raise Fenced(transactional_id)
        return owner

    def _append(self, outgoing: Written) -> tuple[Position, _Entry]:
        count = self.partitions(outgoing.topic)
        limit = self._max_bytes.get(outgoing.topic)
        if limit is not None and len(outgoing.value or b"") > limit:
            raise RecordRefused(f"{outgoing.topic}: larger than max.message.bytes")
        number = outgoing.partition
        if number is None:
            number = sum(outgoing.key) % count
        if number >= count:
            raise TopicMissing(f"{outgoing.topic}, partition {number}")
        entries = self._partitions[outgoing.topic, number]
        position = Position(outgoing.topic, number, len(entries))
        entry = _Entry(
            Record(
                outgoing.topic,
                number,
                position.offset,
                _TIME + position.offset,
                outgoing.key,
                outgoing.value,
                outgoing.headers,
            ),
            "open",
        )
        entries.append(entry)
        return position, entry

    def _end(self, owner: _Owner, state: str) -> None:
        for entry in owner.written:
            entry.state = state
        for place in owner.touched:
            self._partitions[place].append(_Entry(None, state))
        if state == "committed":
            self._offsets.update(owner.offsets)
        owner.written, owner.touched, owner.offsets = [], set(), {}


class MemoryTransaction:
    """An open transaction of the log in memory."""

    def __init__(self, log: MemoryLog, transactional_id: str, epoch: int) -> None:
        self._log = log
        self._id = transactional_id
        self._epoch = epoch
        self._failed = False

    def send(self, outgoing: Iterable[Written]) -> Sequence[Position]:
        """Write records that no reader may see yet."""
        owner = self._log._check(self._id, self._epoch)
        positions: list[Position] = []
        try:
            for one in outgoing:
                position, entry = self._log._append(one)
                owner.written.append(entry)
                owner.touched.add((position.topic, position.partition))
                positions.append(position)
        except RecordRefused:
            self._failed = True
            raise
        return positions

    def commit(self, offsets: dict[tuple[str, str, int], int]) -> None:
        """Make it visible, and the offsets by (group, topic, partition)."""
        owner = self._log._check(self._id, self._epoch)
        if self._failed:
            raise DeliveryFailed(self._id)
        owner.offsets.update(offsets)
        self._log._end(owner, "committed")

    def abort(self) -> None:
        """Undo it; nothing happens where another is the owner by now."""
        owner = self._log._owners[self._id]
        if owner.epoch == self._epoch:
            self._log._end(owner, "aborted")

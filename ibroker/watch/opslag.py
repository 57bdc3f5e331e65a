"""The port of what the watch keeps, and forgets only when it is told to."""

from collections.abc import Iterable
from typing import Protocol

__all__ = ["Tabel"]


class Tabel(Protocol):
    """What is kept, by partition and key."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Give the value of a key, or None."""
        ...

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keep a value; None forgets the key."""
        ...

    def scan(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """Give all that is kept of a partition; nothing may change meanwhile."""
        ...

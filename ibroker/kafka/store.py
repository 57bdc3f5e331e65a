"""What keeps the state of a partition at hand. A disk and its in-memory twin both do.

A store is a copy: what counts is the changelog. Its mark says of which changelog, and
up to where, so that what is missing can be read there.
"""

import struct
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from ibroker.core.state import State

__all__ = ["Changes", "Mark", "Store", "Stores"]

Changes = Mapping[bytes, bytes | None]
"""What keys hold from now on; None where a key is gone."""

_NUMBERS = struct.Struct(">qq")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a store has come.

    It holds all that stands in the changelog `log` before `offset`, and at `moment`, in
    milliseconds since 1970, that was the whole of it.
    """

    log: str
    offset: int
    moment: int

    def encode(self) -> bytes:
        """As bytes, for a disk."""
        return _NUMBERS.pack(self.offset, self.moment) + self.log.encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """From bytes. Raises ValueError where they are none of ours."""
        try:
            offset, moment = _NUMBERS.unpack_from(data)
        except struct.error as error:
            raise ValueError("no mark") from error
        return cls(data[_NUMBERS.size :].decode(), offset, moment)


class Store(State, Protocol):
    """The state of a partition as it was committed, and nothing that was not.

    Raises StateDamaged where it cannot be read, StateError where it cannot be written.
    """

    def mark(self) -> Mark | None:
        """How far it has come, None where it is empty."""
        ...

    def write(self, changes: Changes, mark: Mark) -> None:
        """Write all of it or nothing, whatever happens meanwhile."""
        ...


class Stores(Protocol):
    """Where the stores of this process are."""

    def open(
        self, partition: int, *, fresh: bool = False
    ) -> AbstractAsyncContextManager[Store]:
        """The store of a partition, for one at a time; with `fresh` an empty one.

        One that cannot be read is empty too.
        """
        ...

    def size(self) -> int:
        """How many bytes those that are open take. It may be asked in any thread."""
        ...

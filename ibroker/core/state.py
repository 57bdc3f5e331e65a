"""Keyed state: what a step may know of what came before, and how it changes.

A step reads the state of its own partition and says what must change as values. The
loop keeps them: in the same transaction as what the step writes, so that state never
says anything that did not happen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Change", "State", "end_of"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a key is to hold from now on; without a value it is gone.

    A key has at least one byte, and the first is no zero byte: such keys are the
    loop's own. Both go to a topic as they are: a bericht's own values
    are in neither, unless hidden.
    """

    key: bytes = field(repr=False)
    value: bytes | None = field(repr=False)


class State(Protocol):
    """The state of one partition, with all changes that were made up to now.

    Those of records before this one are in it, also where they are not committed yet.
    """

    def get(self, key: bytes) -> bytes | None:
        """What the key holds, None where nothing."""
        ...

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """The keys that begin with `prefix` and come before `until`, in order.

        What they hold is that of the moment when the scan began. Keys are compared
        byte by byte.
        """
        ...


def end_of(prefix: bytes) -> bytes | None:
    """The first key after all that begin with `prefix`; None where there is none."""
    head = prefix.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1]) if head else None

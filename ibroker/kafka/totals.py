"""How much of each kind a partition ever came to, kept in its state.

They change in the transaction of what they count, and move with the partition. So they
are exact through any crash or change of owner, where what a process counts in memory
goes with it. Each kind has a key of its own: a batch writes those that it came to.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ibroker.core.record import Handled
from ibroker.core.state import Change, State
from ibroker.kafka.meter import Kind

__all__ = ["Totals"]

_PREFIX: Final = b"\x00u:"  # steps have no key that begins with a zero byte
_SEPARATOR: Final = "/"


class Totals:
    """The totals of one partition; `kind_of` says of what kind something is."""

    def __init__(self, state: State, kind_of: Callable[[Handled], Kind]) -> None:
        self._kind_of = kind_of
        self._kept = {_kind_of(key): int(value) for key, value in state.scan(_PREFIX)}
        self._next: Mapping[Kind, int] = {}

    @property
    def kept(self) -> Mapping[Kind, int]:
        """A copy of what is committed."""
        return dict(self._kept)

    def count(self, handled: Iterable[Handled]) -> list[Change]:
        """Give what changes by what was just made; it counts once it is kept."""
        counted = Counter(map(self._kind_of, handled))
        self._next = {
            kind: self._kept.get(kind, 0) + count for kind, count in counted.items()
        }
        return [Change(_key_of(kind), b"%d" % n) for kind, n in self._next.items()]

    def keep(self) -> None:
        """What was counted last is committed."""
        self._kept.update(self._next)
        self._next = {}


def _key_of(kind: Kind) -> bytes:
    uitkomst, berichttype = kind
    return _PREFIX + f"{uitkomst}{_SEPARATOR}{berichttype or ''}".encode()


def _kind_of(key: bytes) -> Kind:
    uitkomst, _, berichttype = key[len(_PREFIX) :].decode().partition(_SEPARATOR)
    return uitkomst, berichttype or None

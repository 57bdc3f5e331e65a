"""What the Wlz stream keeps in the state of a partition, and how it changes.

By the first byte of a key:

- `p` and the pseudonym of a person: his stand;
- `d`, a day, and that pseudonym: on that day something becomes due for him;
- `v`: by which table and key, and in which month, the stands were last gone through,
  and how far that is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ibroker.core.state import Change, State
from ibroker.core.wlz.feit import Persoon
from ibroker.core.wlz.persoon import Persoonssleutels
from ibroker.core.wlz.reductie import find_stand
from ibroker.core.wlz.stand import Stand
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.core.wlz.weging import next_moment

__all__ = [
    "Bekend",
    "due_on",
    "find_bekend",
    "holds_stand",
    "list_due",
    "list_standen",
    "read_stand",
]

_STAND: Final = b"p"
_DUE: Final = b"d"
_DAY: Final = 10  # bytes of an ISO date
_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Bekend:
    """What is known of a person: his stand, or None, and the key that it belongs under.

    `vroeger` are keys that it is under and may be no longer: those of former secrets.
    """

    key: bytes
    stand: Stand | None
    vroeger: tuple[bytes, ...]

    def follow(self, after: Stand | None, tabel: Wlztabel) -> tuple[Change, ...]:
        """Give the changes that put `after` in its place, with the day it is due.

        Where `after` is None nothing is left of the person.
        """
        changes: list[Change] = []
        before = next_moment(self.stand, tabel) if self.stand is not None else None
        gone = self.vroeger
        if after is None and self.stand is not None:
            gone = (self.key, *gone)
        for key in gone:
            changes += (Change(_STAND + key, None), *_undue(key, before))
        if after is None or (after is self.stand and not self.vroeger):
            return tuple(changes)
        changes.append(Change(_STAND + self.key, encode_stand(after)))
        due = next_moment(after, tabel)
        if due == before and not self.vroeger:
            return tuple(changes)
        if not self.vroeger:
            changes += _undue(self.key, before)
        return (*changes, *due_on(self.key, due))


def find_bekend(persoon: Persoon, sleutels: Persoonssleutels, state: State) -> Bekend:
    """Look a person up. Raises SleutelError, or FeitError for an unreadable stand."""
    key, stand, moves = find_stand(
        persoon, sleutels, lambda one: state.get(_STAND + one)
    )
    return Bekend(key, stand, tuple([former for former, _ in moves]))


def holds_stand(key: bytes) -> bool:
    """Whether what is under this key of the state is a stand."""
    return key.startswith(_STAND)


def read_stand(key: bytes, state: State) -> Stand | None:
    """Give the stand under a key. Raises FeitError where it is unreadable."""
    data = state.get(_STAND + key)
    return None if data is None else decode_stand(data)


def list_standen(after: bytes, state: State) -> Iterator[bytes]:
    """Give the keys of the stands that come after this one, in order.

    They are looked for by their first byte: no scan is of all stands at once.
    """
    for first in range(after[0] if after else 0, _BYTES):
        for key, _ in state.scan(_STAND + bytes([first])):
            one = key[len(_STAND) :]
            if one > after:
                yield one


def list_due(today: date, state: State) -> Iterator[tuple[bytes, Change]]:
    """Give the keys of the stands that are due, and what takes each from the list."""
    until = _DUE + (today + timedelta(days=1)).isoformat().encode()
    for key, _ in state.scan(_DUE, until):
        yield key[len(_DUE) + _DAY :], Change(key, None)


def due_on(key: bytes, day: date | None) -> tuple[Change, ...]:
    """Give what puts a stand on the list for a day."""
    return () if day is None else (Change(_DUE + day.isoformat().encode() + key, b"1"),)


def _undue(key: bytes, day: date | None) -> tuple[Change, ...]:
    if day is None:
        return ()
    return (Change(_DUE + day.isoformat().encode() + key, None),)

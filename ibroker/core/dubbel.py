"""What was accepted before: the same bericht again, or another one under its name.

TR056 makes the identificatie of a bericht unique for its sender and type. The router
remembers by that name what it delivered, and nothing else: what was refused may be
sent again, and is judged again. The standard has TR056 for no retour, since that
bears the name of its heenbericht, given by another: a retour is known by its bytes.

An entry of the state is 35 bytes, and one of 19 that tells when it may go:

    n + 16 bytes of a keyed hash                day + 16 bytes of the bericht's SHA-256
    d + day + the 16 bytes of the first         nothing

A day is the number of days since 1970, in two bytes, so that keys are in their order.
The hash is keyed as a sender may put anything in a name, also what is of a client.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.fout import Fout
from ibroker.core.header import Header
from ibroker.core.record import Outgoing, Position
from ibroker.core.state import Change, State
from ibroker.errors import RuleTableError

__all__ = [
    "Eerder",
    "Kenteken",
    "Opgeruimd",
    "Uniek",
    "clear_away",
    "day_of",
    "make_kenteken",
    "parse_uniek",
    "remember",
    "seen_before",
    "verlopen",
]

_NAMEN: Final = b"n"
_DAGEN: Final = b"d"
_BYTES: Final = 16  # of a hash: no two berichten of a thousand years agree in so many
_DAY_BYTES: Final = 2
_BEGIN: Final = len(_DAGEN)
_NAAM: Final = _BEGIN + _DAY_BYTES  # where in its key of the day a naam begins
_LAST_DAY: Final = 0xFFFF
_MS_PER_DAY: Final = 86_400_000
_STEP: Final = 500  # entries that go at once
_SEPARATOR: Final = "\0"  # stands in no XML and no code


class Eerder(Enum):
    """What is known of a bericht from what was accepted before."""

    NIEUW = auto()
    """Nothing was accepted under its name within the window."""
    DUBBEL = auto()
    """These same bytes were."""
    ANDER = auto()
    """Other bytes were."""


@dataclass(frozen=True, slots=True)
class Uniek:
    """The rule that a name is unique, and the types that it is for.

    `retourcodes` gives by type what the answer says; `plaats` is the path of the name.
    """

    regel: str
    plaats: str
    tekst: str
    retourcodes: Mapping[str, str]

    def name_of(self, berichttype: Berichttype, header: Header) -> str | None:
        """Give the name that must be unique; None for a type that has none."""
        return header.identificatie if berichttype.type in self.retourcodes else None

    def fout(self, berichttype: Berichttype) -> Fout:
        """Say of a bericht of one of its types that its name was used before."""
        code = self.retourcodes[berichttype.type]
        return Fout(self.regel, code, (self.plaats,), None, self.tekst)


@dataclass(frozen=True, slots=True)
class Kenteken:
    """By what a bericht is known: `naam` and `digest` of 16 bytes, and its day."""

    naam: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    dag: int


def parse_uniek(table: Mapping[str, Any], catalogue: Catalogue) -> Uniek:
    """Build the rule from the parsed regels.toml.

    Raises RuleTableError where a row is missing, or names a type that is not there, is
    a retour, or stands twice.
    """
    retourcodes: dict[str, str] = {}
    try:
        row = table["uniek"]
        for part in row["antwoord"]:
            for name in part["berichten"]:
                known = catalogue.by_type.get(name)
                if known is None or known.is_retour or name in retourcodes:
                    raise RuleTableError(f"uniek: {name} is unknown, retour or twice")
                retourcodes[name] = part["retourcode"]
        return Uniek(
            regel=row["id"],
            plaats=row["plaats"],
            tekst=table["teksten"][row["id"]],
            retourcodes=MappingProxyType(retourcodes),
        )
    except KeyError as error:
        raise RuleTableError(f"uniek: {error} is missing") from error


def day_of(timestamp: int) -> int:
    """Give the day of a timestamp of the log, in milliseconds, as entries bear it."""
    return min(max(timestamp // _MS_PER_DAY, 0), _LAST_DAY)


def make_kenteken(
    afkomst: tuple[str, str],
    identificatie: str | None,
    digest: bytes,
    sleutel: bytes,
    timestamp: int,
) -> Kenteken:
    """Give by what a bericht is known.

    `afkomst` is (zender, type); without an identificatie the bytes themselves are the
    name. `digest` is the SHA-256 of the bericht, `sleutel` hides what a name holds;
    `timestamp` is that of its record in the log.
    """
    own = digest.hex() if identificatie is None else f"={identificatie}"
    message = _SEPARATOR.join((*afkomst, own)).encode()
    naam = hmac.digest(sleutel, message, "sha256")[:_BYTES]
    return Kenteken(naam, digest[:_BYTES], day_of(timestamp))


def seen_before(kenteken: Kenteken, state: State, venster: int) -> Eerder:
    """Say what was accepted under that name, in the last `venster` days.

    A clock of a broker that went back makes no entry older.
    """
    entry = state.get(_NAMEN + kenteken.naam)
    if entry is None or kenteken.dag - _day_in(entry) > venster:
        return Eerder.NIEUW
    same = hmac.compare_digest(entry[_DAY_BYTES:], kenteken.digest)
    return Eerder.DUBBEL if same else Eerder.ANDER


def remember(kenteken: Kenteken) -> tuple[Change, ...]:
    """Give what the state must hold once the bericht is delivered."""
    day = _bytes_of(kenteken.dag)
    return (
        Change(_NAMEN + kenteken.naam, day + kenteken.digest),
        Change(_DAGEN + day + kenteken.naam, b""),
    )


def verlopen(
    state: State, timestamp: int, venster: int, most: int
) -> tuple[Change, ...]:
    """Give the changes that clear away what is older than the window at that time.

    Of the oldest entries no more than `most`: what is left goes at a next time. What
    was accepted anew since then stays.
    """
    first_kept = day_of(timestamp) - venster
    if first_kept <= 0:
        return ()
    until = _DAGEN + _bytes_of(first_kept)
    changes: list[Change] = []
    for key, _ in islice(state.scan(_DAGEN, until), most):
        changes.append(Change(key, None))
        day, naam = key[_BEGIN:_NAAM], key[_NAAM:]
        entry = state.get(_NAMEN + naam)
        if entry is not None and entry.startswith(day):
            changes.append(Change(_NAMEN + naam, None))
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class Opgeruimd:
    """What a step of clearing away comes to: changes of the state, and nothing else."""

    changes: tuple[Change, ...]
    outgoing: tuple[Outgoing, ...] = ()

    def follow_up(self, _positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """Nothing is told of it: no bericht is concerned."""
        return ()


def clear_away(state: State, timestamp: int, venster: int) -> Iterator[Opgeruimd]:
    """Clear away what is older than the window, in steps that each fit in a batch.

    Each step looks at the state anew, so the changes of the one before must be in it.
    """
    while changes := verlopen(state, timestamp, venster, _STEP):
        yield Opgeruimd(changes)


def _bytes_of(day: int) -> bytes:
    return day.to_bytes(_DAY_BYTES, "big")


def _day_in(entry: bytes) -> int:
    return int.from_bytes(entry[:_DAY_BYTES], "big")

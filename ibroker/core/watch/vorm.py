"""The one form of what the watch keeps and sends to itself, as bytes.

MessagePack: a clock takes some 80 bytes. The number before it says which form it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import DecodeError, ValidationError
from msgspec.msgpack import Decoder, Encoder

from ibroker.core.watch.doorlooptijd import Spreiding
from ibroker.core.watch.draad import Antwoord, Draad, Draadfeit, Vraag
from ibroker.core.watch.week import Weektelling
from ibroker.errors import GebeurtenisError

__all__ = [
    "Snoei",
    "decode_bundel",
    "decode_draad",
    "decode_post",
    "decode_spreiding",
    "decode_telling",
    "encode_bundel",
    "encode_draad",
    "encode_post",
    "encode_spreiding",
    "encode_telling",
    "split_weeksleutel",
    "weeksleutel",
]

_VERSIE: Final = 1
_VRAAG, _ANTWOORD, _SNOEI = 1, 2, 3
_Feitvorm = tuple[int, bytes, str, str, str]  # of a question: all but its soort
_encode: Final = Encoder().encode


@dataclass(frozen=True, slots=True)
class Snoei:
    """Forget what came in before a moment (ms): time, told to a draad as a record."""

    voor: int


_decode_draad: Final = Decoder(
    tuple[int, str, list[_Feitvorm], list[tuple[int, bytes]]]
).decode
_decode_bundel: Final = Decoder(tuple[int, list[tuple[bytes, bytes]]]).decode
_decode_post: Final = Decoder(list[Any]).decode
_decode_telling: Final = Decoder(tuple[int, int, dict[str, int], dict[str, int]]).decode
_decode_spreiding: Final = Decoder(tuple[int, int, dict[int, int]]).decode


def encode_draad(draad: Draad) -> bytes:
    """Write a draad; not that without anything in it."""
    soort = (draad.vragen or draad.antwoorden)[0].soort
    return _encode(
        (
            _VERSIE,
            soort,
            [
                (one.tijd, one.id, one.berichttype, one.zender, one.ontvanger)
                for one in draad.vragen
            ],
            [(one.tijd, one.id) for one in draad.antwoorden],
        )
    )


def decode_draad(data: bytes | None) -> Draad:
    """Read a draad; an empty one where there is none. Raises GebeurtenisError."""
    if data is None:
        return Draad()
    try:
        versie, soort, vragen, antwoorden = _decode_draad(data)
    except (DecodeError, ValidationError):
        raise _unreadable("een draad") from None
    _check(versie)
    return Draad(
        tuple([Vraag(soort, *one) for one in vragen]),
        tuple([Antwoord(soort, *one) for one in antwoorden]),
    )


def encode_post(feit: Draadfeit | Snoei) -> bytes:
    """Write what goes to a draad, as a record of our own topic."""
    match feit:
        case Vraag():
            rest = (feit.berichttype, feit.zender, feit.ontvanger)
            return _encode((_VERSIE, _VRAAG, feit.soort, feit.tijd, feit.id, *rest))
        case Antwoord():
            return _encode((_VERSIE, _ANTWOORD, feit.soort, feit.tijd, feit.id))
        case Snoei():
            return _encode((_VERSIE, _SNOEI, feit.voor))


def decode_post(data: bytes | None) -> Draadfeit | Snoei:
    """Read what goes to a draad. Raises GebeurtenisError."""
    try:
        versie, kind, *rest = _decode_post(data or b"")
        _check(versie)
        match kind:
            case 1:
                return Vraag(*rest)
            case 2:
                return Antwoord(*rest)
            case 3:
                return Snoei(*rest)
    except (DecodeError, ValidationError, TypeError, ValueError):
        pass
    raise _unreadable("een verwijzing")


def encode_bundel(posts: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Write what goes to many draden, by their keys, as one record of our own topic."""
    return _encode((_VERSIE, posts))


def decode_bundel(data: bytes | None) -> list[tuple[bytes, bytes]]:
    """Read what goes to many draden. Raises GebeurtenisError."""
    try:
        versie, posts = _decode_bundel(data or b"")
    except (DecodeError, ValidationError):
        raise _unreadable("een bundel") from None
    _check(versie)
    return posts


def encode_telling(telling: Weektelling) -> bytes:
    """Write a week's count."""
    return _encode(
        (_VERSIE, telling.laatste, dict(telling.uitkomsten), dict(telling.regels))
    )


def decode_telling(data: bytes | None) -> Weektelling:
    """Read a week's count, an empty one for None. Raises GebeurtenisError."""
    if data is None:
        return Weektelling()
    try:
        versie, laatste, uitkomsten, regels = _decode_telling(data)
    except (DecodeError, ValidationError):
        raise _unreadable("een weektelling") from None
    _check(versie)
    return Weektelling(laatste, uitkomsten, regels)


def encode_spreiding(spreiding: Spreiding) -> bytes:
    """Write what answers took; equal ones are equal bytes."""
    uren = dict(sorted(spreiding.uren.items()))
    return _encode((_VERSIE, spreiding.te_laat, uren))


def decode_spreiding(data: bytes) -> Spreiding:
    """Read what answers took. Raises GebeurtenisError."""
    try:
        versie, te_laat, uren = _decode_spreiding(data)
    except (DecodeError, ValidationError):
        raise _unreadable("een doorlooptijd") from None
    _check(versie)
    return Spreiding(uren, te_laat)


def weeksleutel(
    partition: int, week: str, berichttype: str, antwoord: str | None = None
) -> bytes:
    """Give the key of a count or, with an antwoord, of what those answers took.

    That of one partition is of no other.
    """
    names = (week, berichttype) if antwoord is None else (week, berichttype, antwoord)
    return "|".join((str(partition), *names)).encode()


def split_weeksleutel(key: bytes) -> tuple[str, str, str | None]:
    """Give the week, the berichttype and the antwoord of a key, if it has that."""
    _, week, berichttype, *antwoord = key.decode().split("|")
    return week, berichttype, antwoord[0] if antwoord else None


def _check(versie: int) -> None:
    if versie != _VERSIE:
        raise _unreadable(f"vorm {versie}")


def _unreadable(what: str) -> GebeurtenisError:
    return GebeurtenisError(f"{what} in de stand van ibroker watch is niet te lezen")

"""The one form of a stand as bytes: an array of JSON, with its version first.

It is read and written once for each fact, so it is an array and not an object, and its
dates are texts: whoever looks into the state can still read it.
"""

from datetime import date
from operator import attrgetter
from typing import Final, TypeAlias

from msgspec import MsgspecError
from msgspec.json import Decoder, Encoder

from ibroker.core.wlz.feit import Persoon, Wlzstatus
from ibroker.core.wlz.stand import (
    Indicatie,
    Inhoud,
    Levering,
    Staand,
    Stand,
    Toewijzing,
    Voorziening,
)
from ibroker.errors import FeitError

__all__ = ["decode_stand", "encode_stand"]

_VERSIE: Final = 1
_HEAD: Final = b"[%d," % _VERSIE

# Each is an array of the fields of its dataclass, in their order; what is one there
# stands as an array in its place, but for the Persoon and the Inhoud: their fields do.
_Codes: TypeAlias = tuple[str, ...]
_Indicatie: TypeAlias = tuple[
    date, int, date, date | None, _Codes, Wlzstatus | None, str
]
_Toewijzing: TypeAlias = tuple[str, date, date | None, str | None, str | None, str]
_Levering: TypeAlias = tuple[
    str, str | None, str | None, date, date | None, str | None, bool
]
_Voorziening: TypeAlias = tuple[str, int, _Toewijzing | None, tuple[_Levering, ...]]
_Staand: TypeAlias = tuple[
    str, str, Wlzstatus, date, date, date | None, tuple[int, ...]
]
_Stand: TypeAlias = tuple[
    int,
    str,
    bytes,
    bytes,
    int,
    _Indicatie | None,
    tuple[_Indicatie, ...],
    tuple[_Voorziening, ...],
    tuple[_Staand, ...],
]

_encode: Final = Encoder().encode
_decode: Final = Decoder(_Stand).decode
_indicatie: Final = attrgetter(*Indicatie.__slots__)
_toewijzing: Final = attrgetter(*Toewijzing.__slots__)
_levering: Final = attrgetter(*Levering.__slots__)
_inhoud: Final = attrgetter(*Inhoud.__slots__)


def encode_stand(stand: Stand) -> bytes:
    """Give a stand as bytes: an array of JSON, equal for equal stands."""
    persoon, geldend = stand.persoon, stand.geldend
    return _encode(
        (
            *(_VERSIE, persoon.sleutel_id, persoon.pseudoniem, persoon.bsn),
            stand.volgnummer,
            None if geldend is None else _indicatie(geldend),
            [_indicatie(one) for one in stand.komend],
            [
                (
                    *(one.gemeente, one.nummer),
                    None if one.toewijzing is None else _toewijzing(one.toewijzing),
                    [_levering(levering) for levering in one.leveringen],
                )
                for one in stand.voorzieningen
            ],
            [(one.gemeente, one.id, *_inhoud(one.inhoud)) for one in stand.staand],
        )
    )


def decode_stand(data: bytes) -> Stand:
    """Read a stand. Raises FeitError, which names no value, for what is not one."""
    if not data.startswith(_HEAD):
        raise FeitError("een stand in het geheugen is van een andere versie")
    try:
        whole = _decode(data)
    except MsgspecError:
        # What it says may hold a value.
        raise FeitError("een stand in het geheugen is niet te lezen") from None
    _, sleutel_id, pseudoniem, bsn, volgnummer, geldend, komend, rest, staand = whole
    return Stand(
        Persoon(sleutel_id, pseudoniem, bsn),
        volgnummer,
        None if geldend is None else Indicatie(*geldend),
        tuple([Indicatie(*one) for one in komend]),
        tuple([_voorziening(*one) for one in rest]),
        tuple([_staand(*one) for one in staand]),
    )


def _voorziening(
    gemeente: str,
    nummer: int,
    toewijzing: _Toewijzing | None,
    leveringen: tuple[_Levering, ...],
) -> Voorziening:
    newest = None if toewijzing is None else Toewijzing(*toewijzing)
    delivered = tuple([Levering(*one) for one in leveringen])
    return Voorziening(gemeente, nummer, newest, delivered)


def _staand(  # noqa: PLR0913, PLR0917 - the fields of its form
    gemeente: str,
    name: str,
    status: Wlzstatus,
    afgifte: date,
    ingang: date,
    einde: date | None,
    nummers: tuple[int, ...],
) -> Staand:
    return Staand(gemeente, name, Inhoud(status, afgifte, ingang, einde, nummers))

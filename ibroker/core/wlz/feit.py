"""The facts that the Wlz stream is made of, and their one form as bytes.

A fact says what one bericht said of one person, and never what to make of it: which of
two is newer, and whether a provision runs, is for the reducer. So the order in which
facts come in has no meaning (OP080), and the same set of facts leads to the same end.

All of them are of one wettelijk domein, the Wmo: a ToewijzingNummer is unique for a
gemeente in one domein only (TR332).
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from ibroker.errors import FeitError

__all__ = [
    "Feit",
    "Geindiceerd",
    "Gestart",
    "Gestopt",
    "Gevraagd",
    "Oorzaak",
    "Persoon",
    "Profiel",
    "Toegewezen",
    "Wlzstatus",
    "decode_feit",
    "encode_feit",
]

_VERSIE: Final = 1

Profiel = tuple[str, date, date | None]
"""A zorgprofiel of an indicatie: ZZP code, Ingangsdatum, Einddatum (None: open)."""


class Wlzstatus(StrEnum):
    """What a gemeente is told of someone's Wlz care, in the words of CIZ."""

    JA = "Ja"
    """There is a Wlz-indicatie."""
    NEE = "Nee"
    """There is none, or there is no longer."""
    ONBEKEND = "Onbekend"
    """There is one with a profiel beside which Wmo care may still be given."""


@dataclass(frozen=True, slots=True)
class Oorzaak:
    """What a fact comes from.

    `bericht` is the message id of the bericht, `deel` the number of the part of it
    that says so, from 0, and `moment` when it came in, as `Stempel.tijd` has it.
    """

    bericht: str
    deel: int
    moment: str


@dataclass(frozen=True, slots=True)
class Persoon:
    """Whom a fact is about, as only holders of the keys can tell; see `persoon.py`.

    `sleutel_id` names the key of both: `pseudoniem` is the keyed HMAC-SHA-256 of the
    BSN (32 bytes), `bsn` the BSN encrypted (nonce, then ciphertext).
    """

    sleutel_id: str
    pseudoniem: bytes = field(repr=False)
    bsn: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Toegewezen:
    """A ToegewezenProduct of a 301, or a provision that a gemeente registered itself.

    `besloten` is Toewijzingsdatum and -tijd, as
    `datetime.isoformat(timespec="microseconds")` writes it without a time zone: all
    of one length, so that the newest is the greatest text. `einde` is inclusive; None
    is open. What a gemeente registers takes its numbers from the same row as what it
    assigns.
    """

    oorzaak: Oorzaak
    persoon: Persoon
    gemeente: str
    nummer: int = field(repr=False)
    aanbieder: str | None = field(repr=False)
    categorie: str | None = field(repr=False)
    product: str | None = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    besloten: str = field(repr=False)
    reden_wijziging: str | None = field(repr=False)
    is_registratie: bool


@dataclass(frozen=True, slots=True)
class Gestart:
    """A StartProduct of a 305 that names a ToewijzingNummer; others say nothing here.

    `datum` is its Begindatum, `status` its StatusAanlevering. It is known by its
    logical key (`aanbieder`, `nummer`, `categorie`, `product`, `datum`): that is how a
    later one removes it.
    """

    oorzaak: Oorzaak
    persoon: Persoon
    gemeente: str
    aanbieder: str = field(repr=False)
    nummer: int = field(repr=False)
    categorie: str | None = field(repr=False)
    product: str | None = field(repr=False)
    datum: date = field(repr=False)
    status: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gestopt:
    """A StopProduct of a 307 that names a ToewijzingNummer; others say nothing here.

    `begin` is its Begindatum, by which it belongs to a `Gestart`; `datum` is its
    Einddatum, `reden` its RedenBeeindiging. All but `status` is its logical key.
    """

    oorzaak: Oorzaak
    persoon: Persoon
    gemeente: str
    aanbieder: str = field(repr=False)
    nummer: int = field(repr=False)
    categorie: str | None = field(repr=False)
    product: str | None = field(repr=False)
    begin: date = field(repr=False)
    datum: date = field(repr=False)
    reden: str = field(repr=False)
    status: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Geindiceerd:
    """A decision of CIZ on Wlz care.

    An IO31 has `profielen` and no `status`; dat-informatie says the `status` itself.
    """

    oorzaak: Oorzaak
    persoon: Persoon
    besluitnummer: int = field(repr=False)
    afgifte: date = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    profielen: tuple[Profiel, ...] = field(repr=False)
    status: Wlzstatus | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gevraagd:
    """A question of a gemeente: has this person Wlz care (Wlz-registertoets)?

    `kenmerk` is the sender's own reference, `identificatie` that of the bericht.
    """

    oorzaak: Oorzaak
    persoon: Persoon
    gemeente: str
    kenmerk: str | None = field(repr=False)
    identificatie: str = field(repr=False)


Feit = Toegewezen | Gestart | Gestopt | Geindiceerd | Gevraagd

_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
# Half the time of `json.loads`, which looks for other encodings and for space.
_decode: Final = json.JSONDecoder().raw_decode


def encode_feit(feit: Feit) -> bytes:
    """Give a fact as bytes: an array of JSON, equal for equal facts.

    It holds the version of this form, the soort, then the fields in their order.
    """
    values = [_plain(getattr(feit, name)) for name in feit.__slots__]
    return _encode([_VERSIE, type(feit).__name__, *values]).encode()


def decode_feit(data: bytes) -> Feit:
    """Read a fact. Raises FeitError, which names no value, for what is not one."""
    try:
        versie, soort, *values = _parse(data.decode())
        known = versie == _VERSIE
        feit = _build(soort, values) if known else None
    except (ValueError, TypeError, KeyError, RecursionError):
        # What these say may hold a value.
        raise FeitError("een feit op het topic is niet te lezen") from None
    if feit is None:
        raise FeitError("een feit op het topic is van een andere versie")
    return feit


def _parse(text: str) -> list[Any]:
    found: list[Any]
    found, end = _decode(text)
    if end != len(text):
        raise ValueError
    return found


def _plain(value: object) -> object:
    """Give a field as JSON has it."""
    match value:
        case date():
            return value.isoformat()
        case Oorzaak():
            return [value.bericht, value.deel, value.moment]
        case Persoon():
            return [
                value.sleutel_id,
                b2a_base64(value.pseudoniem, newline=False).decode(),
                b2a_base64(value.bsn, newline=False).decode(),
            ]
        case tuple():
            return [[code, ingang.isoformat(), _plain(e)] for code, ingang, e in value]
        case _:
            return value


def _oorzaak(value: list[Any]) -> Oorzaak:
    bericht, deel, moment = value
    return Oorzaak(_text(bericht), _number(deel), _text(moment))


def _persoon(value: list[Any]) -> Persoon:
    sleutel_id, pseudoniem, bsn = value
    return Persoon(_text(sleutel_id), a2b_base64(pseudoniem), a2b_base64(bsn))


def _profielen(value: list[Any]) -> tuple[Profiel, ...]:
    return tuple([(_text(code), _date(i), _open_date(e)) for code, i, e in value])


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


_date: Final = date.fromisoformat


def _open_date(value: str | None) -> date | None:
    return None if value is None else _date(value)


def _status(value: str | None) -> Wlzstatus | None:
    return None if value is None else Wlzstatus(value)


_HEAD: Final = (_oorzaak, _persoon)
_LEVERING: Final = (*_HEAD, _text, _text, _number, _optional, _optional)
_PRODUCT: Final = (*_HEAD, _text, _number, _optional, _optional, _optional)
_PERIODE: Final = (_date, _open_date)
_FORMS: Final[Mapping[str, tuple[type[Feit], tuple[Callable[[Any], Any], ...]]]] = {
    kind.__name__: (kind, readers)
    for kind, readers in (
        (Toegewezen, (*_PRODUCT, *_PERIODE, _text, _optional, _flag)),
        (Gestart, (*_LEVERING, _date, _text)),
        (Gestopt, (*_LEVERING, _date, _date, _text, _text)),
        (Geindiceerd, (*_HEAD, _number, _date, *_PERIODE, _profielen, _status)),
        (Gevraagd, (*_HEAD, _text, _optional, _text)),
    )
}


def _build(soort: str, values: list[Any]) -> Feit:
    """Make a fact. Raises ValueError where there are not as many values as fields."""
    kind, readers = _FORMS[soort]
    read = zip(readers, values, strict=True)
    return kind(*[reader(value) for reader, value in read])

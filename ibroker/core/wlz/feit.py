"""The facts that the Wlz stream is made of, and their one form as bytes.

A fact says what one bericht said of one person, and never what to make of it: which of
two is newer, and whether a provision runs, is for the reducer. So the order in which
facts come in has no meaning (OP080), and the same set of facts leads to the same end.

All of them are of one wettelijk domein, the Wmo: a ToewijzingNummer is unique for a
gemeente in one domein only (TR332).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, get_type_hints

from msgspec import MsgspecError
from msgspec.json import Decoder, Encoder

from ibroker.errors import FeitError

__all__ = [
    "Feit",
    "Geindiceerd",
    "Gestart",
    "Gestopt",
    "Gevraagd",
    "Hartslag",
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


@dataclass(frozen=True, slots=True)
class Hartslag:
    """What comes through with the facts and is about nobody: see `core/hartslag.py`.

    `kenmerk` says when it was sent.
    """

    oorzaak: Oorzaak
    kenmerk: str


_Vorm = tuple[type[Feit] | type[Hartslag], Callable[[bytes], tuple[Any, ...]]]
_SOORTEN: Final = (Toegewezen, Gestart, Gestopt, Geindiceerd, Gevraagd)
_FIELDS: Final[Mapping[type[Feit], Callable[[Feit], tuple[Any, ...]]]] = {
    kind: attrgetter(*kind.__slots__) for kind in _SOORTEN
}
_HEAD: Final = b'[%d,"' % _VERSIE
_UNREADABLE: Final = "een feit op het topic is niet te lezen"
_OTHER_VERSION: Final = "een feit op het topic is van een andere versie"
_encode: Final = Encoder().encode


def encode_feit(feit: Feit | Hartslag) -> bytes:
    """Give a fact as bytes: an array of JSON, equal for equal facts.

    It holds the version of this form, the soort, then the fields in their order.
    """
    oorzaak = feit.oorzaak
    cause = (oorzaak.bericht, oorzaak.deel, oorzaak.moment)
    if isinstance(feit, Hartslag):
        return _encode((_VERSIE, Hartslag.__name__, cause, feit.kenmerk))
    kind = type(feit)
    _, persoon, *values = _FIELDS[kind](feit)
    whom = (persoon.sleutel_id, persoon.pseudoniem, persoon.bsn)
    return _encode((_VERSIE, kind.__name__, cause, whom, *values))


def decode_feit(data: bytes) -> Feit | Hartslag:
    """Read a fact. Raises FeitError, which names no value, for what is not one."""
    if not data.startswith(_HEAD):
        versie = data.removeprefix(b"[").partition(b",")[0]
        is_other = (
            data.startswith(b"[") and versie.isdigit() and versie != b"%d" % _VERSIE
        )
        raise FeitError(_OTHER_VERSION if is_other else _UNREADABLE)
    vorm = _VORMEN.get(data[len(_HEAD) : data.find(b'"', len(_HEAD))])
    if vorm is None or not data.endswith(b"]"):
        raise FeitError(_UNREADABLE)
    kind, decode = vorm
    try:
        _, _, oorzaak, first, *values = decode(data)
    except MsgspecError:
        # What it says may hold a value.
        raise FeitError(_UNREADABLE) from None
    if issubclass(kind, Hartslag):
        return Hartslag(Oorzaak(*oorzaak), first)
    return kind(Oorzaak(*oorzaak), Persoon(*first), *values)


def _types(kind: type) -> tuple[Any, ...]:
    """Give the types of the fields of a dataclass, in their order."""
    return tuple(get_type_hints(kind).values())


def _vorm(kind: type[Feit] | type[Hartslag]) -> _Vorm:
    """Give a soort with what reads it: an array of values of the types of its fields.

    Made for that array, it takes a twelfth of the time of reading any JSON and then
    looking at each value.
    """
    inside = {one: tuple.__class_getitem__(_types(one)) for one in (Oorzaak, Persoon)}
    values = [inside.get(one, one) for one in _types(kind)]
    return kind, Decoder(tuple.__class_getitem__((int, str, *values))).decode


_VORMEN: Final[Mapping[bytes, _Vorm]] = {
    kind.__name__.encode(): _vorm(kind) for kind in (*_SOORTEN, Hartslag)
}

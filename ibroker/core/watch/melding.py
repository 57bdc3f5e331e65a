"""What the watch reads in an event, and what that tells of the references in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.antwoordtabel import Antwoordtabel
from ibroker.core.watch.draad import Antwoord, Draadfeit, Vraag
from ibroker.errors import GebeurtenisError

__all__ = ["Melding", "draadfeiten", "read_melding"]

_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Melding:
    """An event as far as the watch knows it.

    `id` is the message id of the input, `tijd` when it came in, in milliseconds since
    1970; `verwijzingen` are (soort, waarde). What an event does not know is None.
    """

    id: bytes
    tijd: int
    uitkomst: Uitkomsttype
    berichttype: str | None = None
    zender: str | None = None
    ontvanger: str | None = None
    kenmerk: str | None = field(default=None, repr=False)
    regels: tuple[str, ...] = ()
    verwijzingen: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Verwijzing:
    soort: str
    waarde: str


@dataclass(frozen=True, slots=True)
class _Data:
    berichttype: str | None = None
    zender: str | None = None
    ontvanger: str | None = None
    kenmerk: str | None = None
    regels: tuple[str, ...] = ()
    verwijzingen: tuple[_Verwijzing, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    id: UUID
    time: datetime
    type: str
    data: _Data


_decode: Final = Decoder(_Event).decode
_UITKOMSTEN: Final = {one.value: one for one in Uitkomsttype}


def read_melding(value: bytes | None) -> Melding | None:
    """Read an event; None where it is of a type that is no outcome.

    Raises GebeurtenisError where it is not what `build_event` writes.
    """
    try:
        event = _decode(value or b"")
    except (DecodeError, ValidationError):
        # What it chokes on stays out of the text: it may quote an event.
        raise GebeurtenisError("een gebeurtenis is niet te lezen") from None
    uitkomst = _UITKOMSTEN.get(event.type)
    if uitkomst is None:
        return None
    data = event.data
    return Melding(
        id=event.id.bytes,
        tijd=round(event.time.timestamp() * _MS),
        uitkomst=uitkomst,
        berichttype=data.berichttype,
        zender=data.zender,
        ontvanger=data.ontvanger,
        kenmerk=data.kenmerk,
        regels=data.regels,
        verwijzingen=tuple([(one.soort, one.waarde) for one in data.verwijzingen]),
    )


def draadfeiten(
    melding: Melding, tabel: Antwoordtabel
) -> Iterator[tuple[str, Draadfeit]]:
    """Give what an event tells of each reference in it: (waarde, fact).

    Only what was delivered asks or answers: what ibroker itself answered, with a
    retour, a 325 or a Fo01, was never with who should answer it.
    """
    berichttype = melding.berichttype
    if melding.uitkomst is not Uitkomsttype.BEZORGD or berichttype is None:
        return
    for soort, waarde in melding.verwijzingen:
        termijn = tabel.termijnen.get(soort)
        if termijn is None:
            continue
        if berichttype in termijn.vragen:
            yield (
                waarde,
                Vraag(
                    soort,
                    melding.tijd,
                    melding.id,
                    berichttype,
                    melding.zender or "",
                    melding.ontvanger or "",
                ),
            )
        if berichttype in termijn.antwoorden:
            yield waarde, Antwoord(soort, melding.tijd, melding.id)

"""The one form of a stand as bytes: an array of JSON, with its version first.

It is read and written once for each fact, so it is an array and not an object, and its
dates are texts: whoever looks into the state can still read it.
"""

import json
from binascii import a2b_base64, b2a_base64
from datetime import date
from typing import Any, Final

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
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode: Final = json.JSONDecoder().raw_decode  # twice as fast as `json.loads`
_STATUS: Final = {status.value: status for status in Wlzstatus}
_date: Final = date.fromisoformat


def encode_stand(stand: Stand) -> bytes:
    """Give a stand as bytes: an array of JSON, equal for equal stands."""
    persoon = stand.persoon
    return _encode(
        [
            _VERSIE,
            persoon.sleutel_id,
            b2a_base64(persoon.pseudoniem, newline=False).decode(),
            b2a_base64(persoon.bsn, newline=False).decode(),
            stand.volgnummer,
            stand.geldend and _from_indicatie(stand.geldend),
            [_from_indicatie(one) for one in stand.komend],
            [_from_voorziening(one) for one in stand.voorzieningen],
            [_from_staand(one) for one in stand.staand],
        ]
    ).encode()


def decode_stand(data: bytes) -> Stand:
    """Read a stand. Raises FeitError, which names no value, for what is not one."""
    try:
        (versie, sleutel_id, pseudoniem, bsn, volgnummer, *rest), _ = _decode(
            data.decode()
        )
        geldend, komend, voorzieningen, staand = rest
        stand = Stand(
            Persoon(sleutel_id, a2b_base64(pseudoniem), a2b_base64(bsn)),
            volgnummer,
            geldend and _to_indicatie(*geldend),
            tuple([_to_indicatie(*one) for one in komend]),
            tuple([_to_voorziening(*one) for one in voorzieningen]),
            tuple([_to_staand(*one) for one in staand]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        # What these say may hold a value.
        raise FeitError("een stand in het geheugen is niet te lezen") from None
    if versie != _VERSIE:
        raise FeitError("een stand in het geheugen is van een andere versie")
    return stand


def _from_indicatie(one: Indicatie) -> list[object]:
    return [
        one.afgifte.isoformat(),
        one.besluitnummer,
        one.ingang.isoformat(),
        one.einde and one.einde.isoformat(),
        one.profielen,
        one.status,
        one.bericht,
    ]


def _to_indicatie(  # noqa: PLR0913, PLR0917 - the fields of its form
    afgifte: str,
    besluitnummer: int,
    ingang: str,
    einde: str | None,
    profielen: list[str],
    status: str | None,
    bericht: str,
) -> Indicatie:
    return Indicatie(
        _date(afgifte),
        besluitnummer,
        _date(ingang),
        _date(einde) if einde else None,
        tuple(profielen),
        _STATUS[status] if status else None,
        bericht,
    )


def _from_voorziening(one: Voorziening) -> list[object]:
    toewijzing = one.toewijzing
    return [
        one.gemeente,
        one.nummer,
        toewijzing
        and [
            toewijzing.besloten,
            toewijzing.ingang.isoformat(),
            toewijzing.einde and toewijzing.einde.isoformat(),
            toewijzing.reden,
            toewijzing.aanbieder,
            toewijzing.bericht,
        ],
        [
            [
                *(levering.aanbieder, levering.categorie, levering.product),
                levering.begin.isoformat(),
                levering.datum and levering.datum.isoformat(),
                *(levering.reden, levering.is_weg),
            ]
            for levering in one.leveringen
        ],
    ]


def _to_voorziening(
    gemeente: str, nummer: int, toewijzing: list[Any] | None, leveringen: list[Any]
) -> Voorziening:
    newest = None
    if toewijzing is not None:
        besloten, ingang, einde, *others = toewijzing
        newest = Toewijzing(
            besloten, _date(ingang), _date(einde) if einde else None, *others
        )
    return Voorziening(
        gemeente, nummer, newest, tuple([_to_levering(*one) for one in leveringen])
    )


def _to_levering(  # noqa: PLR0913, PLR0917 - the fields of its form
    aanbieder: str,
    categorie: str | None,
    product: str | None,
    begin: str,
    datum: str | None,
    reden: str | None,
    is_weg: bool,  # noqa: FBT001 - idem
) -> Levering:
    ended = _date(datum) if datum else None
    return Levering(aanbieder, categorie, product, _date(begin), ended, reden, is_weg)


def _from_staand(one: Staand) -> list[object]:
    inhoud = one.inhoud
    return [
        one.gemeente,
        one.id,
        inhoud.status,
        inhoud.afgifte.isoformat(),
        inhoud.ingang.isoformat(),
        inhoud.einde and inhoud.einde.isoformat(),
        inhoud.nummers,
    ]


def _to_staand(gemeente: str, name: str, *inhoud: Any) -> Staand:  # noqa: ANN401
    status, afgifte, ingang, einde, nummers = inhoud
    ended = _date(einde) if einde else None
    dates = (_date(afgifte), _date(ingang), ended)
    return Staand(gemeente, name, Inhoud(_STATUS[status], *dates, tuple(nummers)))

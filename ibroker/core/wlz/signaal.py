"""What goes out: a signal to a gemeente, the event that explains it, and an answer.

For each person and gemeente one signal stands at most. `gegeven` puts one there where
none stood, `gewijzigd` puts one in place of the one that stood, and `ingetrokken` takes
that away; the last two name it in `herroept`. So whoever keeps of the signals with all
their ids those that no other herroept, and drops what is ingetrokken, has what stands.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from ibroker.core.record import Headers, Outgoing, Position
from ibroker.core.wlz.feit import Persoon, Wlzstatus
from ibroker.core.wlz.stand import Inhoud

__all__ = ["Antwoord", "Reden", "Signaal", "signaal_event", "signaal_id"]

_NAMESPACE: Final = UUID("0f2bd4b6-7a0c-4f0e-9a55-3f1f6c0c8f3d")
_HEADERS: Final[Headers] = (("content-type", b"application/cloudevents+json"),)
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Reden(StrEnum):
    """Why a signal is given."""

    GEGEVEN = "gegeven"
    """None stood with this gemeente."""
    GEWIJZIGD = "gewijzigd"
    """Another stood; this one is in its place."""
    INGETROKKEN = "ingetrokken"
    """One stood and no longer does; none is in its place."""


@dataclass(frozen=True, slots=True)
class Signaal:
    """A signal to a gemeente on one person.

    Where `reden` is ingetrokken, `status` is Nee with the dates of the decision that
    says so. If it is taken back since no provision of the gemeente is concerned any
    more, it repeats what it takes back: of anything newer the gemeente has no need.
    `nummers` are the ToewijzingNummers that it concerns or concerned.

    `oorzaken` are message ids: of the bericht with the indicatie, then of those with
    the toewijzing of each of `nummers`. `aanleiding` is that of the bericht at which
    the signal was given, None where time did it. `regelversie` is that of the table.
    """

    id: str
    gemeente: str
    persoon: Persoon
    status: Wlzstatus = field(repr=False)
    afgifte: date = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    nummers: tuple[int, ...] = field(repr=False)
    reden: Reden
    herroept: str | None
    oorzaken: tuple[str, ...]
    aanleiding: str | None
    regelversie: str


@dataclass(frozen=True, slots=True)
class Antwoord:
    """The answer to the question of bericht `vraag`: the status, and of which decision.

    Without a decision the dates are None. `kenmerk` and `identificatie` are those of
    the question.
    """

    vraag: str
    gemeente: str
    persoon: Persoon
    kenmerk: str | None = field(repr=False)
    identificatie: str = field(repr=False)
    status: Wlzstatus = field(repr=False)
    afgifte: date | None = field(repr=False)
    ingang: date | None = field(repr=False)
    einde: date | None = field(repr=False)
    regelversie: str


def signaal_id(
    persoon: Persoon, gemeente: str, reden: Reden, inhoud: Inhoud, volgnummer: int
) -> str:
    """Give the id of a signal: a UUID of version 5, the same at every replay.

    `volgnummer` counts the signals on the person, so that no two have one id, also
    where a gemeente is told the same twice with a recall in between. The pseudoniem
    has 256 bits that only holders of the key know: the id leads back to nobody.
    """
    parts = (
        persoon.pseudoniem.hex(),
        gemeente,
        reden,
        inhoud.status,
        inhoud.afgifte.isoformat(),
        inhoud.ingang.isoformat(),
        "" if inhoud.einde is None else inhoud.einde.isoformat(),
        ",".join(map(str, inhoud.nummers)),
        str(volgnummer),
    )
    return str(uuid5(_NAMESPACE, "/".join(parts)))


def signaal_event(
    signaal: Signaal, *, tijd: str, bron: str, topic: str, position: Position | None
) -> Outgoing:
    """Make the event that explains a signal, once that stands at `position`.

    `tijd` is when it was given, as `Stempel.tijd` has it; `bron` the ce_source of the
    installation. The key is the id of the signal. It says that there was a change and
    which berichten made it: no BSN and no pseudoniem, for whom it is about is in the
    signal, and no ToewijzingNummers and dates, which a gemeente can tell a client by.
    """
    event = {
        "specversion": "1.0",
        "id": signaal.id,
        "source": f"{bron}/wlz/signalen",
        "type": "nl.ggk.wlzsignaal",
        "time": tijd,
        "datacontenttype": "application/json",
        "data": {
            "gemeente": signaal.gemeente,
            "status": signaal.status,
            "reden": signaal.reden,
            "herroept": signaal.herroept,
            "voorzieningen": len(signaal.nummers),
            "oorzaken": signaal.oorzaken,
            "aanleiding": signaal.aanleiding,
            "regelversie": signaal.regelversie,
            "topic": None if position is None else position.topic,
            "partition": None if position is None else position.partition,
            "offset": None if position is None else position.offset,
        },
    }
    return Outgoing(topic, signaal.id.encode(), _encode(event).encode(), _HEADERS)

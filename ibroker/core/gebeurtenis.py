"""What became of each input, as an event: one CloudEvent in JSON for every outcome.

From these alone anyone can count what came in and what became of it. They say nothing
about a client, and nothing that a sender wrote but his kenmerk and, of a schema-valid
bericht, its identificatie and dagtekening.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from ibroker.core.delivery import Stempel
from ibroker.core.record import Headers, Outgoing, Position

__all__ = ["Gebeurtenis", "Uitkomsttype", "build_event"]

_HEADERS: Final[Headers] = (("content-type", b"application/cloudevents+json"),)
_encode: Final = msgspec.json.Encoder().encode  # a tenth of what json takes


class Uitkomsttype(StrEnum):
    """What became of an input: the type of its event."""

    BEZORGD = "nl.ggk.bericht.bezorgd"
    """Delivered to its receiver."""
    RETOUR = "nl.ggk.bericht.retour"
    """A rule is broken; its sender got the retour or the 325 that says so."""
    FOUT = "nl.ggk.bericht.fout"
    """Refused; its sender got a Fo01."""
    DUBBEL = "nl.ggk.bericht.dubbel"
    """The same bytes were accepted before; nothing is sent."""
    ONBESTELBAAR = "nl.ggk.bericht.onbestelbaar"
    """Neither delivered nor answered; operators have it."""


@dataclass(frozen=True, slots=True)
class Gebeurtenis:
    """What became of one input, all but where that stands.

    What is not known is None. `sha256` in hex and `grootte` in bytes are those of the
    input; `ontvanger` is whom something was delivered to, so on a retour the sender;
    `niveau` the level that failed; `regels` the distinct rules that are broken;
    `verwijzingen` are (soort, waarde) as `verwijzing.pseudonymise` gives them.
    """

    type: Uitkomsttype
    stempel: Stempel
    zender: str | None
    kenmerk: str | None
    sha256: str | None
    grootte: int | None
    berichttype: str | None = None
    ontvanger: str | None = None
    identificatie: str | None = None
    dagtekening: str | None = None
    niveau: int | None = None
    regels: tuple[str, ...] = ()
    verwijzingen: tuple[tuple[str, str], ...] = ()


def build_event(
    gebeurtenis: Gebeurtenis, position: Position | None, topic: str
) -> Outgoing:
    """Make the event for `topic`, once what was delivered stands at `position`.

    Its key and its id are the message id of the input, for each has one event. The
    source is not that of the delivery, which bears the same id: the two together must
    be unique (CloudEvents 1.0). It goes to the partition of its input, so that a batch
    of one partition has its events in one, and in the order in which all came in.
    """
    stempel = gebeurtenis.stempel
    name = str(stempel.id)
    event = {
        "specversion": "1.0",
        "id": name,
        "source": f"{stempel.bron}/gebeurtenissen",
        "type": gebeurtenis.type,
        "time": stempel.tijd,
        "datacontenttype": "application/json",
        "data": {
            "berichttype": gebeurtenis.berichttype,
            "zender": gebeurtenis.zender,
            "ontvanger": gebeurtenis.ontvanger,
            "identificatie": gebeurtenis.identificatie,
            "dagtekening": gebeurtenis.dagtekening,
            "kenmerk": gebeurtenis.kenmerk,
            "sha256": gebeurtenis.sha256,
            "grootte": gebeurtenis.grootte,
            "niveau": gebeurtenis.niveau,
            "regels": gebeurtenis.regels,
            "topic": None if position is None else position.topic,
            "partition": None if position is None else position.partition,
            "offset": None if position is None else position.offset,
            "verwijzingen": [
                {"soort": soort, "waarde": waarde}
                for soort, waarde in gebeurtenis.verwijzingen
            ],
        },
    }
    value = _encode(event)
    return Outgoing(topic, name.encode(), value, _HEADERS, stempel.partition)

"""A bericht of a sender who can be answered, and what is sent for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from ibroker.core.delivery import Stempel, Zending, deliver
from ibroker.core.gebeurtenis import Gebeurtenis, Uitkomsttype, build_event
from ibroker.core.record import Outgoing, Position
from ibroker.core.register import Partij, Register
from ibroker.core.state import Change
from ibroker.core.verdict import Limits, Standards, Verdict
from ibroker.core.verwijzing import pseudonymise

__all__ = ["Besluit", "Outcome", "Poststuk", "RouteTables", "send"]

_XML_SPACE: Final = " \t\r\n"  # no part of an xs:date


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTables:
    """All that routing knows besides the record.

    `sleutel` is the key that hides the references in events; `bron` the ce_source of
    what is made here; `zone` the time zone of the Netherlands, for the dates.
    """

    standards: Standards
    register: Register
    limits: Limits
    sleutel: bytes = field(repr=False)
    bron: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: what is delivered, and the event that says so."""

    outgoing: tuple[Outgoing, ...] = field(repr=False)
    gebeurtenis: Gebeurtenis
    topic: str
    changes: tuple[Change, ...] = ()

    def follow_up(self, positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """Make the event, once what was delivered stands at `positions`."""
        position = positions[0] if positions else None
        return (build_event(self.gebeurtenis, position, self.topic),)


@dataclass(frozen=True, slots=True)
class Poststuk:
    """A bericht of a sender who can be answered, before it is judged.

    `antwoordadres` is the sender, or who took his place; `moment` is in Dutch time.
    """

    tables: RouteTables
    stempel: Stempel
    moment: datetime
    value: bytes = field(repr=False)
    sha256: str
    zender: Partij
    antwoordadres: Partij
    kenmerk: str | None


@dataclass(frozen=True, slots=True)
class Besluit:
    """What is decided about a bericht, and by which rules; with its verdict, if any."""

    type: Uitkomsttype
    regels: tuple[str, ...]
    verdict: Verdict | None


def send(
    poststuk: Poststuk, zending: Zending, ontvanger: Partij, besluit: Besluit
) -> Outcome:
    """Make the outcome that sends `zending` to `ontvanger`, and its event."""
    tables, verdict = poststuk.tables, besluit.verdict
    gelezen = None if verdict is None else verdict.gelezen
    identificatie = dagtekening = None
    verwijzingen: tuple[tuple[str, str], ...] = ()
    if verdict is not None and gelezen is not None:
        header = gelezen[1]
        identificatie, dagtekening = header.identificatie, header.dagtekening
        verwijzingen = pseudonymise(*gelezen, verdict.verwijzingen, tables.sleutel)
    berichttype = None if verdict is None else verdict.berichttype
    gebeurtenis = Gebeurtenis(
        type=besluit.type,
        stempel=poststuk.stempel,
        zender=poststuk.zender.code,
        kenmerk=poststuk.kenmerk,
        sha256=poststuk.sha256,
        grootte=len(poststuk.value),
        berichttype=None if berichttype is None else berichttype.type,
        ontvanger=ontvanger.code,
        identificatie=identificatie,
        dagtekening=None if dagtekening is None else dagtekening.strip(_XML_SPACE),
        niveau=None if verdict is None else verdict.niveau,
        regels=besluit.regels,
        verwijzingen=verwijzingen,
    )
    outgoing = deliver(zending, ontvanger, poststuk.stempel)
    return Outcome((outgoing,), gebeurtenis, tables.register.topics.gebeurtenissen)

"""What a fact or a day comes to, as records: signals, an answer, what explains them.

They bear the time of the record or the day that they come of, so that the same is made
of it whenever it is handled again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from hashlib import sha256
from uuid import UUID

from ibroker.core.delivery import (
    GGK,
    Stempel,
    Zending,
    antwoord_id,
    build_stempel,
    deliver,
)
from ibroker.core.record import Outgoing, Position
from ibroker.core.register import Partij, Register
from ibroker.core.state import Change
from ibroker.core.wlz.bericht import Uitgaand
from ibroker.core.wlz.persoon import Persoonssleutels, show_bsn
from ibroker.core.wlz.reductie import Uitkomst
from ibroker.core.wlz.signaal import Antwoord, Signaal, signaal_event
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.errors import FeitError

__all__ = ["Gevolg", "Herkomst", "WlzTables", "build_gevolg"]

Herkomst = tuple[tuple[str, int, int], datetime]
"""What something comes of: the (topic, partition, offset) of a record, and when."""


@dataclass(frozen=True, slots=True)
class WlzTables:
    """All that the Wlz stream knows besides the record and the state.

    `signalen` is the topic of the events that explain; `bron` the ce_source of what is
    made here; `zone` the time zone of the Netherlands, for the dates.
    """

    register: Register
    tabel: Wlztabel
    uitgaand: Uitgaand
    sleutels: Persoonssleutels = field(repr=False)
    signalen: str
    bron: str
    zone: tzinfo

    @property
    def stempel(self) -> bytes:
        """By what the stands must have been gone through: table, herindeling, key."""
        tabel = self.tabel
        parts = tabel.versie, tabel.herindeling.kenmerk, self.sleutels.huidig.id
        return "/".join(parts).encode()


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What a fact or a day comes to: what is delivered, and what is then known.

    `signalen` are those of the first of `outgoing`, in order; `onbestelbaar` are those
    that nobody can be given: their gemeente has ended, and none took its place.
    """

    outgoing: tuple[Outgoing, ...] = field(default=(), repr=False)
    changes: tuple[Change, ...] = field(default=(), repr=False)
    signalen: tuple[Signaal, ...] = ()
    onbestelbaar: tuple[Signaal, ...] = ()
    tijd: str = ""
    bron: str = ""
    topic: str = ""

    def follow_up(self, positions: Sequence[Position]) -> tuple[Outgoing, ...]:
        """Explain each signal, once it stands somewhere, or nowhere."""
        places: tuple[tuple[Signaal, Position | None], ...] = (
            *zip(self.signalen, positions, strict=False),
            *((signaal, None) for signaal in self.onbestelbaar),
        )
        return tuple(
            signaal_event(
                signaal,
                tijd=self.tijd,
                bron=self.bron,
                topic=self.topic,
                position=position,
            )
            for signaal, position in places
        )


def build_gevolg(
    uitkomst: Uitkomst,
    changes: tuple[Change, ...],
    herkomst: Herkomst,
    today: date,
    tables: WlzTables,
) -> Gevolg:
    """Write out what must be said, `today`; `herkomst` says what it comes of."""
    if not uitkomst.signalen and not uitkomst.antwoorden:
        return Gevolg(changes=changes)  # so it is with most facts
    stempel = build_stempel(*herkomst, tables.bron)
    delivered: list[Signaal] = []
    onbestelbaar: list[Signaal] = []
    outgoing: list[Outgoing] = []
    for signaal in uitkomst.signalen:
        ontvanger = _postvak(signaal.gemeente, today, tables)
        if ontvanger is None:
            onbestelbaar.append(signaal)
        else:
            delivered.append(signaal)
            outgoing.append(_signal(signaal, ontvanger, stempel, today, tables))
    for antwoord in uitkomst.antwoorden:
        ontvanger = _postvak(antwoord.gemeente, today, tables)
        # Who asked on the last day of its being has no more use for an answer.
        if ontvanger is not None:
            outgoing.append(_reply(antwoord, ontvanger, stempel, today, tables))
    return Gevolg(
        outgoing=tuple(outgoing),
        changes=changes,
        signalen=tuple(delivered),
        onbestelbaar=tuple(onbestelbaar),
        tijd=stempel.tijd,
        bron=tables.bron,
        topic=tables.signalen,
    )


def _signal(
    signaal: Signaal,
    ontvanger: Partij,
    stempel: Stempel,
    today: date,
    tables: WlzTables,
) -> Outgoing:
    bsn = show_bsn(signaal.persoon, tables.sleutels)
    value = tables.uitgaand.build_signaal(signaal, bsn, today)
    zending = Zending(
        id=UUID(signaal.id),
        soort=tables.uitgaand.signaal.ce_type,
        zender=GGK,
        value=value,
        sha256=sha256(value).hexdigest(),
        antwoord_op=None if signaal.aanleiding is None else UUID(signaal.aanleiding),
    )
    return deliver(zending, ontvanger, stempel)


def _reply(
    antwoord: Antwoord,
    ontvanger: Partij,
    stempel: Stempel,
    today: date,
    tables: WlzTables,
) -> Outgoing:
    bsn = show_bsn(antwoord.persoon, tables.sleutels)
    value = tables.uitgaand.build_antwoord(antwoord, bsn, today)
    vraag = UUID(antwoord.vraag)
    zending = Zending(
        id=antwoord_id(vraag),
        soort=tables.uitgaand.antwoord.ce_type,
        zender=GGK,
        value=value,
        sha256=sha256(value).hexdigest(),
        kenmerk=antwoord.kenmerk,
        antwoord_op=vraag,
    )
    return deliver(zending, ontvanger, stempel)


def _postvak(code: str, on: date, tables: WlzTables) -> Partij | None:
    """Give who gets the post of a gemeente: itself, or who took its place.

    None where it was divided over others: nobody is its opvolger. Raises FeitError
    where there is no such gemeente.
    """
    partij = tables.register.partij(code)
    if partij is None:
        raise FeitError("een feit noemt een gemeente die er niet is")
    return tables.register.opvolger(partij, on)

"""The router's step: one record in, one outcome out. It is a function of the record.

What it makes bears the time that the log gave the record, so that a record that is
handled again, by whichever process, has the same outcome byte for byte.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from ibroker.core.aanlevering import Reden, read_aanlevering
from ibroker.core.addressing import Adresfout, address_bericht
from ibroker.core.answer import Answer, AnswerTables, build_answer, build_refusal
from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import (
    GGK,
    Stempel,
    Zending,
    antwoord_id,
    build_stempel,
    deliver,
    moment_of,
)
from ibroker.core.dubbel import (
    Eerder,
    Kenteken,
    make_kenteken,
    remember,
    seen_before,
)
from ibroker.core.fout import Niveau, Routeregel, Uitkomst
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.hartslag import deliver_hartslag
from ibroker.core.header import Header
from ibroker.core.onbestelbaar import set_aside
from ibroker.core.poststuk import (
    Besluit,
    Outcome,
    Poststuk,
    RouteTables,
    send,
    tell,
)
from ibroker.core.record import Outgoing, Record, Unreadable
from ibroker.core.register import Partij
from ibroker.core.state import State
from ibroker.core.verdict import Verdict, judge_bericht
from ibroker.core.wlz.afleiding import Afkomst
from ibroker.errors import AnswerError, WlzTableError

__all__ = ["Outcome", "RouteTables", "set_aside", "step"]

# What each kind of answer is to the world: the outcome, and the begin of its ce_type.
_ANTWOORD: Final = {
    "retour": (Uitkomsttype.RETOUR, "nl.istandaarden."),
    "fo01": (Uitkomsttype.FOUT, "nl.stuf."),
}


def step(record: Record, tables: RouteTables, state: State | None = None) -> Outcome:
    """Decide what becomes of a record of `ggk.aanlevering`. Never raises for it.

    In this order: what names no sender cannot be answered; the same bytes as were
    accepted before get nothing more, whatever the tables say by now; nor can a sender
    who is not known be answered; a sender who ended, a kenmerk that is none, what
    cannot be read or is not valid for its XSD, and what the sender may not send or has
    no receiver, gets a Fo01; what breaks a rule, or bears the name of another bericht,
    gets its retour, its 325, or a Fo01 where the standard has neither; the rest is
    delivered as it came, as is a retour whatever rule it breaks. What is addressed to
    ibroker itself is delivered as its facts. From ibroker itself come heartbeats alone.

    `state` is what was kept of earlier records; without one nothing is remembered.
    """
    aanlevering = read_aanlevering(record.headers)
    zender = aanlevering.zender
    if isinstance(zender, Reden):
        return set_aside(record, zender, tables)
    poststuk = _open(record, zender, aanlevering.kenmerk, tables)
    if zender == GGK:
        # What else ibroker makes does not come in here: who says so is unknown.
        outcome = deliver_hartslag(poststuk)
        return outcome or set_aside(record, Reden.ZENDER_ONBEKEND, tables)
    kenteken = None if state is None else _kenteken(poststuk, record.timestamp)
    eerder = Eerder.NIEUW
    if state is not None and kenteken is not None:
        eerder = seen_before(kenteken, state, tables.venster)
    if eerder is Eerder.DUBBEL:
        return _pass_over(poststuk)
    return _take(record, poststuk, aanlevering.kenmerk_goed, eerder, kenteken)


def _stempel(lost: Record | Unreadable, moment: datetime, bron: str) -> Stempel:
    return build_stempel((lost.topic, lost.partition, lost.offset), moment, bron)


def _open(
    record: Record, zender: str, kenmerk: str | None, tables: RouteTables
) -> Poststuk:
    """Read and judge what is in a record, whoever it is from."""
    moment = moment_of(record.timestamp)
    value = record.value or b""
    verdict, root = judge_bericht(value, tables.standards, tables.limits)
    return Poststuk(
        tables=tables,
        stempel=_stempel(record, moment, tables.bron),
        moment=moment.astimezone(tables.zone),
        value=value,
        sha256=sha256(value).hexdigest(),
        zender=zender,
        kenmerk=kenmerk,
        verdict=verdict,
        root=root,
    )


def _kenteken(poststuk: Poststuk, timestamp: int) -> Kenteken | None:
    """Give by what a bericht is known; None for what no one could have accepted."""
    verdict, tables = poststuk.verdict, poststuk.tables
    if verdict.berichttype is None or verdict.header is None:
        return None
    uniek = tables.standards.uniek
    afkomst = poststuk.zender, verdict.berichttype.type
    naam = uniek.name_of(verdict.berichttype, verdict.header)
    digest = bytes.fromhex(poststuk.sha256)
    return make_kenteken(afkomst, naam, digest, tables.sleutel, timestamp)


def _pass_over(poststuk: Poststuk) -> Outcome:
    """Send nothing: its sender already has what there is to have for these bytes."""
    verdict = replace(poststuk.verdict, niveau=None)
    besluit = Besluit(Uitkomsttype.DUBBEL, (), verdict)
    topic = poststuk.tables.register.topics.gebeurtenissen
    return Outcome((), tell(poststuk, besluit, None), topic)


def _take(
    record: Record,
    poststuk: Poststuk,
    kenmerk_goed: bool,  # noqa: FBT001 - as the header says
    eerder: Eerder,
    kenteken: Kenteken | None,
) -> Outcome:
    """Take a bericht from its sender, if there is one who can be answered."""
    tables = poststuk.tables
    partij = tables.register.partij(poststuk.zender)
    if partij is None:
        return set_aside(record, Reden.ZENDER_ONBEKEND, tables)
    antwoordadres = tables.register.opvolger(partij, poststuk.moment.date())
    if antwoordadres is None:
        return set_aside(record, Reden.ZENDER_NIET_GELDIG, tables)
    if antwoordadres.code != partij.code:
        return _refuse(poststuk, antwoordadres, Routeregel.ZENDER_NIET_GELDIG)
    if not kenmerk_goed:
        return _refuse(poststuk, partij, Routeregel.KENMERK)
    return _judge(poststuk, partij, eerder, kenteken)


def _judge(
    poststuk: Poststuk, zender: Partij, eerder: Eerder, kenteken: Kenteken | None
) -> Outcome:
    tables, verdict = poststuk.tables, poststuk.verdict
    gelezen, on = verdict.gelezen, poststuk.moment.date()
    adres = None
    if gelezen is not None:
        adres = address_bericht(*gelezen, zender, tables.register, on)
    if isinstance(adres, Adresfout):
        return _refuse(poststuk, zender, adres.regel, verdict)
    # Without keys there is no Wlz stream that could take its facts.
    if adres is not None and not adres.ontvanger.topic and tables.afleiding is None:
        return _refuse(poststuk, zender, Routeregel.NIET_ACTIEF, verdict)
    if eerder is Eerder.ANDER and gelezen is not None and verdict.niveau is None:
        fout = tables.standards.uniek.fout(gelezen[0])
        verdict = replace(
            verdict, uitkomst=Uitkomst.AFGEKEURD, niveau=Niveau.EERDER, fouten=(fout,)
        )
    answer = None if verdict.niveau is None else _answer_to(verdict, poststuk, zender)
    if answer is not None:
        return _reply(poststuk, zender, answer, _regels(verdict), verdict)
    if gelezen is None or adres is None:
        raise AnswerError(f"{verdict.uitkomst}: neither an answer nor a receiver")
    return Outcome(
        _zendingen(poststuk, adres.ontvanger, gelezen),
        tell(
            poststuk,
            Besluit(Uitkomsttype.BEZORGD, _regels(verdict), verdict),
            adres.ontvanger.code,
        ),
        tables.register.topics.gebeurtenissen,
        () if kenteken is None else remember(kenteken),
    )


def _zendingen(
    poststuk: Poststuk, ontvanger: Partij, gelezen: tuple[Berichttype, Header]
) -> tuple[Outgoing, ...]:
    """Give the bericht as it came in, for its receiver, and then its facts.

    For ibroker itself the facts are the delivery; the event names the first of them.
    """
    feiten = _feiten(poststuk, gelezen)
    if ontvanger.topic:
        return (_bezorging(poststuk, ontvanger, gelezen[0]), *feiten)
    if not feiten:
        # Afleiding.check lets no such type be: it would be lost without a trace.
        raise WlzTableError(f"{gelezen[0].type}: a bericht to {GGK} without a fact")
    return feiten


def _feiten(
    poststuk: Poststuk, gelezen: tuple[Berichttype, Header]
) -> tuple[Outgoing, ...]:
    """Give what the Wlz stream may know of a bericht that is delivered."""
    afleiding, stempel = poststuk.tables.afleiding, poststuk.stempel
    if afleiding is None or poststuk.root is None:
        return ()
    afkomst = Afkomst(str(stempel.id), stempel.tijd, poststuk.kenmerk)
    return afleiding.derive(*gelezen, poststuk.root, afkomst)


def _answer_to(verdict: Verdict, poststuk: Poststuk, zender: Partij) -> Answer | None:
    standards = poststuk.tables.standards
    return build_answer(
        poststuk.value,
        verdict,
        AnswerTables(standards.catalogue, standards.foutcodes),
        tijdstip=poststuk.moment,
        zender=zender.code,
        message_id=poststuk.stempel.id,
    )


def _regels(verdict: Verdict) -> tuple[str, ...]:
    return tuple(dict.fromkeys([fout.regel for fout in verdict.fouten]))


def _refuse(
    poststuk: Poststuk, naar: Partij, regel: str, verdict: Verdict | None = None
) -> Outcome:
    """Answer with a Fo01 for what no level of control is about.

    Without `verdict` the bericht counts as not looked into.
    """
    if verdict is not None:
        # A level that it fails besides does not count: its sender first mends this.
        verdict = replace(verdict, niveau=None)
    answer = build_refusal(
        poststuk.value,
        (regel,),
        poststuk.tables.standards.foutcodes,
        tijdstip=poststuk.moment,
        zender=naar.code,
        message_id=poststuk.stempel.id,
        functie=None if verdict is None else verdict.berichttype,
    )
    return _reply(poststuk, naar, answer, (regel,), verdict)


def _reply(
    poststuk: Poststuk,
    naar: Partij,
    answer: Answer,
    regels: tuple[str, ...],
    verdict: Verdict | None,
) -> Outcome:
    """Send an answer of ours to who sent the bericht."""
    uitkomst, soort = _ANTWOORD[answer.kind]
    zending = Zending(
        id=antwoord_id(poststuk.stempel.id),
        soort=f"{soort}{answer.type.lower()}",
        zender=GGK,
        value=answer.data,
        sha256=sha256(answer.data).hexdigest(),
        kenmerk=poststuk.kenmerk,
        antwoord_op=poststuk.stempel.id,
    )
    return send(poststuk, zending, naar, Besluit(uitkomst, regels, verdict))


def _bezorging(
    poststuk: Poststuk, ontvanger: Partij, berichttype: Berichttype
) -> Outgoing:
    """Make the record that delivers the bericht as it came in."""
    zending = Zending(
        id=poststuk.stempel.id,
        soort=berichttype.ce_type,
        zender=poststuk.zender,
        value=poststuk.value,
        sha256=poststuk.sha256,
        kenmerk=poststuk.kenmerk,
    )
    return deliver(zending, ontvanger, poststuk.stempel)

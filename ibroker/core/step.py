"""The router's step: one record in, one outcome out. It is a function of the record.

What it makes bears the time that the log gave the record, so that a record that is
handled again, by whichever process, has the same outcome byte for byte.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from ibroker.core.aanlevering import Reden, is_code, read_aanlevering
from ibroker.core.addressing import Adresfout, address_bericht
from ibroker.core.answer import Answer, AnswerTables, build_answer, build_refusal
from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import (
    GGK,
    Stempel,
    Zending,
    antwoord_id,
    build_stempel,
    moment_of,
)
from ibroker.core.fout import Routeregel
from ibroker.core.gebeurtenis import Gebeurtenis, Uitkomsttype
from ibroker.core.onbestelbaar import Onbestelbaar, lay_aside
from ibroker.core.poststuk import Besluit, Outcome, Poststuk, RouteTables, send
from ibroker.core.record import Record, Unreadable
from ibroker.core.register import Partij, Register
from ibroker.core.verdict import Verdict, validate_bericht
from ibroker.errors import AnswerError

__all__ = ["Outcome", "RouteTables", "set_aside", "step"]

_BERICHT: Final = "nl.istandaarden."
# What each kind of answer is to the world: the outcome, and the begin of its ce_type.
_ANTWOORD: Final = {
    "retour": (Uitkomsttype.RETOUR, _BERICHT),
    "fo01": (Uitkomsttype.FOUT, "nl.stuf."),
}


def step(record: Record, tables: RouteTables) -> Outcome:
    """Decide what becomes of a record of `ggk.aanlevering`. Never raises for it.

    In this order: a sender who is not known cannot be answered; a sender who ended, a
    kenmerk that is none, what cannot be read or is not valid for its XSD, and what the
    sender may not send or has no receiver, gets a Fo01; what breaks a rule gets its
    retour, its 325, or a Fo01 where the standard has neither; the rest is delivered as
    it came, as is a retour whatever rule it breaks.
    """
    aanlevering = read_aanlevering(record.headers)
    if isinstance(aanlevering.zender, Reden):
        return set_aside(record, aanlevering.zender, tables)
    zender = tables.register.partij(aanlevering.zender)
    # What ibroker makes does not come in here, so who says to be ibroker is unknown.
    if zender is None or zender.code == GGK:
        return set_aside(record, Reden.ZENDER_ONBEKEND, tables)
    moment = moment_of(record.timestamp)
    local = moment.astimezone(tables.zone)
    antwoordadres = tables.register.opvolger(zender, local.date())
    if antwoordadres is None:
        return set_aside(record, Reden.ZENDER_NIET_GELDIG, tables)
    value = record.value or b""
    poststuk = Poststuk(
        tables=tables,
        stempel=_stempel(record, moment, tables),
        moment=local,
        value=value,
        sha256=sha256(value).hexdigest(),
        zender=zender,
        antwoordadres=antwoordadres,
        kenmerk=aanlevering.kenmerk,
    )
    if antwoordadres.code != zender.code:
        return _refuse(poststuk, Routeregel.ZENDER_NIET_GELDIG)
    if not aanlevering.kenmerk_goed:
        return _refuse(poststuk, Routeregel.KENMERK)
    return _judge(poststuk)


def set_aside(lost: Record | Unreadable, reden: Reden, tables: RouteTables) -> Outcome:
    """Lay aside what can be neither delivered nor answered, for operators."""
    stempel = _stempel(lost, moment_of(lost.timestamp), tables)
    digest = grootte = None
    if isinstance(lost, Unreadable):
        letter = Onbestelbaar(reden, None, lost.raw)
    else:
        aanlevering = read_aanlevering(lost.headers)
        zender = _shown(aanlevering.zender, tables.register)
        letter = Onbestelbaar(reden, lost.key, lost.value, zender, aanlevering.kenmerk)
        value = lost.value or b""
        digest, grootte = sha256(value).hexdigest(), len(value)
    topics = tables.register.topics
    gebeurtenis = Gebeurtenis(
        type=Uitkomsttype.ONBESTELBAAR,
        stempel=stempel,
        zender=letter.zender,
        kenmerk=letter.kenmerk,
        sha256=digest,
        grootte=grootte,
        regels=(reden,),
    )
    outgoing = lay_aside(letter, stempel, topics.onbestelbaar)
    return Outcome((outgoing,), gebeurtenis, topics.gebeurtenissen)


def _stempel(
    record: Record | Unreadable, moment: datetime, tables: RouteTables
) -> Stempel:
    place = record.topic, record.partition, record.offset
    return build_stempel(place, moment, tables.bron)


def _shown(zender: str | Reden, register: Register) -> str | None:
    """Give a sender as far as operators may see it; else it may be anything at all."""
    if isinstance(zender, Reden):
        return None
    return zender if is_code(zender) or register.partij(zender) is not None else None


def _judge(poststuk: Poststuk) -> Outcome:
    tables = poststuk.tables
    verdict = validate_bericht(poststuk.value, tables.standards, tables.limits)
    gelezen, on = verdict.gelezen, poststuk.moment.date()
    adres = None
    if gelezen is not None:
        adres = address_bericht(*gelezen, poststuk.zender, tables.register, on)
    if isinstance(adres, Adresfout):
        return _refuse(poststuk, adres.regel, verdict)
    answer = None if verdict.niveau is None else _answer_to(verdict, poststuk)
    if answer is not None:
        return _reply(poststuk, answer, _regels(verdict), verdict)
    if gelezen is None or adres is None:
        raise AnswerError(f"{verdict.uitkomst}: neither an answer nor a receiver")
    return _bezorg(poststuk, adres.ontvanger, gelezen[0], verdict)


def _answer_to(verdict: Verdict, poststuk: Poststuk) -> Answer | None:
    standards = poststuk.tables.standards
    return build_answer(
        poststuk.value,
        verdict,
        AnswerTables(standards.catalogue, standards.foutcodes),
        tijdstip=poststuk.moment,
        zender=poststuk.antwoordadres.code,
        message_id=poststuk.stempel.id,
    )


def _regels(verdict: Verdict) -> tuple[str, ...]:
    return tuple(dict.fromkeys([fout.regel for fout in verdict.fouten]))


def _refuse(poststuk: Poststuk, regel: str, verdict: Verdict | None = None) -> Outcome:
    """Answer with a Fo01 for what no level of control is about."""
    if verdict is not None:
        # A level that it fails besides does not count: its sender first mends this.
        verdict = replace(verdict, niveau=None)
    answer = build_refusal(
        poststuk.value,
        (regel,),
        poststuk.tables.standards.foutcodes,
        tijdstip=poststuk.moment,
        zender=poststuk.antwoordadres.code,
        message_id=poststuk.stempel.id,
        functie=None if verdict is None else verdict.berichttype,
    )
    return _reply(poststuk, answer, (regel,), verdict)


def _reply(
    poststuk: Poststuk,
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
    besluit = Besluit(uitkomst, regels, verdict)
    return send(poststuk, zending, poststuk.antwoordadres, besluit)


def _bezorg(
    poststuk: Poststuk, ontvanger: Partij, berichttype: Berichttype, verdict: Verdict
) -> Outcome:
    """Deliver the bericht as it came in."""
    zending = Zending(
        id=poststuk.stempel.id,
        soort=f"{_BERICHT}{berichttype.type.lower()}",
        zender=poststuk.zender.code,
        value=poststuk.value,
        sha256=poststuk.sha256,
        kenmerk=poststuk.kenmerk,
    )
    besluit = Besluit(Uitkomsttype.BEZORGD, _regels(verdict), verdict)
    return send(poststuk, zending, ontvanger, besluit)

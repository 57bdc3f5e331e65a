"""Which answer a verdict asks for, if any."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.fo01 import Foutcodes, Stuurgegevens, build_fo01, message_uuid
from ibroker.core.fout import Niveau
from ibroker.core.retour import AFGEKEURD, build_retour
from ibroker.core.verdict import Verdict

__all__ = ["Answer", "AnswerTables", "build_answer", "build_refusal", "sender_of"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the sender of a bericht: `type` is WMO302 and so on, or Fo01."""

    kind: Literal["retour", "fo01"]
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AnswerTables:
    """The data that answering needs: the message types and the Fo01 list."""

    catalogue: Catalogue
    foutcodes: Foutcodes


def build_answer(  # noqa: PLR0913 - what is judged, by which tables, and the occasion
    data: bytes,
    verdict: Verdict,
    tables: AnswerTables,
    *,
    tijdstip: datetime,
    zender: str | None = None,
    message_id: UUID | None = None,
) -> Answer | None:
    """Build the answer that the verdict on `data` asks for, None where it asks none.

    Valid: none, the bericht is delivered. Level 2: the retour or the 325 with 0001
    (IV028, IV087); for a bericht that has neither, such as a 325, a Fo01; for a
    retour none, since an answer is never held back. Level 3 likewise, with the code of
    the rule, which is one about the header. Level 0 and 1: a Fo01.

    `zender` is the sender as the edge knows him, in place of what the header says.
    `message_id` names this delivery of `data`; without one, the bytes name it.
    `tijdstip`, in Dutch time, gives the answer its date. Same arguments, same bytes.

    Raises AnswerError where the verdict cannot be of a bericht of the catalogue.
    """
    if verdict.niveau is None:
        return None
    berichttype = verdict.berichttype
    if verdict.gelezen is not None and berichttype is not None:
        if berichttype.is_retour:
            return None
        answer = tables.catalogue.answer_to(berichttype)
        if answer is not None:
            retour = build_retour(
                verdict,
                tables.catalogue,
                retourcodes=_retourcodes(verdict),
                dagtekening=tijdstip.date(),
                oorzaak=_ids(data, message_id)[1],
            )
            return Answer("retour", answer.type, retour)
    return build_refusal(
        data,
        tuple(fout.regel for fout in verdict.fouten),
        tables.foutcodes,
        tijdstip=tijdstip,
        zender=sender_of(verdict) if zender is None else zender,
        message_id=message_id,
        functie=berichttype,
    )


def build_refusal(  # noqa: PLR0913 - as build_answer
    data: bytes,
    regels: tuple[str, ...],
    foutcodes: Foutcodes,
    *,
    tijdstip: datetime,
    zender: str | None,
    message_id: UUID | None = None,
    functie: Berichttype | None = None,
) -> Answer:
    """Build the Fo01 that refuses `data` for what it breaks; the first has the code.

    For what no verdict tells, such as a receiver that is not known. `functie` is the
    type of the bericht, where it is known; the others are as in `build_answer`.
    """
    bericht_id, oorzaak = _ids(data, message_id)
    fo01 = build_fo01(
        foutcodes.code_for(regels[0] if regels else ""),
        Stuurgegevens(
            ontvanger=zender,
            referentienummer=oorzaak,
            tijdstip=tijdstip,
            crossref=bericht_id,
        ),
        foutcodes,
        functie=functie,
        regels=regels,
    )
    return Answer("fo01", "Fo01", fo01)


def _retourcodes(verdict: Verdict) -> tuple[str, ...]:
    if verdict.niveau == Niveau.REGELS:
        return AFGEKEURD
    return tuple(dict.fromkeys([fout.retourcode for fout in verdict.fouten]))


def _ids(data: bytes, message_id: UUID | None) -> tuple[UUID, UUID]:
    """Give the id of the delivery that is answered, and that of the cause to answer.

    The cause is both the delivery and the bytes: the offsets of a rebuilt topic start
    again at 0.
    """
    sha256 = hashlib.sha256(data).digest()
    bericht_id = message_uuid(sha256, "bericht") if message_id is None else message_id
    return bericht_id, message_uuid(sha256, f"antwoord op {bericht_id}")


def sender_of(verdict: Verdict) -> str | None:
    """Tell who sent the bericht by its own header, None where that cannot be read.

    The value of the element that names the sender in this type (on a retour that is
    Ontvanger), or the one party that sends the type. Of a bericht that is not valid
    this may be anything.
    """
    berichttype = verdict.berichttype
    if berichttype is None:
        return None
    if berichttype.van_element is None:
        return berichttype.van
    header = verdict.header
    if header is None:
        return None
    return {"Afzender": header.afzender, "Ontvanger": header.ontvanger}.get(
        berichttype.van_element
    )

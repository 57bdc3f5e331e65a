"""Which answer a verdict asks for, if any."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from ibroker.core.catalogue import Catalogue
from ibroker.core.fo01 import Foutcodes, Stuurgegevens, build_fo01, message_uuid
from ibroker.core.fout import Niveau
from ibroker.core.retour import AFGEKEURD, build_retour
from ibroker.core.verdict import Verdict

__all__ = ["Answer", "AnswerTables", "build_answer", "sender_of"]


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
    retour none, since an answer is never held back. Level 0 and 1: a Fo01.

    `zender` is the sender as the edge knows him, in place of what the header says.
    `message_id` names this delivery of `data`; without one, the bytes name it.
    `tijdstip`, in Dutch time, gives the answer its date. Same arguments, same bytes.

    Raises AnswerError where the verdict cannot be of a bericht of the catalogue.
    """
    if verdict.niveau is None:
        return None
    sha256 = hashlib.sha256(data).digest()
    bericht_id = message_uuid(sha256, "bericht") if message_id is None else message_id
    # Both the delivery and the bytes: the offsets of a rebuilt topic start again at 0.
    oorzaak = message_uuid(sha256, f"antwoord op {bericht_id}")
    berichttype = verdict.berichttype
    if verdict.niveau == Niveau.REGELS and berichttype is not None:
        if berichttype.is_retour:
            return None
        answer = tables.catalogue.answer_to(berichttype)
        if answer is not None:
            retour = build_retour(
                verdict,
                tables.catalogue,
                retourcodes=AFGEKEURD,
                dagtekening=tijdstip.date(),
                oorzaak=oorzaak,
            )
            return Answer("retour", answer.type, retour)
    regels = tuple(fout.regel for fout in verdict.fouten)
    fo01 = build_fo01(
        tables.foutcodes.code_for(regels[0] if regels else ""),
        Stuurgegevens(
            ontvanger=sender_of(verdict) if zender is None else zender,
            referentienummer=oorzaak,
            tijdstip=tijdstip,
            crossref=bericht_id,
        ),
        tables.foutcodes,
        functie=berichttype,
        regels=regels,
    )
    return Answer("fo01", "Fo01", fo01)


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

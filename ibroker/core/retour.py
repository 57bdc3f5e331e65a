"""The retour of a heenbericht and the 325 of a 323: a header, and nothing else."""

import base64
import hashlib
import re
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from lxml import etree

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.fout import Niveau, Uitkomst
from ibroker.core.header import Header
from ibroker.core.verdict import Verdict
from ibroker.errors import AnswerError

__all__ = ["AFGEKEURD", "GOEDGEKEURD", "build_retour", "identificatie_retour"]

AFGEKEURD: Final = ("0001",)
"""Rejected for technical reasons: the answer at level 2 (IV028, IV087)."""
GOEDGEKEURD: Final[tuple[str, ...]] = ()
"""Approved: a retour without RetourCodes (IV028)."""

# These announce classes that carry codes of their own, so alone in a header they
# would be half an answer. Answers with classes (level 3) are not built here.
_CODES_OF_CLASSES: Final = frozenset({"0200", "0233", "8001"})
_RETOURCODE: Final = re.compile(r"[0-9A-Z][0-9]{3}")

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_IDENTIFICATIE_LENGTH: Final = 12  # LDT_IdentificatieBericht
_XML_SPACE: Final = " \t\r\n"

# A plain value, or the children of a composite type of the basisschema.
_Value: TypeAlias = str | tuple[tuple[str, str], ...]
_Part: TypeAlias = tuple[str, _Value]


def build_retour(
    verdict: Verdict,
    catalogue: Catalogue,
    *,
    retourcodes: tuple[str, ...],
    dagtekening: date,
    oorzaak: UUID,
) -> bytes:
    """Build the header-only answer to a heenbericht, or the 325 that rejects a 323.

    `verdict` is of a schema-valid bericht; `retourcodes` are the codes of the header:
    `AFGEKEURD`, `GOEDGEKEURD`, or the code of a rule about the header itself.
    `dagtekening` is the day of the answer, `oorzaak` what the answer is to; the
    answer's own identificatie is a function of it (see `identificatie_retour`). Same
    arguments, same bytes: UTF-8, a declaration, no byte order mark.

    Sources: IV028 and IV087 (levels and answers); the Header of the retour XSDs.

    Raises AnswerError where the standard has no such answer: no retour exists for the
    type; the bericht failed level 0 or 1; it failed level 2 and is to be approved; a
    323 is to be approved (that is for the gemeente); a code belongs to classes; or a
    value of the header is missing.
    """
    heen, header = _answerable(verdict)
    answer = catalogue.answer_to(heen)
    if answer is None:
        message = f"{heen.type}: the standard has no retour for it"
        raise AnswerError(message)
    _check_codes(verdict, heen, answer, retourcodes)
    parts: list[_Part] = [
        ("BerichtCode", answer.code),
        ("BerichtVersie", str(answer.standaard.berichtversie)),
        ("BerichtSubversie", str(answer.standaard.berichtsubversie)),
        *_parties(heen, answer, header),
    ]
    rejected_by_rules = verdict.niveau == Niveau.REGELS
    xslt = answer.standaard.xsltversie if rejected_by_rules else None
    own = (identificatie_retour(answer, oorzaak), dagtekening.isoformat())
    make = _retour_parts if answer.is_retour else _antwoord_parts
    parts += make(heen, header, answer, own, xslt)
    return _serialise(answer, parts, retourcodes)


def identificatie_retour(answer: Berichttype, oorzaak: UUID) -> str:
    """Give an answer its identificatie: 12 characters out of A-Z and 2-7.

    The first 60 bits of SHA-256 over the answer's namespace and `oorzaak`, in base32
    and not in anything denser, since a receiver may compare without case. A function
    of its cause, so that the same cause never gets two answers; of the cause and not
    of the content, since the same bytes sent twice are answered twice, and TR056 asks
    a new identificatie for each. One sender reaches a chance of one in a million that
    two of his million and a half answers of one type agree.
    """
    digest = hashlib.sha256(answer.namespace.encode() + oorzaak.bytes).digest()
    return base64.b32encode(digest)[:_IDENTIFICATIE_LENGTH].decode()


def _answerable(verdict: Verdict) -> tuple[Berichttype, Header]:
    if verdict.berichttype is None or verdict.header is None:
        message = "a bericht that could not be read has no retour"
        raise AnswerError(message)
    if verdict.niveau in (Niveau.LEZEN, Niveau.XSD):
        message = f"{verdict.berichttype.type}: not schema-valid, so no retour (IV028)"
        raise AnswerError(message)
    return verdict.berichttype, verdict.header


def _check_codes(
    verdict: Verdict,
    heen: Berichttype,
    answer: Berichttype,
    retourcodes: tuple[str, ...],
) -> None:
    if not retourcodes and not answer.is_retour:
        message = f"{heen.type}: only the gemeente approves a declaration"
        raise AnswerError(message)
    if not retourcodes and verdict.uitkomst is not Uitkomst.GELDIG:
        message = f"{heen.type}: {verdict.uitkomst}, so it cannot be approved"
        raise AnswerError(message)
    for code in retourcodes:
        if not _RETOURCODE.fullmatch(code) or code in _CODES_OF_CLASSES:
            message = f"{answer.type}: {code!r} is no code for a header alone"
            raise AnswerError(message)


def _parties(
    heen: Berichttype, answer: Berichttype, header: Header
) -> tuple[_Part, ...]:
    """Give Afzender and Ontvanger, as far as the standard has them in this answer.

    A retour keeps those of the heenbericht (IV028). A 325 is a bericht of its own, so
    who received the 323 is its sender.
    """
    given = {"Afzender": header.afzender, "Ontvanger": header.ontvanger}
    if not answer.is_retour:
        by_role = {
            answer.van_element: heen.naar_element,
            answer.naar_element: heen.van_element,
        }
        given = {name: given.get(by_role.get(name) or "") for name in given}
    return tuple(
        (element, _present(heen, element, value))
        for element, value in given.items()
        if element in (answer.van_element, answer.naar_element)
    )


def _retour_parts(
    heen: Berichttype,
    header: Header,
    answer: Berichttype,
    own: tuple[str, str],
    xslt: str | None,
) -> tuple[_Part, ...]:
    """Give what follows the parties in a retour, in the order of its XSD."""
    identificatie, dagtekening = own
    return (
        ("BerichtIdentificatie", _heen_identificatie(heen, header)),
        ("XsdVersie", _heen_xsd_versie(heen, header)),
        ("IdentificatieRetour", identificatie),
        ("DagtekeningRetour", dagtekening),
        *_xslt_part(xslt),
        ("XsdVersieRetour", _own_xsd_versie(answer)),
    )


def _antwoord_parts(
    heen: Berichttype,
    header: Header,
    answer: Berichttype,
    own: tuple[str, str],
    xslt: str | None,
) -> tuple[_Part, ...]:
    """Give what follows the parties in a 325, in the order of its XSD."""
    return (
        ("BerichtIdentificatie", _identificatie(*own)),
        ("XsdVersie", _own_xsd_versie(answer)),
        ("DeclaratieIdentificatie", _heen_identificatie(heen, header)),
        *_xslt_part(xslt),
        ("XsdVersieDeclaratie", _heen_xsd_versie(heen, header)),
    )


def _identificatie(identificatie: str, dagtekening: str) -> _Value:
    return (("Identificatie", identificatie), ("Dagtekening", dagtekening))


def _heen_identificatie(heen: Berichttype, header: Header) -> _Value:
    # xs:date collapses white space and xs:string keeps it, so only the date is trimmed.
    return _identificatie(
        _present(heen, "Identificatie", header.identificatie),
        _present(heen, "Dagtekening", header.dagtekening).strip(_XML_SPACE),
    )


def _xsd_versie(basis: str, bericht: str) -> _Value:
    return (("BasisschemaXsdVersie", basis), ("BerichtXsdVersie", bericht))


def _heen_xsd_versie(heen: Berichttype, header: Header) -> _Value:
    if header.xsd_versie is None:
        message = f"{heen.type}: XsdVersie is missing in a schema-valid header"
        raise AnswerError(message)
    return _xsd_versie(*header.xsd_versie)


def _own_xsd_versie(answer: Berichttype) -> _Value:
    return _xsd_versie(answer.standaard.xsd_versie, answer.standaard.xsd_versie)


def _xslt_part(xslt: str | None) -> tuple[_Part, ...]:
    return () if xslt is None else (("XsltVersie", xslt),)


def _present(heen: Berichttype, element: str, value: str | None) -> str:
    if value is None:
        message = f"{heen.type}: {element} is missing in a schema-valid header"
        raise AnswerError(message)
    return value


def _serialise(
    answer: Berichttype, parts: list[_Part], retourcodes: tuple[str, ...]
) -> bytes:
    """Write the answer with the prefixes of the standard's own examples."""
    bericht, basis = f"{{{answer.namespace}}}", f"{{{answer.standaard.basis}}}"
    root = etree.Element(
        f"{bericht}Bericht",
        nsmap={
            answer.type.lower(): answer.namespace,
            answer.standaard.naam.lower(): answer.standaard.basis,
        },
    )
    header = etree.SubElement(root, f"{bericht}Header")
    for name, value in parts:
        element = etree.SubElement(header, f"{bericht}{name}")
        if isinstance(value, str):
            element.text = value
            continue
        for child_name, child_value in value:
            etree.SubElement(element, f"{basis}{child_name}").text = child_value
    if retourcodes:
        codes = etree.SubElement(header, f"{bericht}RetourCodes")
        for code in retourcodes:
            etree.SubElement(codes, f"{bericht}RetourCode").text = code
    xml: bytes = etree.tostring(root, encoding="UTF-8", pretty_print=True)
    return _DECLARATION + xml

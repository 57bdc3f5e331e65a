"""The Fo01: the StUF error message with which the GGk refuses a bericht."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from lxml import etree

from ibroker.core.catalogue import Berichttype
from ibroker.core.fout import Regel, Routeregel
from ibroker.errors import AnswerError, ConfigError

__all__ = [
    "Foutcode",
    "Foutcodes",
    "Stuurgegevens",
    "build_fo01",
    "load_fo01",
    "message_uuid",
]

_STUF: Final = "http://www.egem.nl/StUF/StUF0301"
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'

# What stuf0301.xsd allows.
_MAX_CODE: Final = 7
_MAX_OMSCHRIJVING: Final = 200
_PLEKKEN: Final = frozenset({"client", "server"})
# Part of the omschrijving stays free, for the rules that are named behind it.
_MAX_TEKST: Final = 120

_UUID_BYTES: Final = 16
_PARTY: Final = re.compile(r"[0-9]{4}|[0-9]{8}|CAK|SVB|CIZ")


@dataclass(frozen=True, slots=True)
class Foutcode:
    """One code of the Fo01 list: where the fault is, and what we say of it."""

    code: str
    plek: str
    omschrijving: str


@dataclass(frozen=True, slots=True)
class Foutcodes:
    """The codes that the GGk gives, and which one a broken rule asks for.

    `regels` maps a `Regel` of level 0 or 1, a `Routeregel`, and each rule for a
    receiver that is not known, to a code; every other rule gets `standaardcode`.
    `zender` is (organisatie, applicatie) of the GGk itself, `applicatie` what stands
    for the receiver's own.
    """

    codes: Mapping[str, Foutcode]
    regels: Mapping[str, str]
    standaardcode: str
    zender: tuple[str, str]
    applicatie: str

    def code_for(self, regel: str) -> str:
        """Give the code of the Fo01 that refuses a bericht for breaking `regel`."""
        return self.regels.get(regel, self.standaardcode)


@dataclass(frozen=True, slots=True)
class Stuurgegevens:
    """The envelope part of a Fo01 that differs from one to the next.

    `ontvanger` is the sender of the refused bericht, None where unknown; `crossref`
    the id of that bericht, `referentienummer` that of the Fo01. `tijdstip` is written
    as it stands, so it is in Dutch time.
    """

    ontvanger: str | None
    referentienummer: UUID
    tijdstip: datetime
    crossref: UUID


def load_fo01(table: Mapping[str, Any]) -> Foutcodes:
    """Build the codes from the parsed fo01.toml.

    Raises ConfigError where a key is missing or of the wrong kind, a code stands
    twice, a value does not fit stuf0301.xsd, or a `Regel` or `Routeregel` has no code.
    """
    try:
        codes: dict[str, Foutcode] = {}
        for row in table["code"]:
            foutcode = Foutcode(**row)
            _check_code(foutcode, codes)
            codes[foutcode.code] = foutcode
        foutcodes = Foutcodes(
            codes=MappingProxyType(codes),
            regels=MappingProxyType({**table["onbekend"], **table["regels"]}),
            standaardcode=table["standaardcode"],
            zender=(table["zender"]["organisatie"], table["zender"]["applicatie"]),
            applicatie=table["ontvanger"]["applicatie"],
        )
    except (KeyError, TypeError) as error:
        message = f"fo01.toml: {error}"
        raise ConfigError(message) from error
    _check_regels(foutcodes, table["regels"])
    return foutcodes


def build_fo01(
    code: str,
    stuurgegevens: Stuurgegevens,
    foutcodes: Foutcodes,
    *,
    functie: Berichttype | None = None,
    regels: tuple[str, ...] = (),
) -> bytes:
    """Build the Fo01 with that code of the list, valid for stuf0301.xsd.

    `functie` is the type of the refused bericht, where it is known, and goes in
    details (`JW315-00030002`); `regels` are the rules it breaks, named in the
    omschrijving as far as they fit. An ontvanger that is no code of a party is left
    out, as the XSD allows: it may have been read from a bericht that is not valid.
    detailsXML, the place for the original, is never filled, since that holds personal
    data and may not even be XML. Same arguments, same bytes.

    Sources: StUF-GGk 2.1 patch 4, the Fo01 code list of November 2025.

    Raises AnswerError where the code is not in the list.
    """
    foutcode = foutcodes.codes.get(code)
    if foutcode is None:
        message = f"Fo01: {code!r} is not a code of the list"
        raise AnswerError(message)
    root = etree.Element(f"{{{_STUF}}}Fo01Bericht", nsmap={"StUF": _STUF})
    part = _add(root, "stuurgegevens")
    _add(part, "berichtcode", "Fo01")
    _add_systeem(part, "zender", *foutcodes.zender)
    ontvanger = stuurgegevens.ontvanger
    if ontvanger is not None and not _PARTY.fullmatch(ontvanger):
        ontvanger = None
    _add_systeem(part, "ontvanger", ontvanger, foutcodes.applicatie)
    _add(part, "referentienummer", str(stuurgegevens.referentienummer))
    _add(part, "tijdstipBericht", _tijdstip(stuurgegevens.tijdstip))
    _add(part, "crossRefnummer", str(stuurgegevens.crossref))
    body = _add(root, "body")
    _add(body, "code", foutcode.code)
    _add(body, "plek", foutcode.plek)
    _add(body, "omschrijving", _omschrijving(foutcode.omschrijving, regels))
    if functie is not None:
        _add(body, "details", _details(functie))
    xml: bytes = etree.tostring(root, encoding="UTF-8", pretty_print=True)
    return _DECLARATION + xml


def message_uuid(sha256: bytes, purpose: str) -> UUID:
    """Make a UUID that is a function of a digest and of what it is for.

    It has the form of a version 4, which StUF-GGk demands, though nothing in it is
    random: whoever does the same work twice gives the same ids.
    """
    digest = hashlib.sha256(sha256 + purpose.encode()).digest()
    return UUID(bytes=digest[:_UUID_BYTES], version=4)


def _check_code(foutcode: Foutcode, codes: Mapping[str, Foutcode]) -> None:
    problem = None
    if foutcode.code in codes:
        problem = "stands twice"
    elif not 0 < len(foutcode.code) <= _MAX_CODE:
        problem = f"code is not 1 to {_MAX_CODE} characters"
    elif foutcode.plek not in _PLEKKEN:
        problem = "plek is neither client nor server"
    elif not 0 < len(foutcode.omschrijving) <= _MAX_TEKST:
        problem = f"omschrijving is not 1 to {_MAX_TEKST} characters"
    if problem is not None:
        message = f"fo01.toml: {foutcode.code}: {problem}"
        raise ConfigError(message)


def _check_regels(foutcodes: Foutcodes, regels: Mapping[str, str]) -> None:
    known = {*Regel, *Routeregel}
    missing = sorted(known - set(regels))
    unknown = sorted(set(regels) - known)
    used = {foutcodes.standaardcode, *foutcodes.regels.values()}
    without = sorted(used - set(foutcodes.codes))
    for what, names in (
        ("regels without a code", missing),
        ("unknown regels", unknown),
        ("codes that are not in the list", without),
    ):
        if names:
            message = f"fo01.toml: {what}: {', '.join(names)}"
            raise ConfigError(message)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_STUF}}}{name}")
    element.text = text
    return element


def _add_systeem(
    parent: etree._Element, name: str, organisatie: str | None, applicatie: str
) -> None:
    systeem = _add(parent, name)
    if organisatie is not None:
        _add(systeem, "organisatie", organisatie)
    _add(systeem, "applicatie", applicatie)


def _tijdstip(moment: datetime) -> str:
    # strftime does not fill up a year below 1000 on every platform.
    return f"{moment.year:04}{moment:%m%d%H%M%S}"


def _details(functie: Berichttype) -> str:
    standaard = functie.standaard
    return f"{functie.type}-{standaard.berichtversie:04}{standaard.berichtsubversie:04}"


def _omschrijving(tekst: str, regels: tuple[str, ...]) -> str:
    """Name each rule once behind the text, as many as the XSD leaves room for."""
    names = tuple(dict.fromkeys(regels))
    for count in range(len(names), 0, -1):
        more = len(names) - count
        rest = f" en {more} meer" if more else ""
        label = "Regel" if len(names) == 1 else "Regels"
        whole = f"{tekst} {label}: {', '.join(names[:count])}{rest}."
        if len(whole) <= _MAX_OMSCHRIJVING:
            return whole
    return tekst

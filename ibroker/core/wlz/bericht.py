"""The berichten that the Wlz stream sends: a Wlz-signaal, and the answer to a question.

They are the only XML of ours with the number of a client in it. What they look like is
a standard of our own (schemas/ggk-wlz-1.0), as none is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID

from lxml import etree

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.retour import identificatie_retour
from ibroker.core.wlz.signaal import Antwoord, Signaal
from ibroker.errors import WlzTableError

__all__ = ["Part", "Uitgaand", "build_header", "parse_uitgaand", "write_bericht"]

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
# The classes whose children are those of a composite type of the basisschema.
_COMPOSITE: Final = frozenset({"BerichtIdentificatie", "XsdVersie"})
Part: TypeAlias = tuple[str, "str | Sequence[Part]"]
"""An element: its name, and its text or its children."""


@dataclass(frozen=True, slots=True)
class Uitgaand:
    """The types of what goes out; `parse_uitgaand` makes one."""

    signaal: Berichttype
    antwoord: Berichttype
    hartslag: Berichttype

    def build_signaal(self, signaal: Signaal, bsn: str, dagtekening: date) -> bytes:
        """Write a signal on the person with that BSN, valid for its XSD.

        Its identificatie is a function of its id. Same arguments, same bytes.
        """
        herroept = _optional("Herroept", signaal.herroept)
        parts: Part = (
            "Signaal",
            (
                ("SignaalId", signaal.id),
                ("Reden", signaal.reden),
                *herroept,
                ("WlzStatus", signaal.status),
                *_datums(signaal.afgifte, signaal.ingang, signaal.einde),
                (
                    "ToewijzingNummers",
                    [("ToewijzingNummer", str(nummer)) for nummer in signaal.nummers],
                ),
            ),
        )
        header = build_header(
            self.signaal, ("Ontvanger", signaal.gemeente), signaal.id, dagtekening
        )
        return write_bericht(self.signaal, header, [("Bsn", bsn), parts])

    def build_antwoord(self, antwoord: Antwoord, bsn: str, dagtekening: date) -> bytes:
        """Write the answer to a question about the person with that BSN.

        Its identificatie is a function of the message id of the question, which it
        also names by the asker's own identificatie. Same arguments, same bytes.
        """
        parts: list[Part] = [("Bsn", bsn), ("WlzStatus", antwoord.status)]
        if antwoord.afgifte is not None and antwoord.ingang is not None:
            datums = _datums(antwoord.afgifte, antwoord.ingang, antwoord.einde)
            parts.append(("Indicatie", datums))
        header = build_header(
            self.antwoord, ("Ontvanger", antwoord.gemeente), antwoord.vraag, dagtekening
        )
        vraag: Part = ("VraagIdentificatie", antwoord.identificatie)
        return write_bericht(self.antwoord, (*header, vraag), parts)


def parse_uitgaand(table: Mapping[str, Any], catalogue: Catalogue) -> Uitgaand:
    """Find the types that the parsed feiten.toml names in the catalogue.

    Raises WlzTableError where one is not there.
    """
    found: dict[str, Berichttype] = {}
    for name in ("signaal", "antwoord"):
        berichttype = catalogue.by_type.get(table.get(name, ""))
        if berichttype is None:
            raise WlzTableError(f"feiten.toml: {name} is geen berichttype")
        found[name] = berichttype
    return Uitgaand(**found, hartslag=catalogue.hartslag)


def build_header(
    berichttype: Berichttype, partij: Part, oorzaak: str, dagtekening: date
) -> tuple[Part, ...]:
    """Give the header; `partij` is who it is from or for, as the XSD names that.

    `oorzaak` is a UUID: the identificatie is a function of it.
    """
    standaard = berichttype.standaard
    identificatie = identificatie_retour(berichttype, UUID(oorzaak))
    versie = standaard.xsd_versie
    return (
        ("BerichtCode", berichttype.code),
        ("BerichtVersie", str(standaard.berichtversie)),
        ("BerichtSubversie", str(standaard.berichtsubversie)),
        partij,
        (
            "BerichtIdentificatie",
            (("Identificatie", identificatie), ("Dagtekening", _iso(dagtekening))),
        ),
        (
            "XsdVersie",
            (("BasisschemaXsdVersie", versie), ("BerichtXsdVersie", versie)),
        ),
    )


def _datums(afgifte: date, ingang: date, einde: date | None) -> tuple[Part, ...]:
    return (
        ("Afgiftedatum", _iso(afgifte)),
        ("Ingangsdatum", _iso(ingang)),
        *_optional("Einddatum", None if einde is None else _iso(einde)),
    )


def _iso(day: date) -> str:
    return day.isoformat()


def _optional(name: str, value: str | None) -> tuple[Part, ...]:
    return () if value is None else ((name, value),)


def write_bericht(
    berichttype: Berichttype, header: Sequence[Part], client: Sequence[Part]
) -> bytes:
    """Write a bericht with that header about one person, in UTF-8."""
    own, basis = berichttype.namespace, berichttype.standaard.basis
    root = etree.Element(
        f"{{{own}}}Bericht",
        nsmap={
            berichttype.type.lower(): own,
            berichttype.standaard.naam.lower(): basis,
        },
    )
    _add(root, ("Header", header), own, basis)
    _add(root, ("Client", client), own, basis)
    xml: bytes = etree.tostring(root, encoding="UTF-8", pretty_print=True)
    return _DECLARATION + xml


def _add(parent: etree._Element, part: Part, namespace: str, basis: str) -> None:
    name, value = part
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if isinstance(value, str):
        element.text = value
        return
    inside = basis if name in _COMPOSITE else namespace
    for one in value:
        _add(element, one, inside, basis)

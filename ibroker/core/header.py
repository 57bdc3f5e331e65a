"""The header of a bericht: who, to whom, which one, of when."""

from dataclasses import dataclass

from lxml import etree

__all__ = ["Header", "dagtekening_of", "read_header"]


@dataclass(frozen=True, slots=True)
class Header:
    """The header values that routing and answering need; absent ones are None.

    `afzender` and `ontvanger` are the header's own elements, so on a retour those of
    the heenbericht; who really sends is for the catalogue to say. The two versions
    are (BasisschemaXsdVersie, BerichtXsdVersie).
    """

    afzender: str | None
    ontvanger: str | None
    identificatie: str | None
    dagtekening: str | None
    xsd_versie: tuple[str, str] | None


def read_header(root: etree._Element) -> Header:
    """Read the header of a bericht without comments, whatever else is wrong with it."""
    values: dict[str, str] = {}
    for child in root[0] if len(root) else ():
        name = child.tag.rpartition("}")[2]
        if name in ("BerichtIdentificatie", "XsdVersie"):
            for part in child:
                values[part.tag.rpartition("}")[2]] = part.text or ""
        elif name in ("Afzender", "Ontvanger"):
            values[name] = child.text or ""
    basis = values.get("BasisschemaXsdVersie")
    bericht = values.get("BerichtXsdVersie")
    return Header(
        values.get("Afzender"),
        values.get("Ontvanger"),
        values.get("Identificatie"),
        values.get("Dagtekening"),
        None if basis is None or bericht is None else (basis, bericht),
    )


def dagtekening_of(root: etree._Element) -> etree._Element:
    """Header/BerichtIdentificatie/Dagtekening, which every valid bericht has.

    Raises LookupError where it is not there: the XSD is wrong.
    """
    for child in root[0]:
        if child.tag.endswith("}BerichtIdentificatie"):
            return child[1]
    raise LookupError

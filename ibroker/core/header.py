"""The header of a bericht: who, to whom, which one, of when."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

__all__ = ["Header", "header_tags", "read_header"]


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


def header_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Of the tags that an XSD knows those that a header is read by."""
    return {tag: name for tag, name in tags.items() if name in _NAMES}


def read_header(
    root: etree._Element, tags: Mapping[str, str]
) -> tuple[Header, etree._Element | None]:
    """Read the header of a bericht, and the element that holds its dagtekening.

    Whatever else is wrong with the bericht; `tags` are its `header_tags`. Of elements
    with one name the first counts: later ones are of the bericht that this one answers.
    """
    found: dict[str, str] = {}
    dagtekening = None
    for child in root[0][:] if len(root) else ():
        name = tags.get(child.tag)  # type: ignore[arg-type] # a str
        if name in _GROUPS:
            for part in child[:]:
                name = tags.get(part.tag, "")  # type: ignore[arg-type]
                if name not in found:
                    found[name] = part.text or ""
                    dagtekening = part if name == _DAGTEKENING else dagtekening
        elif name is not None:
            found[name] = child.text or ""
    basis, bericht = found.get(_BASIS), found.get(_BERICHT)
    return (
        Header(
            found.get("Afzender"),
            found.get("Ontvanger"),
            found.get("Identificatie"),
            found.get(_DAGTEKENING),
            None if basis is None or bericht is None else (basis, bericht),
        ),
        dagtekening,
    )


_BASIS, _BERICHT = "BasisschemaXsdVersie", "BerichtXsdVersie"
_DAGTEKENING = "Dagtekening"
_GROUPS = frozenset({"BerichtIdentificatie", "XsdVersie"})
_NAMES = _GROUPS | {
    "Afzender",
    "Ontvanger",
    "Identificatie",
    _DAGTEKENING,
    _BASIS,
    _BERICHT,
}

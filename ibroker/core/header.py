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
    found: dict[str, etree._Element] = {}
    if len(root):
        for element in root[0].iter(*tags):
            found.setdefault(tags[element.tag], element)
    basis, bericht = found.get(_BASIS), found.get(_BERICHT)
    versions = None
    if basis is not None and bericht is not None:
        versions = basis.text or "", bericht.text or ""
    dagtekening = found.get("Dagtekening")
    return (
        Header(
            _text(found.get("Afzender")),
            _text(found.get("Ontvanger")),
            _text(found.get("Identificatie")),
            _text(dagtekening),
            versions,
        ),
        dagtekening,
    )


_BASIS, _BERICHT = "BasisschemaXsdVersie", "BerichtXsdVersie"
_NAMES = frozenset(
    {"Afzender", "Ontvanger", "Identificatie", "Dagtekening", _BASIS, _BERICHT}
)


def _text(element: etree._Element | None) -> str | None:
    return None if element is None else element.text or ""

"""What a rule gets and gives: elements of a schema-valid bericht."""

from collections.abc import Iterable

from lxml import etree

__all__ = ["NIETS", "PLEK", "Lid", "Plaatsen", "Veld", "Velden", "child_of", "tekst"]

Veld = etree._Element | None
"""A field that the standard makes optional: None where it is absent."""

Velden = dict[str, etree._Element | None]
"""A record: the fields of one element by name, and the element itself as `PLEK`."""

PLEK = "."

Lid = tuple[etree._Element, ...]
"""A member of a list: its element, then the fields that the rule reads (or None)."""

Plaatsen = Iterable[tuple[etree._Element, ...]]
"""For each time a rule is broken: the elements that it names, in document order."""

NIETS: Plaatsen = ()
"""The rule holds."""


def tekst(veld: Veld) -> str:
    """The value as it stands, empty where the field is absent."""
    return "" if veld is None else veld.text or ""


def child_of(element: etree._Element, name: str) -> Veld:
    """The first child in the element's own namespace of that name."""
    tag = str(element.tag)
    return next(element.iterchildren(tag[: tag.index("}") + 1] + name), None)

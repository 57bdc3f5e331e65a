"""What links a bericht to others of its conversation, and how an event may say so.

A retour belongs to its heenbericht, a 325 to a 323, a 301 or 319 to a 315 or 317. The
values that tell are in the berichten; an event bears only a keyed hash of them, which
is equal where the values are, and says nothing to whoever has not the key.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from lxml import etree

from ibroker.core.catalogue import Berichttype, Verwijspad
from ibroker.core.header import Header

__all__ = ["HEENBERICHT", "Verwijzing", "pseudonymise", "read_verwijzingen"]

HEENBERICHT: Final = "Heenbericht"
"""The soort that links a retour to its heenbericht; the others are in the catalogue."""

_MOST: Final = 200  # references of one bericht, so that its event stays small
_HEX_DIGITS: Final = 16
_XML_SPACE: Final = " \t\r\n"
_SEPARATOR: Final = "\0"  # stands in no XML, so what it joins can be read in one way


@dataclass(frozen=True, slots=True)
class Verwijzing:
    """One reference as the bericht has it: `delen` are its values, and never shown."""

    soort: str
    delen: tuple[str, ...] = field(repr=False)


def read_verwijzingen(
    root: etree._Element, namespace: str, paden: Sequence[Verwijspad]
) -> tuple[Verwijzing, ...]:
    """Read the references at `paden` of a schema-valid bericht, the first 200.

    Distinct, in document order for each of `paden`. An element with children gives the
    values of all of them, as a CDT_BerichtIdentificatie does of its two.
    """
    found: dict[Verwijzing, None] = {}
    for pad in paden:
        for element in _compiled(namespace, pad.pad)(root):
            parts = element[:] or (element,)
            # The XSD takes space round a date as no part of it; so does a sender who
            # copies a name.
            delen = tuple([(part.text or "").strip(_XML_SPACE) for part in parts])
            found[Verwijzing(pad.soort, delen)] = None
            if len(found) == _MOST:
                return tuple(found)
    return tuple(found)


def pseudonymise(
    berichttype: Berichttype,
    header: Header,
    verwijzingen: Sequence[Verwijzing],
    sleutel: bytes,
) -> tuple[tuple[str, str], ...]:
    """Give the references of a schema-valid bericht as (soort, waarde) for its event.

    A heenbericht and its retour have one of soort `HEENBERICHT` besides those that
    were read. `waarde` is the first 16 hex digits of an HMAC-SHA-256 with `sleutel`
    over the soort, what the value is unique in, the two parties in whatever direction,
    and the value. It is unique in a type for a heenbericht (TR056), and in Wmo or
    Jeugdwet for the others (TR347).
    """
    partijen = sorted(
        (
            _partij(berichttype.van, berichttype.van_element, header),
            _partij(berichttype.naar, berichttype.naar_element, header),
        )
    )
    domein = berichttype.standaard.naam
    waarden = [
        (one.soort, (one.soort, domein, *partijen, *one.delen)) for one in verwijzingen
    ]
    heen = berichttype.retour_van or (berichttype.retour and berichttype.type)
    if heen is not None:
        eigen = (
            header.identificatie or "",
            (header.dagtekening or "").strip(_XML_SPACE),
        )
        waarden.insert(0, (HEENBERICHT, (HEENBERICHT, heen, *partijen, *eigen)))
    return tuple([(soort, _hash(parts, sleutel)) for soort, parts in waarden])


def _partij(partij: str, element: str | None, header: Header) -> str:
    """Name a party as the header does; it is the same on a retour as on its heen."""
    if element is None:
        return partij
    return {"Afzender": header.afzender, "Ontvanger": header.ontvanger}[element] or ""


def _hash(parts: Sequence[str], sleutel: bytes) -> str:
    message = _SEPARATOR.join(parts).encode()
    return hmac.digest(sleutel, message, "sha256").hex()[:_HEX_DIGITS]


@cache
def _compiled(namespace: str, pad: str) -> etree.XPath:
    """Compile a path of the catalogue; all its elements are of the bericht's own XSD.

    libxml2 follows it three times as fast as steps in Python do.
    """
    path = "/".join(f"b:{name}" for name in pad.split("/"))
    return etree.XPath(path, namespaces={"b": namespace}, smart_strings=False)

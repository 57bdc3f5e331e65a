"""Berichten with very many equal elements, which rules compare with each other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.core.hostile import good, repeated

__all__ = ["MANY", "Many"]

NUMBER, OLDER = "ReferentieNummer", "VorigReferentieNummer"


@dataclass(frozen=True, slots=True)
class Many:
    """`make` gives the bericht with so many of them; `times` is close to the limit."""

    name: str
    regels: str
    times: int
    make: Callable[[int], bytes]


def _vorige(standaard: str, eigen: str, vorig: str, times: int) -> bytes:
    """A 323 with prestaties that each name one before them."""
    old = f"P-0001</{standaard}:{NUMBER}>"
    new = (
        f"{eigen}</{standaard}:{NUMBER}>"
        f"<{standaard}:{OLDER}>{vorig}</{standaard}:{OLDER}>"
    )
    name = {"iwmo": "WMO323", "ijw": "JW323"}[standaard]
    return repeated(name, "Prestatie", times, old, new)


def _numbered(times: int) -> bytes:
    """A 315 with products that each have another reference."""
    return repeated("WMO315", "AangevraagdProduct", times, "verzoek-0001", "v{}")


def _empty(times: int) -> bytes:
    """A 301 with Contact elements that lack everything."""
    contact = b"<wmo301:Contact>"
    return good("WMO301").replace(contact, b"<wmo301:Contact/>" * times + contact)


def _equal(name: str, element: str, regels: str, times: int) -> Many:
    return Many(f"{name}, {element}", regels, times, partial(repeated, name, element))


MANY = (
    _equal("WMO323", "Prestatie", "TR101 TR358 TR416", 30_000),
    _equal("JW323", "Prestatie", "TR101 TR358 TR416", 30_000),
    _equal("WMO323", "Client", "TR101 TR358", 20_000),
    _equal("WMO315", "AangevraagdProduct", "TR101 TR383 TR386", 20_000),
    _equal("JW315", "AangevraagdProduct", "TR101 TR383 TR386", 20_000),
    _equal("WMO301", "ToegewezenProduct", "TR101 TR302", 20_000),
    _equal("WMO301", "Contact", "TR101", 60_000),
    Many("WMO315, numbered", "TR386", 20_000, _numbered),
    Many("WMO301, empty Contact", "XSD", 500_000, _empty),
    Many(
        "WMO323, all name one",
        "CD060 TR101 TR315 TR358 TR416",
        25_000,
        partial(_vorige, "iwmo", "P-0001", "P-0000"),
    ),
    Many(
        "JW323, numbered, all name one",
        "CD060 TR315 TR358 TR416",
        25_000,
        partial(_vorige, "ijw", "P-{0}", "P-0000"),
    ),
    Many(
        "WMO323, each names another",
        "CD060 TR358 TR416",
        25_000,
        partial(_vorige, "iwmo", "P-{0}", "Q-{0}"),
    ),
)

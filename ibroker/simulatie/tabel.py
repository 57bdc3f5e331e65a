"""The tables of the simulation as values: what people live, and what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Any

from ibroker.errors import ConfigError

__all__ = [
    "Fase",
    "Feitsoort",
    "Foutsoort",
    "Levenstabel",
    "Moment",
    "Na",
    "Pad",
    "Spanne",
    "Stap",
    "parse_fouten",
    "parse_levens",
]

Spanne = tuple[int, int]
"""Least and most, inclusive."""


class Feitsoort(StrEnum):
    """What a bericht tells of a Wlz provision or indicatie."""

    TOEGEWEZEN = "toegewezen"
    INGETROKKEN = "ingetrokken"
    GESTOPT = "gestopt"
    GESTOPT_VERWIJDERD = "gestopt_verwijderd"
    GEINDICEERD = "geindiceerd"


class Na(StrEnum):
    """How a bad bericht follows its good one."""

    ZELFDE = "zelfde"
    """The same bytes."""
    NAAM = "naam"
    """Other bytes under the same Identificatie."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A named day: so many days after another, "" being that on which a life begins."""

    naam: str
    na: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Stap:
    """A bericht that is sent, `na` days after the one before it."""

    bericht: str
    sjabloon: str
    na: Spanne
    vul: Mapping[str, str] = field(default_factory=dict)
    feit: Feitsoort | None = None


@dataclass(frozen=True, slots=True)
class Fase:
    """Berichten in order, from a moment on, or once for each month between two."""

    stappen: tuple[Stap, ...]
    moment: str = ""
    elke_maand: tuple[str, str] | None = None
    kans: float = 1.0


@dataclass(frozen=True, slots=True)
class Pad:
    """A kind of life course; its fields are those of levensloop.toml."""

    naam: str
    gewicht: int
    geboren: Spanne
    producten: tuple[tuple[str, str], ...]
    momenten: tuple[Moment, ...]
    getallen: Mapping[str, Spanne]
    fasen: tuple[Fase, ...]


@dataclass(frozen=True, slots=True)
class Levenstabel:
    """All kinds of life course; `oplopend` are their weights, added up."""

    paden: tuple[Pad, ...]
    oplopend: tuple[int, ...]
    retour_kans: float
    retour_na: Spanne
    achternamen: tuple[str, ...]
    zzp: tuple[str, ...]
    vast: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Foutsoort:
    """A way to be bad, and what must follow; its fields are those of fouten.toml."""

    soort: str
    regels: tuple[str, ...]
    berichten: frozenset[str] = frozenset()
    sjablonen: frozenset[str] = frozenset()
    niveau: int | None = None
    uitkomst: str | None = None
    naar: str | None = None
    vul: Mapping[str, str] = field(default_factory=dict)
    vervang: tuple[bytes, bytes] | None = None
    knip: int = 0
    zender: str | None = None
    kenmerk: str | None = None
    na: Na | None = None


def parse_levens(table: Mapping[str, Any]) -> Levenstabel:
    """Read levensloop.toml. Raises ConfigError where it is not usable."""
    try:
        paden = tuple(_pad(row) for row in table["pad"])
        if not paden:
            raise ConfigError("levensloop.toml: geen pad")
        return Levenstabel(
            paden=paden,
            oplopend=tuple(accumulate(pad.gewicht for pad in paden)),
            retour_kans=float(table["retour"]["kans"]),
            retour_na=_spanne(table["retour"]["na"]),
            achternamen=tuple(table["achternamen"]),
            zzp=tuple(table["zzp"]),
            vast=dict(table["vast"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"levensloop.toml: {error}") from error


def parse_fouten(table: Mapping[str, Any]) -> tuple[Foutsoort, ...]:
    """Read fouten.toml. Raises ConfigError where it is not usable."""
    try:
        return tuple(_foutsoort(dict(row)) for row in table["fout"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"fouten.toml: {error}") from error


def _pad(row: Mapping[str, Any]) -> Pad:
    return Pad(
        naam=row["naam"],
        gewicht=int(row["gewicht"]),
        geboren=_spanne(row["geboren"]),
        producten=tuple((categorie, code) for categorie, code in row["producten"]),
        momenten=tuple(Moment(*moment) for moment in row["momenten"]),
        getallen={naam: _spanne(van) for naam, van in row["getallen"].items()},
        fasen=tuple(_fase(dict(fase)) for fase in row["fase"]),
    )


def _fase(row: dict[str, Any]) -> Fase:
    stappen = tuple(_stap(dict(stap)) for stap in row.pop("stappen"))
    if "elke_maand" in row:
        van, tot = row.pop("elke_maand")
        row["elke_maand"] = van, tot
    return Fase(stappen, **row)


def _stap(row: dict[str, Any]) -> Stap:
    feit = row.pop("feit", None)
    return Stap(
        na=_spanne(row.pop("na")),
        sjabloon=row.pop("sjabloon", row["bericht"]),
        feit=None if feit is None else Feitsoort(feit),
        **row,
    )


def _foutsoort(row: dict[str, Any]) -> Foutsoort:
    row["regels"] = tuple(row["regels"])
    for name in ("berichten", "sjablonen"):
        row[name] = frozenset(row.get(name, ()))
    if "vervang" in row:
        old, new = row["vervang"]
        row["vervang"] = old.encode(), new.encode()
    if "na" in row:
        row["na"] = Na(row["na"])
    return Foutsoort(**row)


def _spanne(pair: tuple[int, int]) -> Spanne:
    least, most = map(int, pair)
    if least > most:
        raise ValueError(f"{least} > {most}")
    return least, most

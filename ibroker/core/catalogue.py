"""The catalogue of message types: which there are, who sends them, who answers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

from ibroker.errors import CatalogueError

__all__ = ["Berichttype", "Catalogue", "Standaard", "Verwijspad", "parse_catalogue"]

_T = TypeVar("_T")
_PAD = re.compile(r"[A-Za-z]+(/[A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class Standaard:
    """One version of one standard, such as iWmo 3.2.

    `basis` is the namespace of its basisschema; `xsd_versie` the version of the XSDs
    that our own answers follow, `xsltversie` that of the official level 2 rule sheet,
    None where the standard has none; `herkomst` what a ce_type of it begins with.
    """

    map: str
    naam: str
    versie: str
    berichtversie: int
    berichtsubversie: int
    basis: str
    xsd_versie: str
    actief_vanaf: date
    actief_tot: date | None = None
    xsltversie: str | None = None
    herkomst: str = "nl.istandaarden"


@dataclass(frozen=True, slots=True)
class Verwijspad:
    """Where berichten of a type have what links them to others: from the root down."""

    soort: str
    pad: str


@dataclass(frozen=True, slots=True)
class Berichttype:
    """One message type.

    `van` and `naar` are kinds of party (gemeente, zorgaanbieder) or one fixed party
    (CAK, SVB, CIZ, GGK); `van_element` and `naar_element` the header element that
    names it, None where the party is the fixed one. `actief_tot` is inclusive.
    `hartslag` says that it is the heartbeat, from ibroker to itself.
    """

    type: str
    standaard: Standaard
    code: str
    namespace: str
    van: str
    van_element: str | None
    naar: str
    naar_element: str | None
    retour: str | None = None
    retour_van: str | None = None
    antwoord: str | None = None
    beantwoordt: str | None = None
    actief_vanaf: date = date.min
    actief_tot: date | None = None
    verwijzingen: tuple[Verwijspad, ...] = ()
    hartslag: bool = False

    @property
    def ce_type(self) -> str:
        """The ce_type of a delivery of this type."""
        return f"{self.standaard.herkomst}.{self.type.lower()}"

    @property
    def is_retour(self) -> bool:
        """Whether this type answers a heenbericht and is itself never answered."""
        return self.retour_van is not None

    def is_active(self, on: date) -> bool:
        """Whether this type may be sent on that day."""
        return self.actief_vanaf <= on and (
            self.actief_tot is None or on <= self.actief_tot
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every message type, by namespace and by name."""

    by_namespace: Mapping[str, Berichttype]
    by_type: Mapping[str, Berichttype]

    @property
    def hartslag(self) -> Berichttype:
        """The type of heartbeats. Raises CatalogueError where it is not one type."""
        found = [one for one in self.by_type.values() if one.hartslag]
        if len(found) != 1:
            raise CatalogueError(f"{len(found)} types are the hartslag, not one")
        return found[0]

    def answer_to(self, berichttype: Berichttype) -> Berichttype | None:
        """The type that rejects `berichttype` at level 2: its retour, 325 for a 323."""
        name = berichttype.retour or berichttype.antwoord
        return None if name is None else self.by_type[name]


def parse_catalogue(table: Mapping[str, Any]) -> Catalogue:
    """Build the catalogue from the parsed catalogus.toml.

    Raises CatalogueError where a row is incomplete, or names something unknown.
    """
    standaarden = {
        row["map"]: _build(Standaard, row) for row in table.get("standaard", ())
    }
    berichten: list[Berichttype] = []
    for row in table.get("bericht", ()):
        standaard = standaarden.get(row.get("standaard"))
        if standaard is None:
            message = f"{row.get('type')}: unknown standaard {row.get('standaard')!r}"
            raise CatalogueError(message)
        period = {
            "actief_vanaf": standaard.actief_vanaf,
            "actief_tot": standaard.actief_tot,
        }
        parties: dict[str, Any] = {"van_element": None, "naar_element": None}
        known = {
            "standaard": standaard,
            "verwijzingen": tuple(map(_verwijspad, row.get("verwijzingen", ()))),
        }
        berichten.append(_build(Berichttype, {**parties, **period, **row, **known}))
    by_type = _index("type", ((b.type, b) for b in berichten))
    _check_answers(berichten, by_type)
    return Catalogue(
        by_namespace=_index("namespace", ((b.namespace, b) for b in berichten)),
        by_type=by_type,
    )


def _build(cls: type[_T], row: Mapping[str, Any]) -> _T:
    try:
        return cls(**row)
    except TypeError as error:
        message = f"{cls.__name__} {row.get('type') or row.get('map')}: {error}"
        raise CatalogueError(message) from error


def _verwijspad(row: Mapping[str, Any]) -> Verwijspad:
    verwijspad = _build(Verwijspad, row)
    if not _PAD.fullmatch(verwijspad.pad):
        message = f"{verwijspad.soort}: {verwijspad.pad!r} is no path of names"
        raise CatalogueError(message)
    return verwijspad


def _index(
    what: str, pairs: Iterable[tuple[str, Berichttype]]
) -> Mapping[str, Berichttype]:
    index: dict[str, Berichttype] = {}
    for key, berichttype in pairs:
        if key in index:
            message = f"{berichttype.type}: {what} {key!r} stands twice"
            raise CatalogueError(message)
        index[key] = berichttype
    return MappingProxyType(index)


def _check_answers(
    berichten: Iterable[Berichttype], by_type: Mapping[str, Berichttype]
) -> None:
    """Refuse a catalogue in which question and answer do not name each other."""
    for bericht in berichten:
        for answer, back in (
            (bericht.retour, "retour_van"),
            (bericht.antwoord, "beantwoordt"),
            (bericht.retour_van, "retour"),
            (bericht.beantwoordt, "antwoord"),
        ):
            if answer is None:
                continue
            other = by_type.get(answer)
            if other is None or getattr(other, back) != bericht.type:
                message = f"{bericht.type}: {answer} does not name it as {back}"
                raise CatalogueError(message)

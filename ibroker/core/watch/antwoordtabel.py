"""The table of answers: which bericht waits for which, for how many working days."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ibroker.core.catalogue import Catalogue
from ibroker.core.verwijzing import HEENBERICHT
from ibroker.errors import WatchTableError

__all__ = ["Antwoordtabel", "Termijn", "parse_antwoordtabel"]

_KEYS: Final = frozenset({"bewaren_dagen", "speling_seconden", "feestdagen", "termijn"})
_ROW: Final = frozenset({"antwoord", "soort", "werkdagen"})
_TYPES: Final = frozenset({"vragen", "antwoorden"})
_MS: Final = 1000
_DAY: Final = 86_400 * _MS


@dataclass(frozen=True, slots=True)
class Termijn:
    """One clock: `vragen` and `antwoorden` are names of berichttypen."""

    antwoord: str
    soort: str
    werkdagen: int
    vragen: frozenset[str]
    antwoorden: frozenset[str]


@dataclass(frozen=True, slots=True)
class Antwoordtabel:
    """All clocks, by the soort of the verwijzing that links question and answer.

    `bewaren` is how long is remembered and `speling` by how much clocks may differ,
    both in milliseconds. `feestdagen` are the categories that are no working day.
    """

    bewaren: int
    speling: int
    feestdagen: tuple[str, ...]
    termijnen: Mapping[str, Termijn]


def parse_antwoordtabel(
    table: Mapping[str, Any], catalogue: Catalogue
) -> Antwoordtabel:
    """Build the table from the parsed antwoorden.toml.

    Raises WatchTableError for the first thing that is missing, unknown or not allowed.
    """
    wrong = sorted(table.keys() ^ _KEYS)
    if wrong:
        what = "is onbekend" if wrong[0] in table else "ontbreekt"
        raise WatchTableError(f"antwoorden.toml: {wrong[0]} {what}")
    rows = table["termijn"]
    if not isinstance(rows, list):
        raise WatchTableError("antwoorden.toml: termijn is geen lijst van rijen")
    termijnen: dict[str, Termijn] = {}
    for number, row in enumerate(rows, 1):
        termijn = _termijn(row, f"termijn, rij {number}", catalogue)
        if termijn.soort in termijnen:
            raise WatchTableError(f"antwoorden.toml: {termijn.soort} staat dubbel")
        termijnen[termijn.soort] = termijn
    return Antwoordtabel(
        bewaren=_number(table["bewaren_dagen"], "bewaren_dagen") * _DAY,
        speling=_number(table["speling_seconden"], "speling_seconden") * _MS,
        feestdagen=_names(table["feestdagen"], "feestdagen"),
        termijnen=MappingProxyType(termijnen),
    )


def _termijn(row: Mapping[str, Any], place: str, catalogue: Catalogue) -> Termijn:
    if not _ROW <= row.keys() <= _ROW | _TYPES:
        raise WatchTableError(f"antwoorden.toml: {place}: niet {', '.join(_ROW)}")
    antwoord, soort = _names([row["antwoord"], row["soort"]], place)
    return Termijn(
        antwoord,
        soort,
        _number(row["werkdagen"], place),
        *_types(row, soort, place, catalogue),
    )


def _types(
    row: Mapping[str, Any], soort: str, place: str, catalogue: Catalogue
) -> tuple[frozenset[str], frozenset[str]]:
    """Give the types that ask and that answer; each must bear such a verwijzing."""
    given = row.keys() & _TYPES
    known = catalogue.by_type
    if not given and soort == HEENBERICHT:
        answered = [one for one in known.values() if one.retour is not None]
        return (
            frozenset(one.type for one in answered),
            frozenset(one.retour for one in answered if one.retour is not None),
        )
    if given != _TYPES:
        raise WatchTableError(f"antwoorden.toml: {place}: één van de typen ontbreekt")
    vragen = _names(row["vragen"], place)
    antwoorden = _names(row["antwoorden"], place)
    for name in (*vragen, *antwoorden):
        found = known.get(name)
        if found is None or soort not in {one.soort for one in found.verwijzingen}:
            raise WatchTableError(f"antwoorden.toml: {place}: {name}: geen {soort}")
    return frozenset(vragen), frozenset(antwoorden)


def _number(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise WatchTableError(f"antwoorden.toml: {place}: geen aantal van 1 of meer")
    return value


def _names(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(one, str) and one for one in value
    ):
        raise WatchTableError(f"antwoorden.toml: {place}: geen lijst van teksten")
    return tuple(value)

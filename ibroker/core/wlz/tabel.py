"""The table of the Wlz stream: what profielen mean, when it signals, how long it keeps.

An operator can change it (schemas/wlz.toml): what the berichten say stays as it is in
the stand, and the table is asked anew at each fact.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ibroker.core.wlz.feit import Wlzstatus
from ibroker.core.wlz.herindeling import GEEN, Herindeling
from ibroker.errors import WlzTableError

__all__ = ["Signaalmoment", "Wlztabel", "parse_wlztabel"]


class Signaalmoment(StrEnum):
    """When a gemeente hears of an indicatie."""

    BIJ_BESLUIT = "bij_besluit"
    """As soon as it is known, however far off its Ingangsdatum is."""
    BIJ_INGANG = "bij_ingang"
    """On its Ingangsdatum, or when it is known after that."""


@dataclass(frozen=True, slots=True)
class Wlztabel:
    """The rules of the join that are data.

    `versie` stands in each signal. `profielen` says what a ZZP code means;
    `ander_profiel` what one means that is not among them, `zonder_profiel` what an
    indicatie without any does. `verwijderd` are the codes of RedenWijziging that undo
    a toewijzing, `tijdelijk` those of RedenBeeindiging after which it goes on,
    `verwijderen` those of StatusAanlevering that undo a start or stop. For
    `bewaren_jaren` is kept what is over. `herindeling` is of the register: who took the
    place of which gemeente.
    """

    versie: str
    moment: Signaalmoment
    profielen: Mapping[str, Wlzstatus]
    ander_profiel: Wlzstatus
    zonder_profiel: Wlzstatus
    verwijderd: frozenset[str]
    tijdelijk: frozenset[str]
    verwijderen: frozenset[str]
    bewaren_jaren: int
    herindeling: Herindeling = GEEN

    def status_of(self, profielen: Collection[str]) -> Wlzstatus:
        """Give the status of an indicatie with these ZZP codes: Ja if one of them is.

        For whoever has a profile that leaves no room for Wmo care, another beside or
        after it does not make that room.
        """
        if not profielen:
            return self.zonder_profiel
        found = {self.profielen.get(code, self.ander_profiel) for code in profielen}
        return Wlzstatus.JA if Wlzstatus.JA in found else Wlzstatus.ONBEKEND


_MOST_JAREN = 100
_STATUS = (Wlzstatus.JA, Wlzstatus.ONBEKEND)
_KEYS = frozenset(
    {
        *("versie", "moment", "ander_profiel", "zonder_profiel"),
        *("verwijderd", "tijdelijk", "verwijderen", "bewaren_jaren", "profiel"),
    }
)


def parse_wlztabel(table: Mapping[str, Any]) -> Wlztabel:
    """Build the table from the parsed wlz.toml.

    Raises WlzTableError for the first thing that is missing, unknown or not allowed.
    """
    wrong = sorted(table.keys() ^ _KEYS)
    if wrong:
        what = "is onbekend" if wrong[0] in table else "ontbreekt"
        raise WlzTableError(f"wlz.toml: {wrong[0]} {what}")
    versie = table["versie"]
    if not isinstance(versie, str) or not versie:
        raise WlzTableError("wlz.toml: versie is geen tekst")
    return Wlztabel(
        versie=versie,
        moment=_moment(table["moment"]),
        profielen=_profielen(table["profiel"]),
        ander_profiel=_status(table["ander_profiel"], "ander_profiel"),
        zonder_profiel=_status(table["zonder_profiel"], "zonder_profiel"),
        verwijderd=_codes(table["verwijderd"], "verwijderd"),
        tijdelijk=_codes(table["tijdelijk"], "tijdelijk"),
        verwijderen=_codes(table["verwijderen"], "verwijderen"),
        bewaren_jaren=_jaren(table["bewaren_jaren"]),
    )


def _profielen(rows: object) -> Mapping[str, Wlzstatus]:
    if not isinstance(rows, list):
        raise WlzTableError("wlz.toml: profiel is geen lijst van rijen")
    found: dict[str, Wlzstatus] = {}
    for number, row in enumerate(rows, 1):
        place = f"profiel, rij {number}"
        if not isinstance(row, Mapping) or row.keys() != {"code", "naam", "status"}:
            raise WlzTableError(f"wlz.toml: {place}: niet code, naam en status")
        code = row["code"]
        if not isinstance(code, str) or not code or code in found:
            raise WlzTableError(f"wlz.toml: {place}: code is leeg of staat er al")
        found[code] = _status(row["status"], place)
    return MappingProxyType(found)


def _moment(value: object) -> Signaalmoment:
    known = [one for one in Signaalmoment if one == value]
    if not known:
        raise WlzTableError(f"wlz.toml: moment is geen van {', '.join(Signaalmoment)}")
    return known[0]


def _status(value: object, place: str) -> Wlzstatus:
    known = [one for one in _STATUS if one == value]
    if not known:
        raise WlzTableError(f"wlz.toml: {place}: status is geen {' of '.join(_STATUS)}")
    return known[0]


def _codes(value: object, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise WlzTableError(f"wlz.toml: {name} is geen lijst van codes")
    return frozenset(value)


def _jaren(value: object) -> int:
    # A bool is an int to Python.
    if type(value) is not int or not 1 <= value <= _MOST_JAREN:
        raise WlzTableError(f"wlz.toml: bewaren_jaren is niet 1 tot {_MOST_JAREN}")
    return value

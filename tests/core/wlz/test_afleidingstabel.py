"""The table of what gives which facts: it fits the XSDs, and a wrong one is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from ibroker.core.wlz.afleiding import parse_afleiding
from ibroker.core.wlz.feitsoort import SOORTEN
from ibroker.errors import WlzTableError
from tests.core.wlz.keys import afleiding, feiten_table, keys
from tests.loaded import standards


def test_every_row_fits_its_xsd() -> None:
    """Each path of the table that ships leads somewhere; each kind of fact is used."""
    afleiding().check(standards().catalogue, frozenset({"GGK"}))

    assert set(SOORTEN) == {row["soort"] for row in feiten_table()["feit"]}


SPOILS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda table: table.pop("topic"), "topic"),
    (lambda table: table.pop("feit"), "topic"),
    (lambda table: table["feit"][0].update(kleur="rood"), "kleur"),
    (lambda table: table["feit"][0].update(bericht="WMO399"), "WMO399"),
    (lambda table: table["feit"][0].update(soort="gedroomd"), "gedroomd"),
    (lambda table: table["feit"][0]["velden"].pop("nummer"), "nummer"),
    (lambda table: table["feit"][0]["velden"].update(kleur="Product"), "kleur"),
    (lambda table: table["feit"][0]["header"].update(gemeente="Bsn"), "header"),
    (lambda table: table["feit"][3].pop("profiel"), "profiel"),
    (lambda table: table["feit"][0].update(profielen="Product"), "profielen"),
]


@pytest.mark.parametrize("spoil,complaint", SPOILS)
def test_a_table_that_is_not_usable_is_refused(
    spoil: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    """A fault in the table stops the process, and is named."""
    table = feiten_table()
    spoil(table)
    known = standards()

    with pytest.raises(WlzTableError, match=complaint):
        parse_afleiding(table, known.catalogue, known.schemas, keys())


def test_a_path_that_leads_nowhere_is_refused() -> None:
    """The paths are those of the XSD."""
    table = feiten_table()
    table["feit"][0]["velden"]["nummer"] = "Product/Nummer"
    known = standards()
    spoiled = parse_afleiding(table, known.catalogue, known.schemas, keys())

    with pytest.raises(WlzTableError, match="Product/Nummer"):
        spoiled.check(known.catalogue)


@pytest.mark.parametrize(
    "spoil,name",
    [
        (lambda table: table["feit"].pop(3), "IO31"),
        (lambda table: table["feit"][4].update(deel="Indicatie/Einddatum"), "geen"),
        (
            lambda table: table["feit"][5]["velden"].update(tijd="Einddatum"),
            "WLZREGISTRATIE",
        ),
    ],
)
def test_what_is_for_ibroker_always_gives_a_fact(
    spoil: Callable[[dict[str, Any]], object], name: str
) -> None:
    """A table, or an XSD, by which such a bericht could be lost is refused."""
    table = feiten_table()
    spoil(table)
    known = standards()
    spoiled = parse_afleiding(table, known.catalogue, known.schemas, keys())

    with pytest.raises(WlzTableError, match=name):
        spoiled.check(known.catalogue, frozenset({"GGK"}))

"""The catalogue: what it tells of a message type, and which tables it refuses."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ibroker.core.catalogue import Catalogue, parse_catalogue
from ibroker.errors import CatalogueError

FILE = Path(__file__).parents[2] / "schemas" / "catalogus.toml"


def table() -> dict[str, Any]:
    """Our own catalogus.toml, to be spoiled."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Our own catalogue."""
    return parse_catalogue(table())


def row(rows: dict[str, Any], name: str) -> dict[str, Any]:
    """The row of one message type."""
    found: dict[str, Any] = next(b for b in rows["bericht"] if b["type"] == name)
    return found


def test_there_are_all_47_types(catalogue: Catalogue) -> None:
    """IWmo and iJw have 14 types each, iEb 4, iPgb 8, iWlz IO31; 6 are our own."""
    assert 47 == len(catalogue.by_type) == len(catalogue.by_namespace)


@pytest.mark.parametrize(
    "name, answer",
    [
        ("WMO301", "WMO302"),
        ("JW317", "JW318"),
        ("WMO323", "WMO325"),
        ("WMO325", None),
        ("WMO401", "WMO402"),
        ("JW507", "JW508"),
        ("WMO302", None),
        ("IO31", None),
    ],
)
def test_each_type_has_the_answer_of_the_standard(
    catalogue: Catalogue, name: str, answer: str | None
) -> None:
    """A heenbericht has its retour, a 323 has the 325, an answer has none."""
    found = catalogue.answer_to(catalogue.by_type[name])

    assert answer == (None if found is None else found.type)


def test_a_retour_is_sent_by_the_receiver_of_its_heenbericht(
    catalogue: Catalogue,
) -> None:
    """Afzender and Ontvanger stay those of the heenbericht, so they change roles."""
    for retour in catalogue.by_type.values():
        if retour.retour_van is None:
            continue
        heen = catalogue.by_type[retour.retour_van]
        assert (heen.van, heen.van_element) == (retour.naar, retour.naar_element)
        assert (heen.naar, heen.naar_element) == (retour.van, retour.van_element)


def test_a_version_is_active_in_its_period() -> None:
    """Both ends count; a bericht may narrow the period of its standaard."""
    rows = table()
    row(rows, "WMO301")["actief_tot"] = date(2027, 3, 31)
    wmo301 = parse_catalogue(rows).by_type["WMO301"]

    first = wmo301.actief_vanaf
    assert [False, True, True, False] == [
        wmo301.is_active(day)
        for day in (
            first.replace(day=first.day - 1),
            first,
            date(2027, 3, 31),
            date(2027, 4, 1),
        )
    ]


@pytest.mark.parametrize(
    "name, key, value, complaint",
    [
        ("WMO301", "standaard", "iwmo-9.9", "unknown standaard"),
        ("WMO301", "kleur", "rood", "kleur"),
        (
            "WMO301",
            "namespace",
            "http://www.istandaarden.nl/iwmo/3_2/wmo302/schema",
            "twice",
        ),
        ("WMO301", "type", "WMO302", "twice"),
        ("WMO301", "retour", "WMO399", "WMO399"),
        ("WMO301", "retour", "WMO306", "WMO306"),
        ("WMO302", "retour_van", "WMO305", "WMO302"),
        ("WMO325", "beantwoordt", "WMO301", "WMO325"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    name: str, key: str, value: str, complaint: str
) -> None:
    """A wrong row is a CatalogueError that says what is wrong with it."""
    rows = table()
    row(rows, name)[key] = value

    with pytest.raises(CatalogueError, match=complaint):
        parse_catalogue(rows)


@pytest.mark.parametrize("name, hartslag", [("WMO301", True), ("HARTSLAG", False)])
def test_one_type_is_the_heartbeat(
    catalogue: Catalogue, name: str, *, hartslag: bool
) -> None:
    """It is found by its row; without one, or with two, nobody knows which it is."""
    rows = table()
    row(rows, name)["hartslag"] = hartslag

    assert "HARTSLAG" == catalogue.hartslag.type
    with pytest.raises(CatalogueError, match="hartslag"):
        _ = parse_catalogue(rows).hartslag


def test_a_row_that_is_incomplete_is_refused() -> None:
    """A message type without its code is no message type."""
    rows = table()
    del row(rows, "WMO301")["code"]

    with pytest.raises(CatalogueError, match="code"):
        parse_catalogue(rows)

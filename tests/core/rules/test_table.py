"""The table of rules: every rule of the sheet is in it, and a wrong row is refused."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ibroker.core.catalogue import parse_catalogue
from ibroker.core.rules.table import RuleTable, parse_rules
from ibroker.core.schema import Schema
from ibroker.errors import RuleTableError
from ibroker.standards import load_standards

SCHEMAS = Path(__file__).parents[3] / "schemas"
STANDARDS = load_standards()

SHEET = {
    "301": "CD005 CD007 CD009 CD025 CD034 CD041 CD075 CD076 CD077 CD078 CD079 CD080 "
    "CS002 CS003 CS050 CS089 CS139 CS335 CS336 CS338 TR002 TR006 TR061 TR101 TR134 "
    "TR302",
    "302": "CD005 CD007 CD025 CS002 CS050 CS089 CS139 TR002",
    "305": "CS002 CS058 CS139 TR002 TR101 TR134",
    "306": "CS002 CS139 TR002",
    "307": "CS002 CS058 CS139 TR002 TR018 TR101 TR134",
    "308": "CS002 CS139 TR002",
    "315": "CD041 CD043 CD066 CD067 CD068 CD075 CD076 CD077 CD078 CD079 CD095 CS002 "
    "CS003 CS139 CS343 TR002 TR101 TR134 TR383 TR386",
    "316": "CS002 CS139 TR002",
    "317": "CD041 CD075 CD076 CD077 CD078 CD079 CD096 CS002 CS003 CS338 TR101 TR352 "
    "TR353 TR380 TR410",
    "318": "CS002",
    "319": "CD085 CD086",
    "320": "",
    "323": "CD060 CD087 CS002 CS100 CS325 CS337 CS339 CS340 TR101 TR134 TR137 TR315 "
    "TR316 TR319 TR335 TR358 TR416",
    "325": "CD060 CS002 CS325 TR101 TR134 TR137 TR342",
}
"""What the official sheet implements, by message; iJw has a few more."""
ONLY_IJW = {"301": "CS318", "319": "TR377 TR409"}


def toml(name: str) -> dict[str, Any]:
    """One of our own tables, to be spoiled."""
    return tomllib.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def parse(table: dict[str, Any]) -> RuleTable:
    """Parse a table of rules against our own catalogue."""
    return parse_rules(table, parse_catalogue(toml("catalogus.toml")))


def schema_of(name: str) -> Schema:
    """The XSD of a message type."""
    return STANDARDS.schemas.get(STANDARDS.catalogue.by_type[name].namespace)


@pytest.mark.parametrize("number", sorted(SHEET))
@pytest.mark.parametrize("domain", ["WMO", "JW"])
def test_every_rule_of_the_sheet_is_there_and_no_other(
    domain: str, number: str
) -> None:
    """For each message the table has exactly the rules of the official sheet."""
    rows = toml("regels.toml")["regel"]

    found = {row["id"] for row in rows if domain + number in row["berichten"]}
    extra = ONLY_IJW.get(number, "") if domain == "JW" else ""
    assert set(f"{SHEET[number]} {extra}".split()) == found


def test_every_text_says_in_dutch_what_to_mend() -> None:
    """A text is a sentence, and has no digit of a bsn or a placeholder in it."""
    for regel, tekst in toml("regels.toml")["teksten"].items():
        assert re.fullmatch(r"[A-Z][^{}%]{20,}\.", tekst), regel
        assert not re.search(r"\d{8}", tekst), regel


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"functie": "tr999"}, "no function 'tr999'"),
        ({"velden": ["Bsn", "Geslacht"]}, "cs002"),
        ({"parameters": {"kleur": 1}}, "kleur"),
        ({"berichten": ["WMO399"]}, "unknown message types"),
        ({"id": "CS999", "functie": "cs002"}, "CS999: no text"),
    ],
)
def test_a_row_that_fits_nothing_is_refused(
    change: dict[str, Any], complaint: str
) -> None:
    """A wrong row is found when the table is read, before any bericht is judged."""
    table = toml("regels.toml")
    table["regel"][0] |= change

    with pytest.raises(RuleTableError, match=complaint):
        parse(table)


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"velden": ["Schoenmaat"]}, "0 elements Schoenmaat"),
        ({"velden": ["Achternaam"]}, "2 elements Achternaam"),
        ({"plaats": "Kind"}, "0 kinds"),
        ({"plaats": "RetourCodes"}, "0 kinds"),
    ],
)
def test_a_rule_that_the_xsd_has_no_place_for_is_refused(
    change: dict[str, Any], complaint: str
) -> None:
    """A rule that reads what is not there, or twice, is found at the first bericht."""
    table = toml("regels.toml")
    table["regel"][0] |= change

    with pytest.raises(RuleTableError, match=complaint):
        parse(table).build_sheet("WMO301", schema_of("WMO301"))

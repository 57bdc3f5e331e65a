"""The table of the Wlz stream: ours, and what an operator may do wrong in it."""

import re
from pathlib import Path
from typing import Any

import pytest

from ibroker.core.wlz.feit import Wlzstatus
from ibroker.core.wlz.tabel import Signaalmoment, parse_wlztabel
from ibroker.errors import ConfigError, WlzTableError
from ibroker.feiten import load_wlztabel
from ibroker.standards import own_folder, read_toml

OURS = read_toml(own_folder() / "wlz.toml")
TABEL = load_wlztabel()


def test_each_code_of_the_standard_is_in_it() -> None:
    """The table has the ZZP codes that the XSD of the IO31 allows, and no other."""
    xsd = (own_folder() / "iwlz-2.2" / "basisschema.xsd").read_text(encoding="utf-8")
    enumeration = xsd.partition('name="LDT_ZzpCode"')[2].partition("</xs:simpleType>")

    assert set(re.findall(r'enumeration value="(\d+)"', enumeration[0])) == set(
        TABEL.profielen
    )


@pytest.mark.parametrize(
    "codes,expected",
    [
        (("755",), "Ja"),
        (("750",), "Onbekend"),
        (("860",), "Onbekend"),
        (("750", "860"), "Onbekend"),
        (("750", "755"), "Ja"),
        (("000",), "Onbekend"),
        (("000", "755"), "Ja"),
        ((), "Ja"),
    ],
)
def test_what_profielen_mean(codes: tuple[str, ...], expected: str) -> None:
    """One profile that leaves no room for Wmo care decides."""
    assert expected == TABEL.status_of(codes)


def wrong_tables() -> list[dict[str, Any]]:
    """Give tables that are wrong in one thing."""
    row = OURS["profiel"][0]
    without = [
        {key: value for key, value in OURS.items() if key != one} for one in OURS
    ]
    other: list[dict[str, Any]] = [
        {"onbekend": 1},
        {"versie": ""},
        {"versie": 1},
        {"moment": "nooit"},
        {"ander_profiel": "Nee"},
        {"zonder_profiel": ["Ja"]},
        {"verwijderd": "13"},
        {"tijdelijk": [20]},
        {"verwijderen": None},
        {"bewaren_jaren": 0},
        {"bewaren_jaren": True},
        {"bewaren_jaren": "7"},
        {"bewaren_jaren": 101},
        {"profiel": row},
        {"profiel": ["755"]},
        {"profiel": [{**row, "x": 1}]},
        {"profiel": [{**row, "code": 755}]},
        {"profiel": [{**row, "code": ""}]},
        {"profiel": [{**row, "status": "Nee"}]},
        {"profiel": [row, row]},
    ]
    return [*without, *({**OURS, **one} for one in other)]


@pytest.mark.parametrize("table", wrong_tables())
def test_a_wrong_table_is_said(table: dict[str, Any]) -> None:
    """What is missing, unknown or not allowed is said before anything is read."""
    with pytest.raises(WlzTableError, match=r"^wlz\.toml: "):
        parse_wlztabel(table)


def test_an_operator_has_his_own(tmp_path: Path) -> None:
    """Another file counts in place of ours; one that is not there is said."""
    text = (own_folder() / "wlz.toml").read_text(encoding="utf-8")
    other = tmp_path / "wlz.toml"
    other.write_text(text.replace('"bij_besluit"\n', '"bij_ingang"\n'))

    assert Signaalmoment.BIJ_BESLUIT is TABEL.moment
    assert Signaalmoment.BIJ_INGANG is load_wlztabel(other).moment
    assert Wlzstatus.JA is load_wlztabel(other).zonder_profiel
    with pytest.raises(ConfigError):
        load_wlztabel(tmp_path / "no.toml")

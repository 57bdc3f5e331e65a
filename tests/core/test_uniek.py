"""The table of the rule that a name is used once: TR056."""

import tomllib
from typing import Any

import pytest

from ibroker.core.dubbel import (
    parse_uniek,
)
from ibroker.errors import RuleTableError
from tests.core.routed import (
    ROOT,
)
from tests.loaded import standards

UNIEK = standards().uniek.retourcodes
TYPES = [
    one
    for one in sorted(standards().catalogue.by_type.values(), key=lambda b: b.type)
    if one.van != "GGK"
]


def table() -> dict[str, Any]:
    """Give regels.toml, to be spoiled."""
    return tomllib.loads((ROOT / "schemas" / "regels.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["WMO302", "WMO399", "WMO301"])
def test_a_type_that_cannot_be_there_is_refused(name: str) -> None:
    """A retour, an unknown type and one that stands twice are faults of the table."""
    rows = table()
    rows["uniek"]["antwoord"][0]["berichten"].append(name)

    with pytest.raises(RuleTableError, match=name):
        parse_uniek(rows, standards().catalogue)


@pytest.mark.parametrize("key", ["id", "plaats", "antwoord"])
def test_a_table_with_a_gap_is_refused(key: str) -> None:
    """Each part of the rule must be there."""
    rows = table()
    del rows["uniek"][key]

    with pytest.raises(RuleTableError, match=key):
        parse_uniek(rows, standards().catalogue)


def test_the_list_of_tr056() -> None:
    """TR056 is for these types of iWmo and iJw, none of them a retour."""
    numbers = (301, 305, 307, 315, 317, 319, 323, 325)

    assert {f"{domein}{number}" for domein in ("WMO", "JW") for number in numbers} == {
        name
        for name, code in UNIEK.items()
        if standards().catalogue.by_type[name].standaard.naam in ("iWmo", "iJw")
        and code == "9056"
    }
    assert {one.type for one in TYPES if not one.is_retour} == set(UNIEK)

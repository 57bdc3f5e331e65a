"""How verdicts are shown: what a run of the command does not tell."""

import json
from pathlib import Path

import pytest

from ibroker.cli.judge import Oordeel
from ibroker.cli.report import as_json
from ibroker.cli.text import printable
from ibroker.core.fout import Uitkomst
from tests.cli.running import Run


def test_uitleg_is_a_key_only_where_it_was_asked() -> None:
    """Without --explain the JSON has no key uitleg; with it, also where it is empty."""
    asked = Oordeel("a.xml", None, Uitkomst.GELDIG, None, (), uitleg=(("/A", "B"),))
    empty = Oordeel("a.xml", None, Uitkomst.GELDIG, None, (), uitleg=())
    not_asked = Oordeel("a.xml", None, Uitkomst.GELDIG, None, ())

    assert [{"locatie": "/A", "verwacht": "B"}] == as_json(asked)["uitleg"]
    assert [] == as_json(empty)["uitleg"]
    assert "uitleg" not in as_json(not_asked)


@pytest.mark.parametrize(
    "name,expected",
    [
        ("Ünïcode café.xml", "Ünïcode café.xml"),
        ("a\udcff.xml", "a\\xff.xml"),
        ("a\tb\x9b.xml", "a\\tb\\x9b.xml"),
        ("a\u202egpj.xml", "a\\u202egpj.xml"),
    ],
)
def test_printable_escapes_what_no_terminal_should_get(
    name: str, expected: str
) -> None:
    """Letters stay; broken UTF-8, control and direction characters become escapes."""
    assert expected == printable(name)


def test_explain_says_what_was_expected(run: Run, fout: Path) -> None:
    """--explain adds to a fault on the XSD what belongs there, and no values."""
    path = fout / "ongeldig-WMO305-XSD.xml"

    as_lines = run("validate", path, "--explain")
    as_table = run("validate", path, "--explain", "--format", "table")

    uitleg = json.loads(as_lines.stdout)["uitleg"]
    assert uitleg
    assert all({"locatie", "verwacht"} == set(one) for one in uitleg)
    assert b"verwacht: " in as_table.stdout
    assert b"999901102" not in as_lines.stdout + as_table.stdout

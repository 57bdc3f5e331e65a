"""The register from disk: our tables, and those of an installation over them."""

import re
from datetime import date
from pathlib import Path

import pytest

from ibroker.core.register import Topics
from ibroker.errors import ConfigError, RegisterError
from ibroker.register import load_register
from ibroker.standards import own_folder
from tests.core.partijen import known

TODAY = date(2026, 11, 24)


def test_our_topics_are_those_that_others_rely_on() -> None:
    """The names of the topics are those of the outside of ibroker."""
    register = load_register()
    gemeenten = [f"ggk.gemeente.{code}" for code in register.postvakken(TODAY)]
    shared = ["ggk.zorgaanbieder", "ggk.cak", "ggk.svb", "ggk.ciz"]

    assert register.topics == Topics(
        aanlevering="ggk.aanlevering",
        onbestelbaar="ggk.onbestelbaar",
        gebeurtenissen="ggk.gebeurtenissen",
        hartslag="ggk.intern.hartslag",
    )
    assert sorted([*gemeenten, *shared]) == list(register.recipient_topics(TODAY))


@pytest.mark.parametrize(
    "code,topic,sleutel",
    [
        ("0344", "ggk.gemeente.0344", "zender"),
        ("99990001", "ggk.zorgaanbieder", "ontvanger"),
        ("CAK", "ggk.cak", "zender"),
        ("SVB", "ggk.svb", "zender"),
        ("CIZ", "ggk.ciz", "zender"),
        ("GGK", "", "zender"),  # ibroker itself: facts alone
    ],
)
def test_where_post_goes_and_by_which_key(code: str, topic: str, sleutel: str) -> None:
    """Only the topic that all aanbieders share has the receiver as its key."""
    partij = known(load_register(), code)

    assert (topic, sleutel) == (partij.topic, partij.sleutel)


def test_nobody_acts_for_another_unless_a_table_says_so() -> None:
    """As they ship the tables hold no machtiging and no list of aanbieders."""
    register = load_register()

    assert {} == register.machtigingen
    assert not register.mag_namens(known(register, "0344"), "0310", TODAY)
    assert register.partij("99990001") is not None


def test_a_table_of_an_installation_replaces_ours(tmp_path: Path) -> None:
    """What is in the folder counts, by file name; what is not there stays ours."""
    (tmp_path / "machtigingen.toml").write_text(
        'machtiging = [{ zender = "0344", voor = "0310", tot = 2026-12-31 }]\n'
    )
    (tmp_path / "zorgaanbieders.toml").write_text(
        'zorgaanbieder = [{ code = "99990001" }]\n'
    )
    register = load_register(tmp_path)

    assert register.mag_namens(known(register, "0344"), "0310", date(2026, 12, 31))
    assert not register.mag_namens(known(register, "0344"), "0310", date(2027, 1, 1))
    assert register.partij("99990001") is not None
    assert register.partij("99990002") is None
    assert load_register().postvakken(TODAY) == register.postvakken(TODAY)


@pytest.mark.parametrize("name", ["zorgaanbieders", "machtigingen"])
def test_the_examples_in_our_tables_can_be_used(name: str, tmp_path: Path) -> None:
    """The rows that a table shows in its comment are taken as they stand there."""
    text = (own_folder() / f"{name}.toml").read_text(encoding="utf-8")
    examples = re.findall(r"^#   (\{.*\})", text, re.MULTILINE)
    spoken = text.replace("= []", f"= [{', '.join(examples)}]")
    (tmp_path / f"{name}.toml").write_text(spoken, encoding="utf-8")

    assert examples
    assert load_register(tmp_path) != load_register()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A setting that names no folder is refused, by the name of the setting."""
    with pytest.raises(RegisterError, match="IBROKER_PARTIJEN"):
        load_register(tmp_path / "weg")


def test_a_folder_without_tables(tmp_path: Path) -> None:
    """A folder in which nothing replaces anything is a mistake, not a wish."""
    with pytest.raises(RegisterError, match="IBROKER_PARTIJEN"):
        load_register(tmp_path)


def test_a_table_with_another_name(tmp_path: Path) -> None:
    """A misspelt table would be passed over in silence, and so is refused."""
    (tmp_path / "machtiging.toml").write_text("machtiging = []\n")

    with pytest.raises(RegisterError, match=re.escape("machtiging.toml")):
        load_register(tmp_path)


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("machtiging = [", "machtigingen.toml"),
        ("machtiging = 1", "machtigingen.toml: machtiging"),
        (
            'machtiging = [{ zender = "0344", voor = "9999", tot = 2026-12-31 }]',
            "machtigingen.toml: machtiging, row 1",
        ),
    ],
)
def test_a_table_that_is_wrong(text: str, complaint: str, tmp_path: Path) -> None:
    """A table that is not usable is refused, by its file and its row."""
    (tmp_path / "machtigingen.toml").write_text(text)

    with pytest.raises(ConfigError, match=re.escape(complaint)):
        load_register(tmp_path)


def test_a_register_that_misses_a_kind(tmp_path: Path) -> None:
    """A register without a party that the catalogue names is refused at the start."""
    text = (own_folder() / "partijen.toml").read_text(encoding="utf-8")
    (tmp_path / "partijen.toml").write_text(text.replace('"SVB"', '"SVBX"'))

    with pytest.raises(RegisterError, match="SVB"):
        load_register(tmp_path)

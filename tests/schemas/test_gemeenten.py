"""The table of gemeenten: those of CBS, and where the post of the former ones goes."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ibroker.register import load_register
from tests.core.partijen import known

ROOT = Path(__file__).parents[2]
CBS = ROOT / ".." / "shared" / "reference" / "codelijsten" / "CBS_Gemeentecodes.md"
TODAY = date(2026, 11, 24)
# Codes of gemeenten that were divided, and so have no opvolger.
DIVIDED = ("0053", "0140", "0788")

# Each herindeling by its first day: what was joined, by name. The table goes by code,
# and a wrong code there would bring post to a gemeente that it is not for.
HERINDELINGEN: dict[date, dict[str, set[str]]] = {
    date(2015, 7, 1): {"De Fryske Marren": {"De Friese Meren"}},
    date(2016, 1, 1): {
        "Berg en Dal": {"Groesbeek"},
        "Edam-Volendam": {"Zeevang"},
        "Gooise Meren": {"Bussum", "Muiden", "Naarden"},
    },
    date(2017, 1, 1): {"Meierijstad": {"Schijndel", "Sint-Oedenrode", "Veghel"}},
    date(2018, 1, 1): {
        "Leeuwarden": {"Leeuwarderadeel"},
        "Midden-Groningen": {"Hoogezand-Sappemeer", "Menterwolde", "Slochteren"},
        "Waadhoeke": {"Franekeradeel", "Menameradiel", "het Bildt"},
        "Westerwolde": {"Bellingwedde", "Vlagtwedde"},
        "Zevenaar": {"Rijnwaarden"},
    },
    date(2019, 1, 1): {
        "Altena": {"Aalburg", "Werkendam", "Woudrichem"},
        "Beekdaelen": {"Nuth", "Onderbanken", "Schinnen"},
        "Groningen": {"Haren", "Ten Boer"},
        "Haarlemmermeer": {"Haarlemmerliede en Spaarnwoude"},
        "Het Hogeland": {"Bedum", "De Marne", "Eemsmond"},
        "Hoeksche Waard": {
            "Binnenmaas",
            "Cromstrijen",
            "Korendijk",
            "Oud-Beijerland",
            "Strijen",
        },
        "Molenlanden": {"Giessenlanden", "Molenwaard"},
        "Noardeast-Fryslân": {
            "Dongeradeel",
            "Ferwerderadiel",
            "Kollumerland en Nieuwkruisland",
        },
        "Noordwijk": {"Noordwijkerhout"},
        "Vijfheerenlanden": {"Leerdam", "Vianen", "Zederik"},
        "West Betuwe": {"Geldermalsen", "Lingewaal", "Neerijnen"},
        "Westerkwartier": {"Grootegast", "Leek", "Marum", "Zuidhorn"},
    },
    date(2021, 1, 1): {"Eemsdelta": {"Appingedam", "Delfzijl", "Loppersum"}},
    date(2022, 1, 1): {
        "Dijk en Waard": {"Heerhugowaard", "Langedijk"},
        "Land van Cuijk": {
            "Boxmeer",
            "Cuijk",
            "Grave",
            "Mill en Sint Hubert",
            "Sint Anthonis",
        },
        "Maashorst": {"Landerd", "Uden"},
        "Purmerend": {"Beemster"},
    },
    date(2022, 3, 24): {"Amsterdam": {"Weesp"}},
    date(2023, 1, 1): {"Voorne aan Zee": {"Brielle", "Hellevoetsluis", "Westvoorne"}},
}

ROWS: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "schemas" / "gemeenten.toml").read_text(encoding="utf-8")
)["gemeente"]
ENDED = [row for row in ROWS if "tot" in row]
REGISTER = load_register()


def valid_on(day: date) -> set[str]:
    """Give the codes of the gemeenten of a day."""
    return {
        row["code"]
        for row in ROWS
        if REGISTER.is_geldig(known(REGISTER, row["code"]), day)
    }


@pytest.mark.skipif(not CBS.is_file(), reason="the list of CBS is not here")
def test_today_is_the_list_of_cbs() -> None:
    """The gemeenten of today are those of CBS, with its codes and its names."""
    text = CBS.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (\d{4}) \| (.*?) \|", text, re.MULTILINE))
    ours = {row["code"]: row["naam"] for row in ROWS if row["code"] in valid_on(TODAY)}

    assert listed == ours
    assert set(listed) == set(REGISTER.postvakken(TODAY))


@pytest.mark.parametrize(
    "day,count",
    [
        (date(2015, 1, 1), 393),
        (date(2016, 1, 1), 390),
        (date(2017, 1, 1), 388),
        (date(2018, 1, 1), 380),
        (date(2019, 1, 1), 355),
        (date(2020, 1, 1), 355),
        (date(2021, 1, 1), 352),
        (date(2022, 1, 1), 345),
        (date(2022, 3, 24), 344),
        (date(2023, 1, 1), 342),
        (TODAY, 342),
    ],
)
def test_as_many_as_cbs_counted(day: date, count: int) -> None:
    """On the day of each herindeling there are as many gemeenten as CBS counted."""
    assert count == len(valid_on(day))


def test_each_row_is_complete() -> None:
    """Every gemeente has a name, and stands at its place in the order of the codes."""
    codes = [row["code"] for row in ROWS]

    assert sorted(set(codes)) == codes
    assert all(row["naam"].strip() for row in ROWS)


@pytest.mark.parametrize("row", ENDED, ids=lambda row: str(row["naam"]))
def test_who_ended_has_an_opvolger_of_today(row: dict[str, Any]) -> None:
    """The post of a gemeente that ended goes to one of today, from the day after."""
    partij = known(REGISTER, row["code"])
    next_day = REGISTER.opvolger(partij, row["tot"] + timedelta(days=1))
    now = REGISTER.opvolger(partij, TODAY)

    if row["code"] in DIVIDED:
        assert (None, None) == (next_day, now)
    else:
        assert next_day is not None
        assert now is not None
        assert row["opvolger"] == next_day.code
        assert now.code in valid_on(TODAY)


def test_each_herindeling_is_in_the_table() -> None:
    """By name as by code: the same gemeenten were joined, on the same day."""
    names = {row["code"]: row["naam"] for row in ROWS}
    found: dict[date, dict[str, set[str]]] = {}
    for row in ENDED:
        if "opvolger" in row:
            joined = found.setdefault(row["tot"] + timedelta(days=1), {})
            joined.setdefault(names[row["opvolger"]], set()).add(row["naam"])

    assert found == HERINDELINGEN


def test_who_was_divided_is_there() -> None:
    """The gemeenten without an opvolger are those that the laws divided."""
    without = [row["code"] for row in ENDED if "opvolger" not in row]

    assert list(DIVIDED) == without


def test_who_began_took_a_place() -> None:
    """A gemeente that began since 2015 took the place of one that ended the day before.

    A code that appears from nowhere would be a mistake in the table.
    """
    ends = {(row.get("opvolger"), row["tot"] + timedelta(days=1)) for row in ENDED}
    begun = [(row["code"], row["vanaf"]) for row in ROWS if "vanaf" in row]

    assert begun
    assert [] == [one for one in begun if one not in ends]

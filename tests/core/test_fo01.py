"""The Fo01: its list of codes, and the message itself."""

import copy
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.catalogue import Berichttype, parse_catalogue
from ibroker.core.fo01 import Stuurgegevens, build_fo01, load_fo01, message_uuid
from ibroker.core.fout import Regel
from ibroker.errors import AnswerError, ConfigError

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
STUF = SHARED / "reference" / "ggk-envelop" / "0301" / "stuf0301.xsd"
UUID_OF_GGK = re.compile(
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)

CATALOGUE = parse_catalogue(
    tomllib.loads((ROOT / "schemas" / "catalogus.toml").read_text(encoding="utf-8"))
)
TABLE = tomllib.loads((ROOT / "schemas" / "fo01.toml").read_text(encoding="utf-8"))
FOUTCODES = load_fo01(TABLE)

STUURGEGEVENS = Stuurgegevens(
    ontvanger="42420001",
    referentienummer=UUID("78002f23-5bc5-4e3e-96ad-1d209d32a5d5"),
    tijdstip=datetime(2026, 4, 2, 9, 5, 7, tzinfo=UTC),
    crossref=UUID("9c0f7b90-5c69-41e5-a837-0800200c9a66"),
)


def to(ontvanger: str | None) -> Stuurgegevens:
    """Address the Fo01 to someone."""
    return replace(STUURGEGEVENS, ontvanger=ontvanger)


def find(data: bytes, path: str) -> str | None:
    """Give the text at a path of local names, None where it is not there."""
    steps = "/".join(
        f"{{http://www.egem.nl/StUF/StUF0301}}{s}" for s in path.split("/")
    )
    found: str | None = etree.fromstring(data).findtext(steps)
    return found


@cache
def stuf() -> etree.XMLSchema:
    """Compile the official XSD, once."""
    return etree.XMLSchema(etree.parse(STUF))


def assert_stuf_valid(data: bytes) -> None:
    """Say what the official XSD has against the Fo01, if anything."""
    schema = stuf()
    schema.validate(etree.fromstring(data))

    assert [] == [str(error) for error in schema.error_log]


def test_golden() -> None:
    """A Fo01 is, byte for byte, the message of StUF-GGk."""
    expected = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<StUF:Fo01Bericht xmlns:StUF="http://www.egem.nl/StUF/StUF0301">
  <StUF:stuurgegevens>
    <StUF:berichtcode>Fo01</StUF:berichtcode>
    <StUF:zender>
      <StUF:organisatie>IB</StUF:organisatie>
      <StUF:applicatie>GGKWebservice</StUF:applicatie>
    </StUF:zender>
    <StUF:ontvanger>
      <StUF:organisatie>42420001</StUF:organisatie>
      <StUF:applicatie>GGk</StUF:applicatie>
    </StUF:ontvanger>
    <StUF:referentienummer>78002f23-5bc5-4e3e-96ad-1d209d32a5d5</StUF:referentienummer>
    <StUF:tijdstipBericht>20260402090507</StUF:tijdstipBericht>
    <StUF:crossRefnummer>9c0f7b90-5c69-41e5-a837-0800200c9a66</StUF:crossRefnummer>
  </StUF:stuurgegevens>
  <StUF:body>
    <StUF:code>IB001</StUF:code>
    <StUF:plek>client</StUF:plek>
    <StUF:omschrijving>Het bericht is niet leesbaar, of voldoet niet aan het XSD of\
 de regels van de standaard. Regel: XSD.</StUF:omschrijving>
    <StUF:details>JW315-00030002</StUF:details>
  </StUF:body>
</StUF:Fo01Bericht>
"""

    actual = build_fo01(
        "IB001",
        STUURGEGEVENS,
        FOUTCODES,
        functie=CATALOGUE.by_type["JW315"],
        regels=("XSD",),
    )

    assert expected == actual


@pytest.mark.skipif(not SHARED.is_dir(), reason="the official XSD is not here")
@pytest.mark.parametrize("ontvanger", ["0384", "42420001", "CAK", None, "?"])
@pytest.mark.parametrize("code", sorted(FOUTCODES.codes))
def test_official_xsd(code: str, ontvanger: str | None) -> None:
    """Every code to every kind of party gives a Fo01 that StUF accepts."""
    many = tuple(f"TR{number:03}" for number in range(200))
    for regels in ((), ("XSD",), many):
        for functie in (None, CATALOGUE.by_type["WMO301"]):
            data = build_fo01(
                code, to(ontvanger), FOUTCODES, functie=functie, regels=regels
            )
            assert_stuf_valid(data)


@pytest.mark.parametrize(
    "berichttype", CATALOGUE.by_type.values(), ids=lambda b: b.type
)
def test_details(berichttype: Berichttype) -> None:
    """Details name the type and its version in four digits each."""
    standaard = berichttype.standaard
    version, subversion = standaard.berichtversie, standaard.berichtsubversie
    data = build_fo01("IB001", STUURGEGEVENS, FOUTCODES, functie=berichttype)

    assert f"{berichttype.type}-000{version}000{subversion}" == find(
        data, "body/details"
    )


def test_unknown_functie_has_no_details() -> None:
    """A type that is not known gives no details, and detailsXML is never there."""
    data = build_fo01("IB004", STUURGEGEVENS, FOUTCODES)

    assert b"details" not in data


@pytest.mark.parametrize(
    "value", [None, "", "999900006", "042", "SVB1", "0384\n", "٠٣٨٤"]
)
def test_unknown_receiver_is_left_out(value: str | None) -> None:
    """A receiver that is no code of a party, such as a BSN, is left out."""
    data = build_fo01("IB001", to(value), FOUTCODES)

    assert find(data, "stuurgegevens/ontvanger/organisatie") is None
    assert find(data, "stuurgegevens/ontvanger/applicatie") == "GGk"


@pytest.mark.parametrize("party", ["0384", "42420001", "CAK", "SVB", "CIZ"])
def test_receiver(party: str) -> None:
    """The receiver of the Fo01 is the sender of the bericht."""
    data = build_fo01("IB001", to(party), FOUTCODES)

    assert party == find(data, "stuurgegevens/ontvanger/organisatie")


def test_each_rule_once() -> None:
    """A rule that is broken twice is named once, in the order of the verdict."""
    data = build_fo01(
        "IB003", STUURGEGEVENS, FOUTCODES, regels=("TR342", "CD060", "TR342")
    )

    assert "Het bericht is groter dan 25 MB. Regels: TR342, CD060." == find(
        data, "body/omschrijving"
    )


def test_more_rules_than_fit() -> None:
    """Rules that do not fit in the 200 characters of StUF are counted."""
    regels = tuple(f"TR{number:03}" for number in range(100))
    omschrijving = find(
        build_fo01("IB003", STUURGEGEVENS, FOUTCODES, regels=regels),
        "body/omschrijving",
    )

    assert omschrijving is not None
    assert len(omschrijving) <= 200
    counted = re.fullmatch(r".*Regels: (.*) en (\d+) meer\.", omschrijving)
    assert counted is not None
    assert 100 == len(counted[1].split(", ")) + int(counted[2])


@given(
    st.sampled_from(sorted(FOUTCODES.codes)),
    st.lists(st.from_regex(r"[A-Z]{2}[0-9]{3}", fullmatch=True), max_size=60),
    st.sampled_from([None, *CATALOGUE.by_type.values()]),
)
def test_bounds(code: str, regels: list[str], functie: Berichttype | None) -> None:
    """Omschrijving and details stay within the 200 and 1000 characters of StUF."""
    args = code, STUURGEGEVENS, FOUTCODES
    data = build_fo01(*args, functie=functie, regels=tuple(regels))
    omschrijving = find(data, "body/omschrijving") or ""

    assert omschrijving.startswith(FOUTCODES.codes[code].omschrijving)
    assert len(omschrijving) <= 200
    assert len(find(data, "body/details") or "") <= 1000
    assert data == build_fo01(*args, functie=functie, regels=tuple(regels))


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
)
def test_escaping(text: str) -> None:
    """What looks like markup in a text of ours comes out as the text it is."""
    text = text.replace("\ufffe", "").replace("\uffff", "")
    table = copy.deepcopy(TABLE)
    table["code"][0]["omschrijving"] = f"<&>{text}"
    data = build_fo01(table["code"][0]["code"], STUURGEGEVENS, load_fo01(table))

    assert f"<&>{text}" == find(data, "body/omschrijving")


@given(st.datetimes())
def test_tijdstip(tijdstip: datetime) -> None:
    """The tijdstipBericht is always 14 digits."""
    stuurgegevens = replace(STUURGEGEVENS, tijdstip=tijdstip)
    written = find(
        build_fo01("IB001", stuurgegevens, FOUTCODES), "stuurgegevens/tijdstipBericht"
    )

    assert re.sub("[-T:]", "", tijdstip.isoformat()[:19]) == written


def test_code_that_is_not_in_the_list() -> None:
    """A code that the list does not have is refused."""
    with pytest.raises(AnswerError):
        build_fo01("IB210", STUURGEGEVENS, FOUTCODES)


@pytest.mark.parametrize("regel", [*Regel, "TR101", ""])
def test_code_for(regel: str) -> None:
    """Too large is IB003, an unknown type IB004, and all else IB001."""
    expected = {"GROOTTE": "IB003", "BERICHTTYPE": "IB004"}.get(regel, "IB001")

    assert expected == FOUTCODES.code_for(regel)


@pytest.mark.parametrize(
    "regel,code",
    [
        ("KENMERK", "IB001"),
        ("ZENDER_NIET_GELDIG", "IB002"),
        ("GEMEENTE_ONBEKEND", "IB005"),
        ("ZENDER_SOORT", "IB007"),
        ("GEEN_MACHTIGING", "IB009"),
        ("ZORGAANBIEDER_ONBEKEND", "IB010"),
        ("ONTVANGER_SOORT", "IB011"),
        ("NIET_ACTIEF", "IB023"),
    ],
)
def test_code_for_what_is_not_delivered(regel: str, code: str) -> None:
    """Each reason not to deliver a bericht has its code of the list."""
    assert code == FOUTCODES.code_for(regel)


def test_codes_of_the_router() -> None:
    """The list has every code with which the GGk refuses."""
    numbers = (1, 2, 3, 4, 5, 7, 9, 10, 11, 16, 23)
    expected = [f"IB{number:03}" for number in numbers]

    assert expected == sorted(FOUTCODES.codes)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("code"),
        lambda t: t.pop("regels"),
        lambda t: t.pop("standaardcode"),
        lambda t: t.pop("zender"),
        lambda t: t["ontvanger"].pop("applicatie"),
        lambda t: t["code"].append(t["code"][0]),
        lambda t: t["code"][0].pop("plek"),
        lambda t: t["code"][0].update(plek="post"),
        lambda t: t["code"][0].update(code="IB000001"),
        lambda t: t["code"][0].update(omschrijving="x" * 121),
        lambda t: t["code"][0].update(extra="x"),
        lambda t: t.pop("onbekend"),
        lambda t: t["onbekend"].update(IETS_ONBEKEND="IB999"),
        lambda t: t["regels"].pop("XSD"),
        lambda t: t["regels"].pop("NIET_ACTIEF"),
        lambda t: t["regels"].update(TR101="IB001"),
        lambda t: t["regels"].update(XSD="IB999"),
        lambda t: t.update(standaardcode="IB999"),
    ],
)
def test_table_that_is_wrong(change: Callable[[dict[str, Any]], object]) -> None:
    """A list that is incomplete or does not fit StUF is refused at the start."""
    table = copy.deepcopy(TABLE)
    change(table)
    with pytest.raises(ConfigError):
        load_fo01(table)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20))
def test_message_uuid_has_the_form_of_ggk(sha256: bytes, purpose: str) -> None:
    """Each id is a lower case UUID of the form of version 4, and always the same."""
    made = message_uuid(sha256, purpose)

    assert UUID_OF_GGK.fullmatch(str(made)) is not None
    assert made == message_uuid(sha256, purpose)


def test_message_uuid_depends_on_both() -> None:
    """Another digest or another purpose gives another id."""
    made = {
        message_uuid(digest, purpose)
        for digest in (bytes(32), bytes([1] * 32))
        for purpose in ("bericht", "antwoord")
    }

    assert 4 == len(made)

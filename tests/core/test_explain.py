"""What is said of faults on the XSD: what belongs there, and nothing of what stood."""

import json
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from ibroker.core import explain
from ibroker.core.catalogue import Berichttype
from ibroker.core.explain import Uitleg, explain_xsd
from ibroker.core.fout import Uitkomst
from ibroker.core.verdict import validate_bericht
from ibroker.standards import load_standards
from tests.loaded import standards

ROOT = Path(__file__).parents[2]
GOED = ROOT / "tests" / "berichten" / "goed"
SHARED = ROOT.parent / "shared"
CORPUS = SHARED / "corpus"
OFFICIAL = SHARED / "reference" / "xsd"

CANARY = "KANARIE"
FALLBACK = "wat de XSD van het berichttype hier voorschrijft"
WMO301 = "http://www.istandaarden.nl/iwmo/3_2/wmo301/schema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TYPES = sorted(path.stem for path in GOED.glob("*.xml"))


def berichttype(name: str) -> Berichttype:
    """Give the type of that name."""
    return standards().catalogue.by_type[name]


def good(name: str) -> bytes:
    """Read the valid bericht of a type."""
    return (GOED / f"{name}.xml").read_bytes()


def changed(name: str, old: str, new: str) -> bytes:
    """Change one thing in the valid bericht of a type."""
    data = good(name)
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


def explained(name: str, data: bytes) -> list[tuple[str, str]]:
    """Explain a bericht, as pairs of place and text."""
    found = explain_xsd(data, berichttype(name), standards())
    return [(uitleg.locatie, uitleg.verwacht) for uitleg in found]


VALUES = [
    ("Bsn>999901102", "Bsn>KANARIE", "Client/Bsn", "9 cijfers: patroon [0-9]{9}"),
    ("BerichtCode>414", "BerichtCode>415", "Header/BerichtCode", "de waarde 414"),
    ("Geslacht>0", "Geslacht>7", "Client/Geslacht", "een van: 0, 1, 2"),
    (
        "Datum>1951-04-09",
        "Datum>1951-04-09Z",
        "Client/Geboortedatum/Datum",
        "een datum jjjj-mm-dd zonder tijdzone",
    ),
    (
        "Achternaam>Testpersoon",
        "Achternaam> ",
        "Client/Naam/Geslachtsnaam/Achternaam",
        "1 t/m 200 tekens, niet alleen witruimte",
    ),
    (
        "Identificatie>W301-0001",
        "Identificatie>KANARIE-TE-LANG",
        "Header/BerichtIdentificatie/Identificatie",
        "1 t/m 12 tekens, niet alleen witruimte",
    ),
]


@pytest.mark.parametrize("old,new,locatie,verwacht", VALUES)
def test_value(old: str, new: str, locatie: str, verwacht: str) -> None:
    """Of a wrong value is said what its type wants."""
    actual = explained("WMO301", changed("WMO301", old, new))

    assert [(f"/Bericht/{locatie}", verwacht)] == actual


@pytest.mark.parametrize(
    "old,new,locatie,verwacht",
    [
        (
            "<wmo301:Geslacht>0</wmo301:Geslacht>",
            "<wmo301:KANARIE/>",
            "/Bericht/Client/*",
            "element Geslacht",
        ),
        (
            "<wmo301:Geslacht>0</wmo301:Geslacht>",
            "<Geslacht>0</Geslacht>",
            "/Bericht/Client/*",
            f"element Geslacht in de namespace {WMO301}",
        ),
        (
            "<iwmo:NaamGebruik>1</iwmo:NaamGebruik>",
            "",
            "/Bericht/Client/Naam",
            "in Naam nog element Partnernaam, Voornamen, Voorletters of NaamGebruik",
        ),
        (
            "</wmo301:Header>",
            "<wmo301:Bsn/></wmo301:Header>",
            "/Bericht/Header/Bsn",
            "het einde van Header",
        ),
        (
            "</wmo301:Contactgegevens>",
            "<wmo301:KANARIE/></wmo301:Contactgegevens>",
            "/Bericht/Client/Contactgegevens/*",
            "element Contact of het einde van Contactgegevens",
        ),
        (
            "<wmo301:Bsn>",
            '<wmo301:Bsn KANARIE="KANARIE">',
            "/Bericht/Client/Bsn",
            "geen attributen",
        ),
        (
            "<wmo301:Header>",
            '<wmo301:Header KANARIE="KANARIE">',
            "/Bericht/Header",
            "geen attributen",
        ),
        (
            "<wmo301:Bsn>999901102",
            "<wmo301:Bsn><KANARIE/>",
            "/Bericht/Client/Bsn",
            "geen element, maar als waarde: 9 cijfers: patroon [0-9]{9}",
        ),
        (
            "<iwmo:Geslachtsnaam>",
            "<iwmo:Geslachtsnaam>KANARIE",
            "/Bericht/Client/Naam/Geslachtsnaam",
            "geen losse tekst, alleen elementen: Achternaam, Voorvoegsel",
        ),
        (
            "<wmo301:Bsn>999901102",
            f'<wmo301:Bsn xmlns:x="{XSI}" x:nil="true">',
            "/Bericht/Client/Bsn",
            "geen xsi:nil, maar als waarde: 9 cijfers: patroon [0-9]{9}",
        ),
        (
            "<wmo301:Bsn>",
            f'<wmo301:Bsn xmlns:x="{XSI}" x:type="KANARIE">',
            "/Bericht/Client/Bsn",
            "geen xsi:type, maar als waarde: 9 cijfers: patroon [0-9]{9}",
        ),
    ],
)
def test_structure(old: str, new: str, locatie: str, verwacht: str) -> None:
    """Of a wrong element is said which one belongs there, or what it may hold."""
    actual = explained("WMO301", changed("WMO301", old, new))

    assert [(locatie, verwacht)] == actual


def test_root() -> None:
    """Of a wrong root is said which one the XSD has."""
    data = good("JW317").replace(b":Bericht>", b":KANARIE>")
    data = data.replace(b":Bericht ", b":KANARIE ")

    assert [("/*", "als hoofdelement Bericht")] == explained("JW317", data)


def test_empty_client() -> None:
    """Of an element that holds nothing is said what it lacks."""
    ns = berichttype("JW305").namespace
    root = etree.fromstring(good("JW305"))
    client = root.find(f"{{{ns}}}Client")
    assert client is not None
    client.clear()

    actual = explained("JW305", etree.tostring(root, encoding="UTF-8"))

    assert [("/Bericht/Client", "in Client nog element Bsn")] == actual


def test_number_of_ieb() -> None:
    """A standard without official XSDs at hand is explained alike."""
    data = changed("WMO401", "EbStartNummer>80001", "EbStartNummer>KANARIE")

    expected = (
        "/Bericht/Client/StartEigenBijdrage/EbStartNummer",
        "een geheel getal van 0 t/m 999999999",
    )

    assert [expected] == explained("WMO401", data)


def mangled(name: str) -> Iterator[bytes]:
    """Put the canary in every place of a bericht that a sender can write in."""
    root = etree.fromstring(good(name))
    for element in list(root.iter("*")):
        text = element.text
        if not len(element):
            element.text = CANARY
            yield etree.tostring(root, encoding="UTF-8")
        element.text = text
        element.set(CANARY, CANARY)
        yield etree.tostring(root, encoding="UTF-8")
        del element.attrib[CANARY]
        extra = etree.SubElement(element, f"{{{CANARY}}}{CANARY}", nsmap={"k": CANARY})
        extra.text = CANARY
        yield etree.tostring(root, encoding="UTF-8")
        element.remove(extra)


@pytest.mark.parametrize("name", TYPES)
def test_no_value_is_shown(name: str) -> None:
    """Nothing that a sender wrote comes back, whatever the place or the type."""
    for data in mangled(name):
        found = explain_xsd(data, berichttype(name), standards())
        verdict = validate_bericht(data, standards())

        assert CANARY not in repr(found)
        assert FALLBACK not in repr(found)
        if verdict.uitkomst is Uitkomst.ONGELDIG:
            assert [fout.locaties[0] for fout in verdict.fouten] == [
                uitleg.locatie for uitleg in found
            ]


@pytest.mark.parametrize("name", TYPES)
def test_valid_is_not_explained(name: str) -> None:
    """Of a bericht that is valid nothing is said, nor of what is no such bericht."""
    assert () == explain_xsd(good(name), berichttype(name), standards())
    assert () == explain_xsd(b"<x/>", berichttype(name), standards())
    assert () == explain_xsd(b"", berichttype(name), standards())
    other = berichttype("WMO301" if name != "WMO301" else "WMO302")
    bad = good(name).replace(b"Header", b"Hoofd")
    assert () == explain_xsd(bad, other, standards())


def test_at_most_a_hundred() -> None:
    """Many faults are as many explanations as the verdict has places: a hundred."""
    data = good("WMO301")
    start = data.index(b"<wmo301:Contact>")
    end = data.index(b"</wmo301:Contact>") + len(b"</wmo301:Contact>")
    bad = b"<wmo301:Contact><wmo301:Soort>KANARIE</wmo301:Soort></wmo301:Contact>"

    found = explained("WMO301", data[:start] + bad * 2000 + data[end:])

    assert 100 == len(found)
    assert {"een van: 01, 02, 03, 04"} == {verwacht for _, verwacht in found}
    assert "/Bericht/Client/Contactgegevens/Contact[100]/Soort" == found[-1][0]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket is opened and no hint followed, also where the XSDs still compile."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    explain._compile.cache_clear()
    monkeypatch.setattr(socket, "socket", refuse)
    data = changed(
        "WMO301",
        "<wmo301:Bsn>999901102",
        f'<wmo301:Bsn xmlns:x="{XSI}"'
        ' x:schemaLocation="urn:x http://127.0.0.1:9/KANARIE.xsd">KANARIE',
    )

    assert ["/Bericht/Client/Bsn"] == [place for place, _ in explained("WMO301", data)]


def test_compiled_once() -> None:
    """An XSD is compiled once, however many berichten it explains."""
    explain._compile.cache_clear()
    for _ in range(3):
        explained("WMO301", changed("WMO301", "Geslacht>0", "Geslacht>7"))

    info = explain._compile.cache_info()

    assert 1 == info.misses
    assert info.maxsize is not None


def corpus(kind: str) -> Iterator[tuple[str, bytes]]:
    """Give id and bytes of the messages of a kind."""
    lines = (CORPUS / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    with zipfile.ZipFile(CORPUS / "berichten.zip") as berichten:
        for one in map(json.loads, lines):
            if one["kind"] == kind and one["file"] is not None:
                yield one["id"], berichten.read(one["file"])


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at hand")
@pytest.mark.parametrize("schemas", [None, OFFICIAL], ids=["ours", "official"])
def test_corpus(schemas: Path | None) -> None:
    """Every message made to break the XSD is explained where its verdict says so."""
    known = load_standards(schemas)
    count = 0
    for name, data in corpus("B"):
        verdict = validate_bericht(data, known)
        if verdict.uitkomst is not Uitkomst.ONGELDIG:
            continue
        assert verdict.berichttype is not None
        count += 1

        found = explain_xsd(data, verdict.berichttype, known)

        assert [fout.locaties[0] for fout in verdict.fouten] == [
            uitleg.locatie for uitleg in found
        ], name
        assert FALLBACK not in {uitleg.verwacht for uitleg in found}, name
    assert count > 1000


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at hand")
def test_hostile_input() -> None:
    """Hostile input is explained only where it was read, and never raises."""
    for name, data in corpus("D"):
        found = explain_xsd(data, berichttype(name.split("-")[2]), standards())

        if validate_bericht(data, standards()).uitkomst is not Uitkomst.ONGELDIG:
            assert () == found, name


def test_uitleg_is_a_value() -> None:
    """An explanation is two texts, equal to another with the same texts."""
    assert Uitleg("/A", "B") == Uitleg("/A", "B")

"""Our XSDs compile and give the same verdict on messages as the official ones."""

import json
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
OURS = ROOT / "schemas"
SHARED = ROOT / ".." / "shared"
OFFICIAL = SHARED / "reference" / "xsd"
SAMPLES = SHARED / "reference" / "voorbeelden"
CORPUS = SHARED / "corpus"
OWN_SAMPLES = sorted((Path(__file__).parent / "voorbeelden").glob("*.xml"))

XSD = "{http://www.w3.org/2001/XMLSchema}"
BSN = ".//{*}Bsn"
FILES = sorted(OURS.glob("*/*.xsd"))
MESSAGES = [path for path in FILES if path.stem != "basisschema"]
NUMBERS = (301, 302, 305, 306, 307, 308, 315, 316, 317, 318, 319, 320, 323, 325)
FOLDERS = {
    "iwmo-3.2": [f"WMO{number}" for number in NUMBERS],
    "ijw-3.2": [f"JW{number}" for number in NUMBERS],
    "ieb-1.0": ["WMO401", "WMO402", "WMO403", "WMO404"],
    "ipgb-2.1": [f"{d}5{n}" for d in ("JW", "WMO") for n in ("01", "02", "07", "08")],
    "iwlz-2.2": ["IO31"],
    "ggk-hartslag-1.0": ["HARTSLAG"],
    "ggk-wlz-1.0": [
        f"WLZ{name}"
        for name in ("ANTWOORD", "INFORMATIE", "REGISTRATIE", "SIGNAAL", "VRAAG")
    ],
}


def parser() -> etree.XMLParser:
    """Return a parser that expands and fetches nothing."""
    return etree.XMLParser(resolve_entities=False, no_network=True)


def shown(path: Path) -> str:
    """Name a test after folder and file."""
    return f"{path.parent.name}/{path.stem}"


@cache
def schema(path: Path) -> etree.XMLSchema:
    """Compile one XSD, once."""
    return etree.XMLSchema(etree.parse(path, parser()))


@cache
def ours_by_namespace() -> dict[str, Path]:
    """Return our message XSDs by their targetNamespace."""
    return {
        etree.parse(path, parser()).getroot().get("targetNamespace", ""): path
        for path in MESSAGES
    }


def verdict(content: bytes) -> bool | None:
    """Judge a message by our XSDs; None where its namespace is none of ours."""
    root = etree.fromstring(content, parser())
    path = ours_by_namespace().get(etree.QName(root).namespace or "")
    return None if path is None else schema(path).validate(root)


def test_every_message_has_its_xsd() -> None:
    """Each standard has a basisschema and one XSD for each of its messages."""
    expected = {
        f"{folder}/{name}"
        for folder, names in FOLDERS.items()
        for name in [*names, "basisschema"]
    }

    assert expected == {shown(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_xsd_compiles(path: Path) -> None:
    """Every XSD compiles with libxml2."""
    assert isinstance(schema(path), etree.XMLSchema)


@pytest.mark.parametrize("path", MESSAGES, ids=shown)
def test_message_has_one_root(path: Path) -> None:
    """A message XSD declares one global element, Bericht, in its own namespace."""
    root = etree.parse(path, parser()).getroot()
    namespace = root.get("targetNamespace", "")

    assert ["Bericht"] == [one.get("name") for one in root.findall(f"{XSD}element")]
    assert "qualified" == root.get("elementFormDefault")
    assert path.stem.lower() in namespace.replace(":", "/").split("/")


@pytest.mark.parametrize("path", MESSAGES, ids=shown)
def test_message_imports_the_basisschema(path: Path) -> None:
    """A message XSD imports the basisschema beside it and nothing else."""
    root = etree.parse(path, parser()).getroot()
    basis = etree.parse(path.with_name("basisschema.xsd"), parser()).getroot()
    imports = root.findall(f"{XSD}import")

    assert ["basisschema.xsd"] == [one.get("schemaLocation") for one in imports]
    assert [basis.get("targetNamespace")] == [one.get("namespace") for one in imports]
    assert [] == root.findall(f"{XSD}include")


@pytest.mark.parametrize("folder", ["iwmo-3.2", "ijw-3.2"])
@pytest.mark.parametrize("kind,count", [("LDT_RetourCode", 59), ("LDT_LandCode", 249)])
def test_long_lists_are_complete(folder: str, kind: str, count: int) -> None:
    """The long code lists hold as many values as the standard has."""
    root = etree.parse(OURS / folder / "basisschema.xsd", parser()).getroot()
    path = f"{XSD}simpleType[@name='{kind}']/{XSD}restriction/{XSD}enumeration"

    assert count == len({one.get("value") for one in root.findall(path)})


def official_of(name: str) -> Path:
    """Return the official XSD of a message, or the one derived for a retour."""
    folder = "ijw-3.2" if name.startswith("JW") else "iwmo-3.2"
    official = OFFICIAL / folder / f"{name}.xsd"
    if official.exists():
        return official
    return OFFICIAL / f"{folder}-afgeleid" / f"{name}.xsd"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.xml")), ids=shown)
def test_official_sample_gets_the_same_verdict(path: Path) -> None:
    """An official sample is valid by our XSD exactly when it is by theirs."""
    theirs = schema(official_of(path.stem)).validate(etree.parse(path, parser()))

    assert theirs == verdict(path.read_bytes())


def corpus() -> Iterator[tuple[str, bool, bytes]]:
    """Give id, official XSD verdict and bytes of each message that has a verdict."""
    with zipfile.ZipFile(CORPUS / "berichten.zip") as berichten:
        lines = (CORPUS / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
        for one in map(json.loads, lines):
            if one["xsd_valid"] is not None:
                yield one["id"], one["xsd_valid"], berichten.read(one["file"])


def test_corpus_gets_the_same_verdicts() -> None:
    """Every message of the corpus is valid exactly when its verdict says so."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not at hand")
    wrong, counted = [], {True: 0, False: 0}
    for name, expected, content in corpus():
        counted[expected] += 1
        if expected != bool(verdict(content)):
            wrong.append(f"{name}: expected {expected}")

    assert [] == wrong
    assert min(counted.values()) > 1000  # both verdicts were really put to the test


@pytest.mark.parametrize("path", OWN_SAMPLES, ids=shown)
def test_own_sample_is_valid(path: Path) -> None:
    """Our hand-written messages are valid for their XSD."""
    root = etree.parse(path, parser()).getroot()
    found = schema(ours_by_namespace()[etree.QName(root).namespace or ""])
    found.validate(root)

    assert [] == [f"{one.line}: {one.message}" for one in found.error_log]


def test_own_samples_are_complete() -> None:
    """There is a sample for every message of which no official sample is at hand."""
    folders = ("ieb-1.0", "ipgb-2.1", "iwlz-2.2")
    expected = sorted(name for folder in folders for name in FOLDERS[folder])

    assert expected == [path.stem for path in OWN_SAMPLES]


@pytest.mark.parametrize("path", OWN_SAMPLES, ids=shown)
def test_own_sample_has_synthetic_bsns(path: Path) -> None:
    """Every BSN in our samples is a test number that passes the 11-proef."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    for one in etree.parse(path, parser()).getroot().findall(BSN):
        bsn = one.text or ""

        total = sum(w * int(digit) for w, digit in zip(weights, bsn, strict=True))

        assert 999900006 <= int(bsn) <= 999999990
        assert 0 == total % 11


@pytest.mark.parametrize("path", OWN_SAMPLES, ids=shown)
def test_own_sample_without_an_element_is_refused(path: Path) -> None:
    """A sample that lacks any one element of its header is no longer valid."""
    root = etree.parse(path, parser()).getroot()
    header = root.find("{*}Header")
    assert header is not None
    for one in header.findall("{*}*"):
        if etree.QName(one).localname == "RetourCodes":
            continue  # the only one in a header that may be absent
        at = header.index(one)
        header.remove(one)

        assert not verdict(etree.tostring(root)), one.tag
        header.insert(at, one)


@pytest.mark.parametrize("name", ["WMO402", "JW502", "WMO508"])
def test_class_without_retourcodes_is_refused(name: str) -> None:
    """In a retour every class that is sent back bears its RetourCodes."""
    path = next(one for one in OWN_SAMPLES if one.stem == name)
    count = len(etree.parse(path, parser()).findall("{*}Client//{*}RetourCodes"))
    assert count > 1
    for number in range(count):
        root = etree.parse(path, parser()).getroot()
        one = root.findall("{*}Client//{*}RetourCodes")[number]
        parent = one.getparent()
        assert parent is not None
        parent.remove(one)

        assert not verdict(etree.tostring(root)), parent.tag

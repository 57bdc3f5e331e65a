"""Every answer is valid for its XSD: ours, the official one, and that of StUF."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from ibroker.core.answer import Answer, AnswerTables, build_answer
from ibroker.core.verdict import validate_bericht
from tests.loaded import standards

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
STUF = REFERENCE / "ggk-envelop" / "0301" / "stuf0301.xsd"
FOUT = sorted((ROOT / "tests" / "berichten" / "fout").glob("*.xml"))
TIJDSTIP = datetime(2026, 4, 2, 9, 5, 7, tzinfo=UTC)
MESSAGE_ID = UUID("0d9e9b2c-6a43-4e0f-8f49-5e1c1c1d7c11")
WRONG = pytest.mark.parametrize("path", FOUT, ids=lambda path: path.stem)


@cache
def xsd(path: Path) -> etree.XMLSchema:
    """Compile an XSD once."""
    return etree.XMLSchema(etree.parse(path))


def answer(data: bytes, message_id: UUID | None = MESSAGE_ID) -> Answer | None:
    """Judge a bericht and build its answer."""
    return build_answer(
        data,
        validate_bericht(data, standards()),
        AnswerTables(standards().catalogue, standards().foutcodes),
        tijdstip=TIJDSTIP,
        message_id=message_id,
    )


def xsds_of(made: Answer) -> list[Path]:
    """Name the XSDs that are at hand for the answer, ours and the published one."""
    if made.kind == "fo01":
        paths = [STUF]
    else:
        folder = standards().catalogue.by_type[made.type].standaard.map
        file = f"{made.type}.xsd"
        published = REFERENCE / "xsd" / folder / file
        derived = REFERENCE / "xsd" / f"{folder}-afgeleid" / file
        paths = [ROOT / "schemas" / folder / file, published, derived]
    return [path for path in paths if path.is_file()]


@WRONG
def test_answer_is_schema_valid(path: Path) -> None:
    """The answer to each wrong sample is valid for every XSD of it that is at hand."""
    made = answer(path.read_bytes())
    if made is None:
        assert "afgekeurd-WMO306-CS002" == path.stem
        return
    at_hand = xsds_of(made)
    if not at_hand:
        pytest.skip("the official XSD of StUF is not here")
    for one in at_hand:
        schema = xsd(one)
        schema.validate(etree.fromstring(made.data))
        assert [] == [str(error) for error in schema.error_log]


@WRONG
def test_answer_is_the_one_due(path: Path) -> None:
    """Each wrong sample gets the kind and the code that its file name asks for."""
    uitkomst, name, regel = path.stem.split("-")
    berichttype = standards().catalogue.by_type.get(name)
    expected = ("fo01", {"BERICHTTYPE": "IB004"}.get(regel, "IB001"))
    if uitkomst == "afgekeurd" and berichttype is not None:
        reply = berichttype.retour or berichttype.antwoord
        expected = expected if reply is None else ("retour", "0001")

    made = answer(path.read_bytes())

    if made is None:
        assert berichttype is not None
        assert berichttype.is_retour
        return
    tag = "code" if made.kind == "fo01" else "RetourCode"
    code = etree.fromstring(made.data).findtext(f".//{{*}}{tag}")
    assert expected == (made.kind, code)


@WRONG
def test_same_bericht_same_answer(path: Path) -> None:
    """Judged and answered again, a bericht gets the same bytes."""
    data = path.read_bytes()

    assert answer(data) == answer(data)
    assert answer(data, None) == answer(data, None)


@pytest.mark.parametrize("type_name", ["WMO323", "JW323"])
def test_declaration_gets_a_325(type_name: str) -> None:
    """A 323 that breaks a rule gets the 325 from the gemeente, valid for its XSD."""
    data = (ROOT / "tests" / "berichten" / "goed" / f"{type_name}.xml").read_bytes()
    root = etree.fromstring(data)
    for bsn in root.iter("{*}Bsn"):
        bsn.text = "999900007"  # fails the 11-proef
    made = answer(etree.tostring(root, encoding="UTF-8"))

    assert made is not None
    assert ("retour", type_name.replace("323", "325")) == (made.kind, made.type)
    for one in xsds_of(made):
        xsd(one).assertValid(etree.fromstring(made.data))

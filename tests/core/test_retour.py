"""Answers that are a header: the retour of a heenbericht, the 325 of a 323."""

import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.catalogue import Berichttype, parse_catalogue
from ibroker.core.fout import Fout, Uitkomst
from ibroker.core.header import Header, header_tags, read_header
from ibroker.core.retour import (
    AFGEKEURD,
    GOEDGEKEURD,
    build_retour,
    identificatie_retour,
)
from ibroker.core.verdict import Verdict
from ibroker.errors import AnswerError

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
OFFICIAL = {
    "iwmo-3.2": SHARED / "reference" / "xsd" / "iwmo-3.2-afgeleid",
    "ijw-3.2": SHARED / "reference" / "xsd" / "ijw-3.2",
}

CATALOGUE = parse_catalogue(
    tomllib.loads((ROOT / "schemas" / "catalogus.toml").read_text(encoding="utf-8"))
)
HEEN = [b for b in CATALOGUE.by_type.values() if CATALOGUE.answer_to(b) is not None]
HEEN_MET_RETOUR = [b for b in HEEN if b.retour is not None]
DECLARATIES = [b for b in HEEN if b.antwoord is not None]

OORZAAK = UUID("6c9f1f0e-52a1-4b0d-9d0c-3f1d4a0a9a51")
DAGTEKENING = date(2026, 4, 2)
CODES = {"gemeente": "0384", "zorgaanbieder": "42420001"}


def header_for(heen: Berichttype) -> Header:
    """Build the header that a valid bericht of the type has."""
    values = {
        heen.van_element: CODES.get(heen.van),
        heen.naar_element: CODES.get(heen.naar),
    }
    return Header(
        afzender=values.get("Afzender"),
        ontvanger=values.get("Ontvanger"),
        identificatie="123456789012",
        dagtekening="2026-04-01",
        xsd_versie=("1.0.0", "1.0.1"),
    )


def afgekeurd(heen: Berichttype, header: Header | None = None) -> Verdict:
    """Build the verdict on a bericht of the type that breaks a level 2 rule."""
    fout = Fout("TR101", "0001", ("/Bericht/Client",), 12, "Mag maar één keer.")
    return Verdict(Uitkomst.AFGEKEURD, 2, heen, header or header_for(heen), (fout,))


def geldig(heen: Berichttype) -> Verdict:
    """Build the verdict on a valid bericht of the type."""
    return Verdict(Uitkomst.GELDIG, None, heen, header_for(heen), ())


def build(verdict: Verdict, retourcodes: tuple[str, ...] = AFGEKEURD) -> bytes:
    """Build the answer of one fixed day to one fixed cause."""
    return build_retour(
        verdict,
        CATALOGUE,
        retourcodes=retourcodes,
        dagtekening=DAGTEKENING,
        oorzaak=OORZAAK,
    )


def answer_type(heen: Berichttype) -> Berichttype:
    """Give the type that answers this one."""
    answer = CATALOGUE.answer_to(heen)
    assert answer is not None
    return answer


def texts(data: bytes) -> list[tuple[str, str]]:
    """List the name and the text of each leaf, in order."""
    return [
        (etree.QName(element).localname, element.text or "")
        for element in etree.fromstring(data).iter()
        if not len(element)
    ]


@cache
def xsd(path: Path) -> etree.XMLSchema:
    """Compile the XSD at that path, once."""
    return etree.XMLSchema(etree.parse(path))


def assert_schema_valid(path: Path, data: bytes) -> None:
    """Say what the XSD has against the answer, if anything."""
    schema = xsd(path)
    schema.validate(etree.fromstring(data))

    assert [] == [str(error) for error in schema.error_log]


def verdicts(heen: Berichttype) -> list[tuple[Verdict, tuple[str, ...]]]:
    """List what can be answered with a header to a bericht of the type."""
    rejected: list[tuple[Verdict, tuple[str, ...]]] = [(afgekeurd(heen), AFGEKEURD)]
    if heen.retour is None:
        return rejected
    return [*rejected, (geldig(heen), GOEDGEKEURD)]


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


@pytest.mark.parametrize("heen", HEEN, ids=by_type)
def test_our_xsd(heen: Berichttype) -> None:
    """Every answer is valid for our own XSD of its type."""
    answer = answer_type(heen)
    path = ROOT / "schemas" / answer.standaard.map / f"{answer.type}.xsd"
    for verdict, retourcodes in verdicts(heen):
        assert_schema_valid(path, build(verdict, retourcodes))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the official XSDs are not here")
@pytest.mark.parametrize(
    "heen", [b for b in HEEN if b.standaard.map in OFFICIAL], ids=by_type
)
def test_official_xsd(heen: Berichttype) -> None:
    """Every answer of iWmo and iJw is valid for the published XSD of its type."""
    answer = answer_type(heen)
    path = OFFICIAL[answer.standaard.map] / f"{answer.type}.xsd"
    for verdict, retourcodes in verdicts(heen):
        assert_schema_valid(path, build(verdict, retourcodes))


def test_golden_retour() -> None:
    """A WMO302 that rejects is, byte for byte, the answer of the standard."""
    expected = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<wmo302:Bericht xmlns:wmo302="http://www.istandaarden.nl/iwmo/3_2/wmo302/schema"\
 xmlns:iwmo="http://www.istandaarden.nl/iwmo/3_2/basisschema/schema">
  <wmo302:Header>
    <wmo302:BerichtCode>415</wmo302:BerichtCode>
    <wmo302:BerichtVersie>3</wmo302:BerichtVersie>
    <wmo302:BerichtSubversie>2</wmo302:BerichtSubversie>
    <wmo302:Afzender>0384</wmo302:Afzender>
    <wmo302:Ontvanger>42420001</wmo302:Ontvanger>
    <wmo302:BerichtIdentificatie>
      <iwmo:Identificatie>123456789012</iwmo:Identificatie>
      <iwmo:Dagtekening>2026-04-01</iwmo:Dagtekening>
    </wmo302:BerichtIdentificatie>
    <wmo302:XsdVersie>
      <iwmo:BasisschemaXsdVersie>1.0.0</iwmo:BasisschemaXsdVersie>
      <iwmo:BerichtXsdVersie>1.0.1</iwmo:BerichtXsdVersie>
    </wmo302:XsdVersie>
    <wmo302:IdentificatieRetour>IGY5RTP3BDVV</wmo302:IdentificatieRetour>
    <wmo302:DagtekeningRetour>2026-04-02</wmo302:DagtekeningRetour>
    <wmo302:XsltVersie>2.10.5</wmo302:XsltVersie>
    <wmo302:XsdVersieRetour>
      <iwmo:BasisschemaXsdVersie>1.0.0</iwmo:BasisschemaXsdVersie>
      <iwmo:BerichtXsdVersie>1.0.0</iwmo:BerichtXsdVersie>
    </wmo302:XsdVersieRetour>
    <wmo302:RetourCodes>
      <wmo302:RetourCode>0001</wmo302:RetourCode>
    </wmo302:RetourCodes>
  </wmo302:Header>
</wmo302:Bericht>
"""

    assert expected == build(afgekeurd(CATALOGUE.by_type["WMO301"]))


def test_golden_325() -> None:
    """A JW325 that rejects is sent by the gemeente and names the JW323."""
    expected = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<jw325:Bericht xmlns:jw325="http://www.istandaarden.nl/ijw/3_2/jw325/schema"\
 xmlns:ijw="http://www.istandaarden.nl/ijw/3_2/basisschema/schema">
  <jw325:Header>
    <jw325:BerichtCode>491</jw325:BerichtCode>
    <jw325:BerichtVersie>3</jw325:BerichtVersie>
    <jw325:BerichtSubversie>2</jw325:BerichtSubversie>
    <jw325:Afzender>0384</jw325:Afzender>
    <jw325:Ontvanger>42420001</jw325:Ontvanger>
    <jw325:BerichtIdentificatie>
      <ijw:Identificatie>T26W3BN6MGMB</ijw:Identificatie>
      <ijw:Dagtekening>2026-04-02</ijw:Dagtekening>
    </jw325:BerichtIdentificatie>
    <jw325:XsdVersie>
      <ijw:BasisschemaXsdVersie>1.0.0</ijw:BasisschemaXsdVersie>
      <ijw:BerichtXsdVersie>1.0.0</ijw:BerichtXsdVersie>
    </jw325:XsdVersie>
    <jw325:DeclaratieIdentificatie>
      <ijw:Identificatie>123456789012</ijw:Identificatie>
      <ijw:Dagtekening>2026-04-01</ijw:Dagtekening>
    </jw325:DeclaratieIdentificatie>
    <jw325:XsltVersie>2.10.5</jw325:XsltVersie>
    <jw325:XsdVersieDeclaratie>
      <ijw:BasisschemaXsdVersie>1.0.0</ijw:BasisschemaXsdVersie>
      <ijw:BerichtXsdVersie>1.0.1</ijw:BerichtXsdVersie>
    </jw325:XsdVersieDeclaratie>
    <jw325:RetourCodes>
      <jw325:RetourCode>0001</jw325:RetourCode>
    </jw325:RetourCodes>
  </jw325:Header>
</jw325:Bericht>
"""

    assert expected == build(afgekeurd(CATALOGUE.by_type["JW323"]))


@pytest.mark.parametrize("heen", HEEN, ids=by_type)
def test_same_bytes(heen: Berichttype) -> None:
    """The same verdict, day and cause give the same bytes."""
    assert build(afgekeurd(heen)) == build(afgekeurd(heen))


@pytest.mark.parametrize("heen", HEEN_MET_RETOUR, ids=by_type)
def test_parties_are_kept(heen: Berichttype) -> None:
    """A retour has the Afzender and Ontvanger of its heenbericht, and no others."""
    header = header_for(heen)
    expected = [
        (name, value)
        for name, value in (
            ("Afzender", header.afzender),
            ("Ontvanger", header.ontvanger),
        )
        if value is not None
    ]

    actual = [
        pair
        for pair in texts(build(afgekeurd(heen)))
        if pair[0] in ("Afzender", "Ontvanger")
    ]

    assert expected == actual


@pytest.mark.parametrize("heen", HEEN_MET_RETOUR, ids=by_type)
def test_approval_has_no_retourcodes(heen: Berichttype) -> None:
    """An approving retour has no RetourCodes, and no XsltVersie."""
    names = {name for name, _ in texts(build(geldig(heen), GOEDGEKEURD))}

    assert set() == names & {"RetourCodes", "RetourCode", "XsltVersie"}


@pytest.mark.parametrize("heen", HEEN, ids=by_type)
def test_xslt_versie_of_level_2(heen: Berichttype) -> None:
    """XsltVersie is that of the official sheet, and absent where there is none."""
    versie = {"iWmo": ["2.10.5"], "iJw": ["2.10.5"]}.get(heen.standaard.naam, [])

    actual = [v for name, v in texts(build(afgekeurd(heen))) if name == "XsltVersie"]

    assert versie == actual


def test_code_about_the_header() -> None:
    """A rule about the header gives a header-only retour with the rule's own code."""
    data = build(geldig(CATALOGUE.by_type["WMO305"]), ("9056", "8848"))

    assert [("RetourCode", "9056"), ("RetourCode", "8848")] == texts(data)[-2:]


@pytest.mark.parametrize("code", ["0200", "0233", "8001", "", "1", "00011", "S30\n"])
def test_no_code_for_a_header_alone(code: str) -> None:
    """A code that announces classes, or that is none, is refused."""
    with pytest.raises(AnswerError):
        build(afgekeurd(CATALOGUE.by_type["WMO301"]), (code,))


@pytest.mark.parametrize("heen", DECLARATIES, ids=by_type)
def test_declaration_is_not_approved(heen: Berichttype) -> None:
    """To approve a 323 is for the gemeente."""
    with pytest.raises(AnswerError):
        build(geldig(heen), GOEDGEKEURD)


def test_rejected_is_not_approved() -> None:
    """A bericht that failed level 2 cannot be approved."""
    with pytest.raises(AnswerError):
        build(afgekeurd(CATALOGUE.by_type["WMO301"]), GOEDGEKEURD)


@pytest.mark.parametrize(
    "berichttype",
    [b for b in CATALOGUE.by_type.values() if CATALOGUE.answer_to(b) is None],
    ids=by_type,
)
def test_no_answer_in_the_standard(berichttype: Berichttype) -> None:
    """A retour, a 325 and an IO31 have no retour."""
    with pytest.raises(AnswerError):
        build(afgekeurd(berichttype))


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(Uitkomst.GEWEIGERD, 0, None, None, ()),
        Verdict(
            Uitkomst.ONGELDIG,
            1,
            CATALOGUE.by_type["WMO301"],
            header_for(CATALOGUE.by_type["WMO301"]),
            (),
        ),
    ],
    ids=["unreadable", "not schema-valid"],
)
def test_no_retour_below_level_2(verdict: Verdict) -> None:
    """What fails level 0 or 1 gets no retour (IV028)."""
    with pytest.raises(AnswerError):
        build(verdict)


COMPLETE = header_for(CATALOGUE.by_type["WMO323"])


@pytest.mark.parametrize(
    "header",
    [
        replace(COMPLETE, afzender=None),
        replace(COMPLETE, identificatie=None),
        replace(COMPLETE, xsd_versie=None),
    ],
    ids=["afzender", "identificatie", "xsd_versie"],
)
def test_header_incomplete(header: Header) -> None:
    """A header that misses a value cannot be answered, and the fault is ours."""
    with pytest.raises(AnswerError):
        build(afgekeurd(CATALOGUE.by_type["WMO323"], header))


def test_dagtekening_is_trimmed() -> None:
    """White space around a date goes, since xs:date does not count it as value."""
    heen = CATALOGUE.by_type["JW301"]
    header = replace(header_for(heen), dagtekening="\n\t 2026-04-01 ")

    assert build(afgekeurd(heen)) == build(afgekeurd(heen, header))


VISIBLE = st.text(
    st.one_of(
        st.sampled_from("<>&'\"]\u00eb\u20ac\U0001f600"),
        st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")),
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() != "" and not set(text) & {"\ufffe", "\uffff"})


@given(VISIBLE)
def test_identificatie_as_it_stands(identificatie: str) -> None:
    """Any Identificatie that the XSD allows comes back unchanged."""
    heen = CATALOGUE.by_type["WMO305"]
    header = replace(header_for(heen), identificatie=identificatie)
    data = build(afgekeurd(heen, header))
    root = etree.fromstring(data)
    tags = {str(element.tag): etree.QName(element).localname for element in root.iter()}
    back, _ = read_header(root, header_tags(tags))

    assert identificatie == back.identificatie
    assert_schema_valid(ROOT / "schemas" / "iwmo-3.2" / "WMO306.xsd", data)


@given(st.sets(st.uuids(), min_size=2, max_size=200))
def test_identificatie_retour_is_unique(oorzaken: set[UUID]) -> None:
    """Each cause gives an identificatie of its own, of the length the XSD allows."""
    answer = CATALOGUE.by_type["WMO302"]
    made = {identificatie_retour(answer, oorzaak) for oorzaak in oorzaken}

    assert len(oorzaken) == len(made)
    assert {12} == {len(identificatie) for identificatie in made}


@given(dagtekening=st.dates(min_value=date(1, 1, 1)))
def test_any_day(dagtekening: date) -> None:
    """DagtekeningRetour is the day that is given, as xs:date writes it."""
    data = build_retour(
        afgekeurd(CATALOGUE.by_type["WMO401"]),
        CATALOGUE,
        retourcodes=AFGEKEURD,
        dagtekening=dagtekening,
        oorzaak=OORZAAK,
    )

    assert ("DagtekeningRetour", dagtekening.isoformat()) in texts(data)

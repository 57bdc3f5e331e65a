"""Which answer a verdict asks for."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.answer import Answer, AnswerTables, build_answer, sender_of
from ibroker.core.catalogue import Berichttype, parse_catalogue
from ibroker.core.fo01 import load_fo01
from ibroker.core.fout import Fout, Regel, Uitkomst
from ibroker.core.header import Header, header_tags, read_header
from ibroker.core.verdict import Verdict

SCHEMAS = Path(__file__).parents[2] / "schemas"
TABLES = AnswerTables(
    parse_catalogue(
        tomllib.loads((SCHEMAS / "catalogus.toml").read_text(encoding="utf-8"))
    ),
    load_fo01(tomllib.loads((SCHEMAS / "fo01.toml").read_text(encoding="utf-8"))),
)
ALL_TYPES = list(TABLES.catalogue.by_type.values())

TIJDSTIP = datetime(2026, 4, 2, 23, 59, 59, tzinfo=UTC)
MESSAGE_ID = UUID("0d9e9b2c-6a43-4e0f-8f49-5e1c1c1d7c11")
OTHER_ID = UUID("0d9e9b2c-6a43-4e0f-8f49-5e1c1c1d7c12")
CANARY = "999900006"
CODES = {"gemeente": "0384", "zorgaanbieder": "42420001"}


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


def bericht(berichttype: Berichttype, value: str = CANARY) -> bytes:
    """Write a bericht with a good header, and one value all through its body."""
    parties = {
        berichttype.van_element: CODES.get(berichttype.van),
        berichttype.naar_element: CODES.get(berichttype.naar),
    }
    header = "".join(
        f"<{name}>{parties[name]}</{name}>"
        for name in ("Afzender", "Ontvanger")
        if name in parties
    )
    return (
        f'<Bericht xmlns="{berichttype.namespace}"><Header>{header}'
        "<BerichtIdentificatie><Identificatie>123456789012</Identificatie>"
        "<Dagtekening>2026-04-01</Dagtekening></BerichtIdentificatie>"
        "<XsdVersie><BasisschemaXsdVersie>1.0.0</BasisschemaXsdVersie>"
        "<BerichtXsdVersie>1.0.0</BerichtXsdVersie></XsdVersie></Header>"
        f"<Client><Bsn>{value}</Bsn><Naam><Geslachtsnaam>{value}</Geslachtsnaam>"
        f"</Naam><Commentaar>{value}</Commentaar></Client></Bericht>"
    ).encode()


def verdict_at(niveau: int | None, berichttype: Berichttype, data: bytes) -> Verdict:
    """Build the verdict that the bericht fails that level, None where it is valid."""
    uitkomst, regels = {
        None: (Uitkomst.GELDIG, ()),
        2: (Uitkomst.AFGEKEURD, ("CD060", "TR101")),
        1: (Uitkomst.ONGELDIG, (Regel.XSD, Regel.XSD)),
        0: (Uitkomst.GEWEIGERD, (Regel.DOCTYPE,)),
    }[niveau]
    fouten = tuple(Fout(regel, "0001", (), 1, "Herstel dit.") for regel in regels)
    if niveau == 0:
        return Verdict(uitkomst, niveau, None, None, fouten)
    root = etree.fromstring(data)
    names = {str(part.tag): etree.QName(part).localname for part in root.iter()}
    header, _ = read_header(root, header_tags(names))
    return Verdict(uitkomst, niveau, berichttype, header, fouten)


def answer(  # noqa: PLR0913 - each argument is one thing that a test may vary
    niveau: int | None,
    berichttype: Berichttype,
    *,
    value: str = CANARY,
    tijdstip: datetime = TIJDSTIP,
    zender: str | None = None,
    message_id: UUID | None = MESSAGE_ID,
) -> Answer | None:
    """Build the answer to a bericht of the type that fails that level."""
    data = bericht(berichttype, value)
    return build_answer(
        data,
        verdict_at(niveau, berichttype, data),
        TABLES,
        tijdstip=tijdstip,
        zender=zender,
        message_id=message_id,
    )


def named(type_name: str) -> Berichttype:
    """Give the type of that name."""
    return TABLES.catalogue.by_type[type_name]


def text(given_answer: Answer | None, name: str) -> str | None:
    """Give the text of the first element of that name in the answer."""
    assert given_answer is not None
    root = etree.fromstring(given_answer.data)
    return next((element.text for element in root.iter(f"{{*}}{name}")), None)


@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_valid_has_no_answer(berichttype: Berichttype) -> None:
    """A valid bericht is delivered, and its sender gets nothing."""
    assert answer(None, berichttype) is None


@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_kind_at_level_2(berichttype: Berichttype) -> None:
    """Level 2 gives the retour or the 325, else a Fo01; a retour is never answered."""
    reply = berichttype.retour or berichttype.antwoord
    expected = ("fo01", "Fo01") if reply is None else ("retour", reply)

    actual = answer(2, berichttype)

    if berichttype.is_retour:
        assert actual is None
    else:
        assert actual is not None
        assert expected == (actual.kind, actual.type)


@pytest.mark.parametrize("niveau", [0, 1])
@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_kind_below_level_2(berichttype: Berichttype, niveau: int) -> None:
    """What fails level 0 or 1 gets a Fo01, a retour as well."""
    actual = answer(niveau, berichttype)

    assert actual is not None
    assert ("fo01", "Fo01") == (actual.kind, actual.type)
    assert "IB001" == text(actual, "code")


def test_325_at_level_2_names_the_rules() -> None:
    """The Fo01 on a 325 has code IB001, and names the rules that are broken."""
    actual = answer(2, named("WMO325"))

    assert "IB001" == text(actual, "code")
    assert "WMO325-00030002" == text(actual, "details")
    assert str(text(actual, "omschrijving")).endswith(" Regels: CD060, TR101.")


@pytest.mark.parametrize(
    "regel, code", [(Regel.GROOTTE, "IB003"), (Regel.BERICHTTYPE, "IB004")]
)
def test_code_of_the_rule(regel: Regel, code: str) -> None:
    """The code of the Fo01 is that of the rule in the verdict."""
    fout = Fout(regel, code, (), None, "Herstel dit.")
    verdict = Verdict(Uitkomst.GEWEIGERD, 0, None, None, (fout,))

    assert code == text(build_answer(b"", verdict, TABLES, tijdstip=TIJDSTIP), "code")


@pytest.mark.parametrize(
    "type_name, sender",
    [
        ("WMO301", "0384"),
        ("WMO302", "42420001"),
        ("JW306", "0384"),
        ("WMO325", "0384"),
        ("WMO401", "0384"),
        ("WMO402", "CAK"),
        ("JW507", "SVB"),
        ("IO31", "CIZ"),
    ],
)
def test_fo01_goes_to_the_sender(type_name: str, sender: str) -> None:
    """Offline, the receiver of a Fo01 is who sends the type, by the header."""
    actual = answer(1, named(type_name))

    assert sender == etree.fromstring(actual.data if actual else b"").findtext(
        ".//{*}ontvanger/{*}organisatie"
    )


def test_zender_goes_before_the_header() -> None:
    """The sender as the edge knows him is who gets the Fo01."""
    actual = answer(1, named("WMO301"), zender="0518")

    assert actual is not None
    assert b">0518<" in actual.data
    assert b">0384<" not in actual.data


def test_sender_of_what_cannot_be_read() -> None:
    """Nothing is known of the sender of what could not be read."""
    unread = Verdict(Uitkomst.GEWEIGERD, 0, None, None, ())
    without_header = Verdict(Uitkomst.ONGELDIG, 1, named("WMO301"), None, ())

    assert sender_of(unread) is None
    assert sender_of(without_header) is None


@pytest.mark.parametrize("niveau", [0, 1, 2])
@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_same_bytes(berichttype: Berichttype, niveau: int) -> None:
    """The same arguments give the same answer, to the byte."""
    assert answer(niveau, berichttype) == answer(niveau, berichttype)


@pytest.mark.parametrize("niveau", [1, 2])
@pytest.mark.parametrize("type_name", ["WMO301", "JW323", "WMO325"])
def test_own_id_for_each_delivery(type_name: str, niveau: int) -> None:
    """Other bytes, and the same bytes delivered again, get an id of their own."""
    name = {
        ("WMO301", 2): "IdentificatieRetour",
        ("JW323", 2): "Identificatie",
    }.get((type_name, niveau), "referentienummer")
    berichttype = named(type_name)

    ids = {
        text(answer(niveau, berichttype, value=value, message_id=message_id), name)
        for value in ("999900018", "999900031")
        for message_id in (MESSAGE_ID, OTHER_ID, None)
    }

    assert 6 == len(ids)


def test_crossref_is_the_message_id() -> None:
    """The Fo01 refers to the delivery that it refuses."""
    assert str(MESSAGE_ID) == text(answer(1, named("WMO301")), "crossRefnummer")


def test_day_of_the_answer() -> None:
    """DagtekeningRetour is the date of tijdstip, as it stands."""
    assert "2026-04-02" == text(answer(2, named("WMO301")), "DagtekeningRetour")


@pytest.mark.parametrize("niveau", [0, 1, 2])
@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_no_value_of_the_body(berichttype: Berichttype, niveau: int) -> None:
    """A BSN anywhere in the body is in no answer."""
    actual = answer(niveau, berichttype)

    assert CANARY.encode() not in (b"" if actual is None else actual.data)


@pytest.mark.parametrize("berichttype", ALL_TYPES, ids=by_type)
def test_no_bsn_from_an_invalid_header(berichttype: Berichttype) -> None:
    """A BSN in the header of a bericht that is not valid is not in the Fo01."""
    header = Header(CANARY, CANARY, CANARY, CANARY, (CANARY, CANARY))
    fout = Fout(Regel.XSD, "IB001", (), 1, "Herstel dit.")
    verdict = Verdict(Uitkomst.ONGELDIG, 1, berichttype, header, (fout,))
    actual = build_answer(b"", verdict, TABLES, tijdstip=TIJDSTIP)

    assert actual is not None
    assert CANARY.encode() not in actual.data


@given(
    data=st.binary(),
    afzender=st.one_of(st.none(), st.text()),
    zender=st.one_of(st.none(), st.text()),
    berichttype=st.one_of(st.none(), st.sampled_from(ALL_TYPES)),
    regel=st.sampled_from(Regel),
)
def test_every_refusal_is_answered(
    data: bytes,
    afzender: str | None,
    zender: str | None,
    berichttype: Berichttype | None,
    regel: Regel,
) -> None:
    """Whatever is refused at level 0 or 1 gets a Fo01 that can be read."""
    header = Header(afzender, afzender, afzender, afzender, None)
    verdict = Verdict(
        Uitkomst.ONGELDIG, 1, berichttype, header, (Fout(regel, "", (), 1, ""),)
    )
    actual = build_answer(data, verdict, TABLES, tijdstip=TIJDSTIP, zender=zender)

    assert TABLES.foutcodes.code_for(regel) == text(actual, "code")

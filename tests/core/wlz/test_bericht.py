"""The berichten of the Wlz stream: valid for our XSD, whatever they say."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.fout import Uitkomst
from ibroker.core.retour import identificatie_retour
from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.bericht import parse_uitgaand
from ibroker.core.wlz.feit import Persoon, Wlzstatus
from ibroker.core.wlz.signaal import Antwoord, Reden, Signaal
from ibroker.errors import WlzTableError
from tests.core.wlz.keys import feiten_table
from tests.loaded import standards

UITGAAND = parse_uitgaand(feiten_table(), standards().catalogue)
BSN = "999901102"
DAG = date(2026, 11, 24)
PERSOON = Persoon("t1", b"p" * 32, b"c" * 37)
IDS = st.uuids(version=4).map(str)
GEMEENTEN = st.from_regex("[0-9]{4}", fullmatch=True)
# What the XSD takes as an identificatie: text of XML, and something in it.
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")),
    min_size=1,
    max_size=12,
).filter(lambda text: bool(text.strip()))

SIGNALEN = st.builds(
    Signaal,
    id=IDS,
    gemeente=GEMEENTEN,
    persoon=st.just(PERSOON),
    status=st.sampled_from(Wlzstatus),
    afgifte=st.dates(),
    ingang=st.dates(),
    einde=st.none() | st.dates(),
    nummers=st.lists(st.integers(0, 999_999_999), min_size=1, max_size=5).map(tuple),
    reden=st.sampled_from(Reden),
    herroept=st.none() | IDS,
    oorzaken=st.just(()),
    aanleiding=st.none(),
    regelversie=st.just("1"),
)
ANTWOORDEN = st.builds(
    lambda dates, **fields: Antwoord(
        afgifte=dates[0], ingang=dates[1], einde=dates[2], **fields
    ),
    st.just((None, None, None))
    | st.tuples(st.dates(), st.dates(), st.none() | st.dates()),
    vraag=IDS,
    gemeente=GEMEENTEN,
    persoon=st.just(PERSOON),
    kenmerk=st.none(),
    identificatie=NAMES,
    status=st.sampled_from(Wlzstatus),
    regelversie=st.just("1"),
)


def values(data: bytes) -> dict[str, list[str]]:
    """Give the values of a bericht by the name of their element."""
    found: dict[str, list[str]] = {}
    for element in etree.fromstring(data).iter():
        if not len(element):
            name = etree.QName(element).localname
            found.setdefault(name, []).append(element.text or "")
    return found


def optional(day: date | None) -> list[str] | None:
    """Give the values of a date that may be absent."""
    return None if day is None else [day.isoformat()]


@given(SIGNALEN)
def test_any_signal_is_valid(signaal: Signaal) -> None:
    """It is geldig by our own rules, and says what the value says."""
    data = UITGAAND.build_signaal(signaal, BSN, DAG)

    verdict = validate_bericht(data, standards())
    assert (Uitkomst.GELDIG, UITGAAND.signaal) == (
        verdict.uitkomst,
        verdict.berichttype,
    )
    assert verdict.header is not None
    assert (signaal.gemeente, "2026-11-24") == (
        verdict.header.ontvanger,
        verdict.header.dagtekening,
    )
    found = values(data)
    assert [BSN] == found["Bsn"]
    assert [str(signaal.id)] == found["SignaalId"]
    assert [signaal.status] == found["WlzStatus"]
    assert [signaal.reden] == found["Reden"]
    assert [str(nummer) for nummer in signaal.nummers] == found["ToewijzingNummer"]
    assert (None if signaal.herroept is None else [signaal.herroept]) == found.get(
        "Herroept"
    )
    assert [
        optional(signaal.afgifte),
        optional(signaal.ingang),
        optional(signaal.einde),
    ] == [found.get(name) for name in ("Afgiftedatum", "Ingangsdatum", "Einddatum")]


@given(ANTWOORDEN)
def test_any_answer_is_valid(antwoord: Antwoord) -> None:
    """It is geldig, and names the question by the asker's own name for it."""
    data = UITGAAND.build_antwoord(antwoord, BSN, DAG)

    verdict = validate_bericht(data, standards())
    assert (Uitkomst.GELDIG, UITGAAND.antwoord) == (
        verdict.uitkomst,
        verdict.berichttype,
    )
    found = values(data)
    assert [antwoord.gemeente] == found["Ontvanger"]
    assert [antwoord.identificatie] == found["VraagIdentificatie"]
    assert ([BSN], [antwoord.status]) == (found["Bsn"], found["WlzStatus"])
    assert [
        optional(antwoord.afgifte),
        optional(antwoord.ingang),
        optional(antwoord.einde),
    ] == [found.get(name) for name in ("Afgiftedatum", "Ingangsdatum", "Einddatum")]


@given(SIGNALEN, SIGNALEN)
def test_the_same_signal_is_the_same_bytes(one: Signaal, other: Signaal) -> None:
    """Its identificatie is a function of its id, so no two signals share one."""
    first = UITGAAND.build_signaal(one, BSN, DAG)

    assert first == UITGAAND.build_signaal(one, BSN, DAG)
    names = [
        values(UITGAAND.build_signaal(signaal, BSN, DAG))["Identificatie"]
        for signaal in (one, other)
    ]
    assert (one.id == other.id) == (names[0] == names[1])


@given(SIGNALEN, ANTWOORDEN)
def test_its_name_follows_from_its_cause(signaal: Signaal, antwoord: Antwoord) -> None:
    """A signal is named after its id, an answer after the id of its question."""
    made = (
        (UITGAAND.build_signaal(signaal, BSN, DAG), signaal.id),
        (UITGAAND.build_antwoord(antwoord, BSN, DAG), antwoord.vraag),
    )
    types = (UITGAAND.signaal, UITGAAND.antwoord)
    for (data, oorzaak), berichttype in zip(made, types, strict=True):
        expected = identificatie_retour(berichttype, UUID(oorzaak))
        assert [expected] == values(data)["Identificatie"]


@pytest.mark.parametrize("name", ["signaal", "antwoord"])
@pytest.mark.parametrize("value", [None, "WLZNIETS"])
def test_a_type_that_is_not_there_is_refused(name: str, value: str | None) -> None:
    """What goes out must be in the catalogue."""
    table = feiten_table()
    del table[name]
    if value is not None:
        table[name] = value

    with pytest.raises(WlzTableError, match=name):
        parse_uitgaand(table, standards().catalogue)

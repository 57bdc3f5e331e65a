"""The derivation of facts: from what was delivered, by the table, and nothing else."""

import base64
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.record import Outgoing, Position
from ibroker.core.step import Outcome, step
from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.afleiding import parse_afleiding
from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Gevraagd,
    Hartslag,
    Oorzaak,
    Toegewezen,
    Wlzstatus,
    decode_feit,
)
from ibroker.core.wlz.feitsoort import SOORTEN, read_datum, read_moment
from ibroker.core.wlz.persoon import distribution_key, show_bsn
from ibroker.errors import WlzTableError
from tests.core.kept import Router
from tests.core.routed import (
    AANBIEDER,
    FOUT,
    GEMEENTE,
    GOED,
    event_of,
    record_of,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.wlz.keys import afleiding, feiten_table, keys, with_stream
from tests.loaded import standards

BSN, OTHER = "999901102", "999909307"  # those of the samples
CANARY = "999988001"  # passes the 11-proef, in no sample
KNOWN = with_stream()
FEITEN = "ggk.intern.wlz.feiten"


def routed(data: bytes, zender: str | None, **others: Any) -> Outcome:  # noqa: ANN401
    """Route with the Wlz stream on."""
    return step(record_of(data, zender, **others), KNOWN)


def records_of(outcome: Outcome) -> tuple[Outgoing, ...]:
    """Give the records that are facts: all after a delivery to someone else."""
    is_for_us = outcome.gebeurtenis.ontvanger == "GGK"
    facts = outcome.outgoing if is_for_us else outcome.outgoing[1:]
    assert is_for_us == (FEITEN == outcome.outgoing[0].topic)
    assert {FEITEN} >= {one.topic for one in facts}
    return facts


def feit_in(record: Outgoing) -> Feit:
    """Give the fact of a person that a record holds."""
    feit = decode_feit(record.value)
    assert not isinstance(feit, Hartslag)
    return feit


def feiten_of(data: bytes, zender: str, **others: Any) -> list[Feit]:  # noqa: ANN401
    """Give the facts of a bericht that is delivered."""
    outcome = routed(data, zender, **others)
    assert "nl.ggk.bericht.bezorgd" == event_of(outcome)["type"]
    assert all(one.value is not None for one in outcome.outgoing)
    return [feit_in(one) for one in records_of(outcome)]


def bare(feit: Feit) -> tuple[Any, ...]:
    """Give the values of a fact after cause and person, with the BSN in front."""
    values = [getattr(feit, name) for name in feit.__slots__]
    return (show_bsn(feit.persoon, keys()), *values[2:])


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """Change a sample: texts in it that must be there."""
    text = sample(name).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_a_301_tells_what_was_assigned() -> None:
    """Each value of the fact is the one of the bericht, and the cause is its id."""
    outcome = routed(sample("WMO301"), GEMEENTE)

    (record,) = records_of(outcome)
    feit = decode_feit(record.value)
    headers = dict(outcome.outgoing[0].headers)
    assert isinstance(feit, Toegewezen)
    moment = "2026-11-24T10:11:12.345Z"
    message_id = (headers["ce_id"] or b"").decode()
    assert Oorzaak(message_id, 0, moment) == feit.oorzaak
    assert (
        BSN,
        GEMEENTE,
        70001,
        AANBIEDER,
        "02",
        "02A05",
        date(2026, 3, 1),
        date(2027, 2, 28),
        "2026-02-05T09:30:00.000000",
        None,
        False,
    ) == bare(feit)


def test_a_305_and_a_307_tell_of_start_and_stop() -> None:
    """The gemeente is who gets the bericht, the aanbieder who sends it."""
    (start,) = feiten_of(sample("WMO305"), AANBIEDER)
    (stop,) = feiten_of(sample("WMO307"), AANBIEDER)

    assert isinstance(start, Gestart)
    assert isinstance(stop, Gestopt)
    levering = (BSN, GEMEENTE, AANBIEDER, 70001, "02", "02A05", date(2026, 3, 2))
    assert (*levering, "1") == bare(start)
    assert (*levering, date(2026, 6, 30), "31", "1") == bare(stop)


def test_each_product_of_a_301_is_a_fact() -> None:
    """Parts are numbered in the order of the bericht, also what is withdrawn."""
    text = sample("WMO301").decode()
    product = re.search(
        r"<wmo301:ToegewezenProduct>.*?</wmo301:ToegewezenProduct>", text, re.DOTALL
    )
    assert product is not None
    second = re.sub(r"<iwmo:Code>.*?</iwmo:Code>", "", product[0])
    second = re.sub(r"<wmo301:Omvang>.*</wmo301:Omvang>", "", second, flags=re.DOTALL)
    second = second.replace("70001", " +070002\n").replace(">02<", ">03<")
    reden = "<wmo301:RedenWijziging>13</wmo301:RedenWijziging>"
    end = "</wmo301:Einddatum>"
    second = second.replace(f"2027-02-28{end}", f"2026-03-01{end}{reden}")
    data = text.replace(product[0], product[0] + second).encode()

    first, other = feiten_of(data, GEMEENTE)

    assert isinstance(first, Toegewezen)
    assert isinstance(other, Toegewezen)
    assert [0, 1] == [first.oorzaak.deel, other.oorzaak.deel]
    assert (70002, "03", None, "13") == (
        other.nummer,
        other.categorie,
        other.product,
        other.reden_wijziging,
    )
    assert first.persoon.pseudoniem == other.persoon.pseudoniem
    assert first.persoon.bsn != other.persoon.bsn


def test_a_start_without_a_nummer_says_nothing() -> None:
    """A 305 may be of no toewijzing; the parts that are keep their own number."""
    text = sample("WMO305").decode()
    part = re.search(r"<wmo305:StartProduct>.*?</wmo305:StartProduct>", text, re.DOTALL)
    assert part is not None
    without = re.sub(r"<wmo305:ToewijzingNummer>.*?Nummer>\s*", "", part[0])
    assert without != part[0]

    assert [] == feiten_of(text.replace(part[0], without).encode(), AANBIEDER)
    both = text.replace(part[0], without + part[0]).encode()
    assert [1] == [one.oorzaak.deel for one in feiten_of(both, AANBIEDER)]


ZZP = """<io31:GeindiceerdZorgzwaartepakket><io31:ZzpCode>{}</io31:ZzpCode>
<io31:Ingangsdatum>{}</io31:Ingangsdatum>{}<io31:Klasse>K0</io31:Klasse>
<io31:Financiering>{}</io31:Financiering></io31:GeindiceerdZorgzwaartepakket>"""


def test_an_io31_tells_of_each_client() -> None:
    """Several clients, and several profielen of one: a fact for each decision."""
    text = sample("IO31").decode()
    client = re.search(r"<io31:Client>.*?</io31:Client>", text, re.DOTALL)
    assert client is not None
    end = "<io31:Einddatum>2026-06-30</io31:Einddatum>"
    profielen = ZZP.format("753", "2026-05-11", end, "1") + ZZP.format(
        "755", " 2026-07-01 ", "", "1"
    )
    tag = "GeindiceerdeZorgzwaartepakketten"
    second = client[0].replace(BSN, OTHER).replace("4000001", "4000002")
    second = second.replace(
        "</io31:Indicatie>",
        f"<io31:{tag}>{profielen}</io31:{tag}></io31:Indicatie>",
    )
    data = text.replace(client[0], client[0] + second).encode()
    assert () == validate_bericht(data, standards()).fouten

    one, other = feiten_of(data, "CIZ")

    assert isinstance(one, Geindiceerd)
    assert isinstance(other, Geindiceerd)
    day = date(2026, 5, 11)
    assert (BSN, 4000001, day, day, None, (), None) == bare(one)
    assert (OTHER, 4000002, day, day, None) == bare(other)[:5]
    assert (
        ("753", day, date(2026, 6, 30)),
        ("755", date(2026, 7, 1), None),
    ) == other.profielen
    assert [0, 1] == [one.oorzaak.deel, other.oorzaak.deel]


def test_dat_informatie_says_the_status_itself() -> None:
    """Each client has his own decision, status and dates."""
    first, second = feiten_of(sample("WLZINFORMATIE"), "CIZ")

    assert (
        BSN,
        4000001,
        date(2026, 5, 11),
        date(2026, 6, 1),
        None,
        (),
        Wlzstatus.JA,
    ) == bare(first)
    assert (
        OTHER,
        4000002,
        date(2026, 5, 10),
        date(2026, 5, 11),
        date(2026, 12, 31),
        (),
        Wlzstatus.ONBEKEND,
    ) == bare(second)


def test_a_registratie_is_as_an_assignment() -> None:
    """Of a gemeente, without an aanbieder; it can be withdrawn as a 301 can."""
    first, second = feiten_of(sample("WLZREGISTRATIE"), GEMEENTE)

    assert (
        BSN,
        GEMEENTE,
        90001,
        None,
        "02",
        "02A05",
        date(2026, 3, 1),
        date(2027, 2, 28),
        "2026-02-05T09:30:00.000000",
        None,
        True,
    ) == bare(first)
    assert (90002, None, "13", True) == (
        *bare(second)[2:4],
        *bare(second)[-2:],
    )


@pytest.mark.parametrize("kenmerk", [None, b"abc-1"])
def test_a_question_names_who_asks(kenmerk: bytes | None) -> None:
    """A fact too, with the references that its answer must bear."""
    (feit,) = feiten_of(sample("WLZVRAAG"), GEMEENTE, kenmerk=kenmerk)

    assert isinstance(feit, Gevraagd)
    shown = None if kenmerk is None else kenmerk.decode()
    assert (BSN, GEMEENTE, shown, "WV-0001") == bare(feit)


def test_only_what_is_in_the_table_gives_facts() -> None:
    """Wmo, Wlz and our own; no Jeugdwet, and no other type."""
    told = {
        path.stem
        for path in GOED
        if records_of(routed(path.read_bytes(), sender_of_sample(path.read_bytes())))
    }

    assert (
        {
            "IO31",
            "WLZINFORMATIE",
            "WLZREGISTRATIE",
            "WLZVRAAG",
            "WMO301",
            "WMO305",
            "WMO307",
        }
        == told
        == afleiding().berichten
    )


def test_what_is_not_delivered_gives_none() -> None:
    """Refused, answered, laid aside, handed in again or without a stream: no fact."""
    data = sample("WMO301")
    router = Router(KNOWN)
    router.route(record_of(data, GEMEENTE))
    outcomes = [
        *(routed(path.read_bytes(), GEMEENTE) for path in FOUT),
        routed(data, "0599"),
        routed(data, "0001"),
        routed(data, None),
        routed(data, GEMEENTE, kenmerk=b"a b"),
        router.route(record_of(data + b"\n", GEMEENTE)),
        router.route(record_of(data, GEMEENTE)),
        step(record_of(data, GEMEENTE), tables()),
    ]

    assert [] == [
        one for outcome in outcomes for one in outcome.outgoing if one.topic == FEITEN
    ]
    assert () == outcomes[-2].outgoing


def test_an_event_says_where_the_delivery_stands() -> None:
    """Facts stand elsewhere; the event is about what the receiver got."""
    outcome = routed(sample("WMO301"), GEMEENTE)
    places = [Position("ggk.zorgaanbieder", 5, 99), Position(FEITEN, 1, 7)]

    (event,) = outcome.follow_up(places)

    data = json.loads(event.value)["data"]
    assert ["ggk.zorgaanbieder", 5, 99] == [
        data[name] for name in ("topic", "partition", "offset")
    ]


def test_all_facts_of_a_person_stay_together() -> None:
    """Whatever the type and the sender, the key is that of the person."""
    found = {
        key: {
            one.key
            for name in ("WMO301", "WMO305", "WMO307", "IO31", "WLZVRAAG")
            for one in records_of(
                routed(
                    sample(name).replace(BSN.encode(), bsn.encode()),
                    sender_of_sample(sample(name)),
                )
            )
        }
        for key, bsn in (("a", BSN), ("b", OTHER))
    }

    assert {distribution_key(BSN, keys())} == found["a"]
    assert {distribution_key(OTHER, keys())} == found["b"]
    assert found["a"] != found["b"]


def holds(data: bytes | None, bsn: str) -> bool:
    """Whether a BSN stands in bytes, plain or in base64."""
    plain = bsn.encode()
    coded = {base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)}
    return data is not None and any(one in data for one in (plain, *coded))


@pytest.mark.parametrize("path", GOED, ids=lambda path: path.stem)
def test_no_bsn_is_in_a_fact(path: Path) -> None:
    """The number of a client is in no key, value, header or text of a fact."""
    plain = path.read_bytes()
    data = re.sub(rb"(?<=Bsn>)9[0-9]{8}", CANARY.encode(), plain)

    outcome = routed(data, sender_of_sample(plain), kenmerk=b"k-1")

    facts = [one for one in outcome.outgoing if one.topic == FEITEN]
    shown = [part for one in facts for part in (one.key, one.value)]
    shown += [repr((one, one.headers)).encode() for one in facts]
    shown += [repr(decode_feit(one.value)).encode() for one in facts]
    shown.append(repr(outcome).encode())
    assert [] == [part for part in shown if holds(part, CANARY)]
    for one in facts:
        assert CANARY == show_bsn(feit_in(one).persoon, keys())


def test_the_bsn_would_be_seen() -> None:
    """The check finds a BSN in bytes, also in base64 at whatever place."""
    assert holds(b"x" + CANARY.encode(), CANARY)
    for before in (b"", b"a", b"ab"):
        assert holds(base64.b64encode(before + CANARY.encode() + b"more"), CANARY)
    assert not holds(b"999988002", CANARY)


SPACE = st.text(alphabet=" \t\r\n", max_size=2)


@given(st.dates(), SPACE, SPACE)
def test_a_date_may_have_space_round_it(day: date, before: str, after: str) -> None:
    """What the XSD takes as that date is that date."""
    assert day == read_datum(f"{before}{day.isoformat()}{after}")


@pytest.mark.parametrize(
    "text,expected",
    [
        ("12026-01-01", date.max),
        ("-0044-03-15", date.min),
        ("0000-01-01", date.min),
        ("-12026-01-01", date.min),
        (" 02026-03-04", date(2026, 3, 4)),
    ],
)
def test_what_no_date_can_be_is_the_nearest(text: str, expected: date) -> None:
    """The XSD allows years that Python has not; periods still compare."""
    assert expected == read_datum(text)


@given(st.datetimes(), st.integers(0, 9), SPACE)
def test_a_moment_sorts_as_text(moment: datetime, digits: int, space: str) -> None:
    """However it is written: of one length, and in the order of time."""
    fraction = f"{moment:%f}"[:digits]
    tijd = f"{moment:%H:%M:%S}{'.' if fraction else ''}{fraction}{'0' * (digits - 6)}"

    text = read_moment(f"{space}{moment.date()}", f"{tijd}{space}")

    kept = int(fraction.ljust(6, "0"))
    assert moment.replace(microsecond=kept).isoformat(timespec="microseconds") == text
    assert 26 == len(text)


@pytest.mark.parametrize(
    "datum,tijd,expected",
    [
        ("2026-02-05", "24:00:00", "2026-02-06T00:00:00.000000"),
        ("9999-12-31", "24:00:00", "9999-12-31T23:59:59.999999"),
        ("12026-01-01", "09:30:00", "9999-12-31T09:30:00.000000"),
        ("2026-02-05", "09:30:00.1234567", "2026-02-05T09:30:00.123456"),
    ],
)
def test_odd_moments(datum: str, tijd: str, expected: str) -> None:
    """What xs:time allows besides, and what no date can be."""
    assert expected == read_moment(datum, tijd)


def test_any_time_of_the_xsd_is_read() -> None:
    """A bericht with the oddest dates and times is delivered, and its fact is made."""
    data = changed(
        "WMO301",
        ("Toewijzingsdatum>2026-02-05<", "Toewijzingsdatum> 2026-02-05\t<"),
        ("09:30:00", "24:00:00"),
        ("Einddatum>2027-02-28", "Einddatum>2027-02-28\n"),
    )

    (feit,) = feiten_of(data, GEMEENTE)

    assert isinstance(feit, Toegewezen)
    assert ("2026-02-06T00:00:00.000000", date(2027, 2, 28)) == (
        feit.besloten,
        feit.einde,
    )


def test_every_row_fits_its_xsd() -> None:
    """Each path of the table that ships leads somewhere; each kind of fact is used."""
    afleiding().check(standards().catalogue, frozenset({"GGK"}))

    assert set(SOORTEN) == {row["soort"] for row in feiten_table()["feit"]}


SPOILS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda table: table.pop("topic"), "topic"),
    (lambda table: table.pop("feit"), "topic"),
    (lambda table: table["feit"][0].update(kleur="rood"), "kleur"),
    (lambda table: table["feit"][0].update(bericht="WMO399"), "WMO399"),
    (lambda table: table["feit"][0].update(soort="gedroomd"), "gedroomd"),
    (lambda table: table["feit"][0]["velden"].pop("nummer"), "nummer"),
    (lambda table: table["feit"][0]["velden"].update(kleur="Product"), "kleur"),
    (lambda table: table["feit"][0]["header"].update(gemeente="Bsn"), "header"),
    (lambda table: table["feit"][3].pop("profiel"), "profiel"),
    (lambda table: table["feit"][0].update(profielen="Product"), "profielen"),
]


@pytest.mark.parametrize("spoil,complaint", SPOILS)
def test_a_table_that_is_not_usable_is_refused(
    spoil: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    """A fault in the table stops the process, and is named."""
    table = feiten_table()
    spoil(table)
    known = standards()

    with pytest.raises(WlzTableError, match=complaint):
        parse_afleiding(table, known.catalogue, known.schemas, keys())


def test_a_path_that_leads_nowhere_is_refused() -> None:
    """The paths are those of the XSD."""
    table = feiten_table()
    table["feit"][0]["velden"]["nummer"] = "Product/Nummer"
    known = standards()
    spoiled = parse_afleiding(table, known.catalogue, known.schemas, keys())

    with pytest.raises(WlzTableError, match="Product/Nummer"):
        spoiled.check(known.catalogue)


@pytest.mark.parametrize(
    "spoil,name",
    [
        (lambda table: table["feit"].pop(3), "IO31"),
        (lambda table: table["feit"][4].update(deel="Indicatie/Einddatum"), "geen"),
        (
            lambda table: table["feit"][5]["velden"].update(tijd="Einddatum"),
            "WLZREGISTRATIE",
        ),
    ],
)
def test_what_is_for_ibroker_always_gives_a_fact(
    spoil: Callable[[dict[str, Any]], object], name: str
) -> None:
    """A table, or an XSD, by which such a bericht could be lost is refused."""
    table = feiten_table()
    spoil(table)
    known = standards()
    spoiled = parse_afleiding(table, known.catalogue, known.schemas, keys())

    with pytest.raises(WlzTableError, match=name):
        spoiled.check(known.catalogue, frozenset({"GGK"}))

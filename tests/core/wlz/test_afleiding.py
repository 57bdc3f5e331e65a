"""The derivation of facts: from what was delivered, by the table, and nothing else."""

import re
from datetime import date
from typing import Any

import pytest

from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Gevraagd,
    Oorzaak,
    Toegewezen,
    Wlzstatus,
    decode_feit,
)
from ibroker.core.wlz.persoon import show_bsn
from tests.core.routed import AANBIEDER, GEMEENTE, sample
from tests.core.wlz.afgeleid import BSN, OTHER, feiten_of, records_of, routed
from tests.core.wlz.keys import keys
from tests.loaded import standards


def bare(feit: Feit) -> tuple[Any, ...]:
    """Give the values of a fact after cause and person, with the BSN in front."""
    values = [getattr(feit, name) for name in feit.__slots__]
    return (show_bsn(feit.persoon, keys()), *values[2:])


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

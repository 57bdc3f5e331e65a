"""The step of the router: for whom a bericht is, and what of its headers goes along."""

import pytest
from lxml import etree

from ibroker.core.record import Headers
from ibroker.core.verdict import validate_bericht
from tests.core.routed import (
    AANBIEDER,
    GEMEENTE,
    MOMENT,
    event_of,
    headers_of,
    routed,
    sample,
)
from tests.core.stepped import (
    BEZORGD,
    ENDED,
    FOUT_TYPE,
    ID,
    RETOUR,
    fo01_code,
    renamed,
    what_became,
)
from tests.loaded import standards

BAD_KENMERKEN: list[tuple[bytes | None, Headers]] = [
    (b"", ()),
    (b"a b", ()),
    (b"a" * 65, ()),
    (b"a\n", ()),
    (b"\xc3\xa9", ()),
    (b"\x7f", ()),
    (None, (("kenmerk", None),)),
    (b"abc-1", (("kenmerk", b"abc-1"),)),
    (b"abc-1", (("kenmerk", None),)),
]


@pytest.mark.parametrize("kenmerk,headers", BAD_KENMERKEN)
def test_a_bad_kenmerk_is_refused_and_not_repeated(
    kenmerk: bytes | None, headers: Headers
) -> None:
    """A kenmerk that is not one value of 1 to 64 visible characters is refused."""
    outcome = routed(sample("WMO301"), GEMEENTE, kenmerk=kenmerk, headers=headers)

    assert (FOUT_TYPE, "ggk.gemeente.0363", ["KENMERK"]) == what_became(outcome)
    assert "kenmerk" not in headers_of(outcome)
    data = event_of(outcome)["data"]
    fields = ("kenmerk", "berichttype", "identificatie", "niveau")
    assert [None] * 4 == [data[field] for field in fields]


@pytest.mark.parametrize("kenmerk", [b"a", b"!~" * 32, b"abc-1"])
def test_a_good_kenmerk_goes_along(kenmerk: bytes) -> None:
    """A kenmerk stands on what is delivered and in the event, as it was given."""
    outcome = routed(sample("WMO301"), GEMEENTE, kenmerk=kenmerk)

    assert kenmerk.decode() == headers_of(outcome)["kenmerk"]
    assert kenmerk.decode() == event_of(outcome)["data"]["kenmerk"]


def test_other_headers_do_not_go_along() -> None:
    """What else stands in the headers is nobody's: it is not delivered."""
    outcome = routed(
        sample("WMO301"), GEMEENTE, headers=(("ce_id", b"x"), ("bsn", b"999988001"))
    )

    assert headers_of(routed(sample("WMO301"), GEMEENTE)) == headers_of(outcome)


@pytest.mark.parametrize(
    "data,zender,timestamp,regel,code",
    [
        (sample("WMO301"), GEMEENTE, 1_262_300_400_000, "NIET_ACTIEF", "IB023"),
        (sample("WMO301"), AANBIEDER, MOMENT, "ZENDER_SOORT", "IB007"),
        (sample("WMO301"), "0599", MOMENT, "GEEN_MACHTIGING", "IB009"),
        (
            renamed("WMO305", (b">0363<", b">0001<")),
            AANBIEDER,
            MOMENT,
            "GEMEENTE_ONBEKEND",
            "IB005",
        ),
        (
            renamed("WMO305", (b">0363<", b">9993<")),
            AANBIEDER,
            MOMENT,
            "GEMEENTE_ONBEKEND",
            "IB005",
        ),
    ],
)
def test_what_cannot_be_addressed_is_refused(
    data: bytes, zender: str, timestamp: int, regel: str, code: str
) -> None:
    """The Fo01 has the code of the list; the event has what the header says."""
    outcome = routed(data, zender, timestamp=timestamp)

    assert (FOUT_TYPE, [regel]) == what_became(outcome)[::2]
    root = etree.fromstring(outcome.outgoing[0].value)
    assert (code, str(ID)) == (
        fo01_code(outcome),
        root.findtext(".//{*}crossRefnummer"),
    )
    event = event_of(outcome)["data"]
    assert (None, zender, zender) == (
        event["niveau"],
        event["zender"],
        event["ontvanger"],
    )
    assert event["identificatie"] is not None
    assert event["verwijzingen"] != []


def test_who_has_a_machtiging_sends_for_another() -> None:
    """The sender is who really sends, and he gets the answer."""
    good = routed(sample("WMO301"), "0344")
    bad = routed(sample("afgekeurd-WMO301-CS002"), "0344")

    assert (BEZORGD, "ggk.zorgaanbieder", []) == what_became(good)
    assert "0344" == headers_of(good)["ce_zender"]
    assert (RETOUR, "ggk.gemeente.0344") == what_became(bad)[:2]
    retour = validate_bericht(bad.outgoing[0].value, standards())
    assert retour.header is not None
    assert GEMEENTE == retour.header.afzender


# 1 January 2026 begins in the Netherlands at 23:00 UTC.
@pytest.mark.parametrize(
    "timestamp,expected",
    [
        (1_767_221_999_999, (BEZORGD, "ggk.zorgaanbieder", [])),
        (1_767_222_000_000, (FOUT_TYPE, "ggk.gemeente.0363", ["ZENDER_NIET_GELDIG"])),
    ],
)
def test_a_gemeente_sends_until_its_last_dutch_day(
    timestamp: int, expected: tuple[str, str, list[str]]
) -> None:
    """After the last day of a gemeente who took its place gets the Fo01."""
    data = renamed("WMO301", (b">0363<", b">9992<"))

    outcome = routed(data, ENDED, timestamp=timestamp)

    assert expected == what_became(outcome)
    event = event_of(outcome)["data"]
    assert ENDED == event["zender"]
    if expected[0] == FOUT_TYPE:
        assert (GEMEENTE, "IB002") == (event["ontvanger"], fo01_code(outcome))
        root = etree.fromstring(outcome.outgoing[0].value)
        assert GEMEENTE == root.findtext(".//{*}ontvanger/{*}organisatie")


def test_post_for_a_gemeente_that_ended_goes_to_who_took_its_place() -> None:
    """A bericht may bear the older code; it arrives, and is not changed for that."""
    data = renamed("WMO305", (b">0363<", b">9992<"))

    outcome = routed(data, AANBIEDER)

    assert (BEZORGD, "ggk.gemeente.0363", []) == what_became(outcome)
    assert (GEMEENTE, data) == (
        headers_of(outcome)["ce_ontvanger"],
        outcome.outgoing[0].value,
    )

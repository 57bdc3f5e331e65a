"""The step of the router: what becomes of each record, and the event that says so."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from ibroker.core.aanlevering import Reden
from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import antwoord_id, message_id
from ibroker.core.record import Headers, Position, Record, Unreadable
from ibroker.core.step import Outcome, RouteTables, set_aside, step
from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.feit import decode_feit
from ibroker.standards import load_standards
from tests.core.routed import (
    AANBIEDER,
    FOUT,
    GEMEENTE,
    GOED,
    MOMENT,
    TIJD,
    event_of,
    faults_of,
    headers_of,
    record_of,
    routed,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.wlz.keys import with_stream
from tests.loaded import standards

BEZORGD, RETOUR = "nl.ggk.bericht.bezorgd", "nl.ggk.bericht.retour"
FOUT_TYPE, ONBESTELBAAR = "nl.ggk.bericht.fout", "nl.ggk.bericht.onbestelbaar"
ID = message_id("ggk.aanlevering", 3, 41)
ALL_TYPES = sorted(standards().catalogue.by_type.values(), key=lambda b: b.type)
TYPES = [  # that anyone may hand in for another
    one for one in ALL_TYPES if "GGK" not in (one.van, one.naar)
]
TO_US = [one for one in ALL_TYPES if one.naar == "GGK" and one.van != "GGK"]
TOPICS = {
    "gemeente": "ggk.gemeente.0363",
    "zorgaanbieder": "ggk.zorgaanbieder",
    "CAK": "ggk.cak",
    "SVB": "ggk.svb",
    "CIZ": "ggk.ciz",
}
CODES = {"gemeente": GEMEENTE, "zorgaanbieder": AANBIEDER}
ENDED, DIVIDED, TO_COME = "9992", "9993", "9994"
ANOTHER = {"gemeente": "0599", "zorgaanbieder": "98000012"}


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


def what_became(outcome: Outcome) -> tuple[str, str, list[str]]:
    """Give the type of the event, the topic of the delivery, and the rules."""
    event = event_of(outcome)
    assert [] == faults_of(event)
    (outgoing,) = outcome.outgoing
    return event["type"], outgoing.topic, event["data"]["regels"]


def fo01_code(outcome: Outcome) -> str | None:
    """Give the code of the Fo01 that is delivered."""
    root = etree.fromstring(outcome.outgoing[0].value)
    return root.findtext(".//{*}body/{*}code")


@pytest.mark.parametrize("berichttype", TYPES, ids=by_type)
def test_a_valid_bericht_is_delivered_as_it_came(berichttype: Berichttype) -> None:
    """Every type goes from its sender to its receiver's topic, the same bytes."""
    data = sample(berichttype.type)
    zender = CODES.get(berichttype.van, berichttype.van)
    ontvanger = CODES.get(berichttype.naar, berichttype.naar)

    outcome = routed(data, zender)

    assert (BEZORGD, TOPICS[berichttype.naar], []) == what_became(outcome)
    (outgoing,) = outcome.outgoing
    assert data == outgoing.value
    key = ontvanger if berichttype.naar == "zorgaanbieder" else zender
    assert key.encode() == outgoing.key
    assert {
        "ce_specversion": "1.0",
        "ce_id": str(ID),
        "ce_source": "urn:test:ggk",
        "ce_type": ce_type_of(berichttype),
        "ce_time": TIJD,
        "ce_zender": zender,
        "ce_ontvanger": ontvanger,
        "ce_sha256": hashlib.sha256(data).hexdigest(),
        "content-type": "application/xml",
    } == headers_of(outcome)


@pytest.mark.parametrize("berichttype", TO_US, ids=by_type)
def test_what_is_addressed_to_ibroker_is_delivered_as_facts(
    berichttype: Berichttype,
) -> None:
    """Its bytes go nowhere; the event says where the first of its facts stands."""
    data = sample(berichttype.type)
    record = record_of(data, CODES.get(berichttype.van, berichttype.van))

    outcome = step(record, with_stream())

    feiten = "ggk.intern.wlz.feiten"
    assert {feiten} == {one.topic for one in outcome.outgoing}
    assert 0 == decode_feit(outcome.outgoing[0].value).oorzaak.deel
    event = event_of(outcome, offset=7)
    assert [] == faults_of(event)
    told = [event["data"][name] for name in ("ontvanger", "topic", "offset", "regels")]
    assert (BEZORGD, ["GGK", feiten, 7, []]) == (event["type"], told)


@pytest.mark.parametrize("berichttype", TO_US, ids=by_type)
def test_without_a_wlz_stream_nothing_is_taken_for_it(berichttype: Berichttype) -> None:
    """Where nobody could be hidden in a fact, its sender hears it is not active."""
    zender = CODES.get(berichttype.van, berichttype.van)

    outcome = routed(sample(berichttype.type), zender)

    assert (FOUT_TYPE, ["NIET_ACTIEF"]) == what_became(outcome)[::2]
    assert ("IB023", zender) == (
        fo01_code(outcome),
        headers_of(outcome)["ce_ontvanger"],
    )


def ce_type_of(berichttype: Berichttype) -> str:
    """Say what a delivery of that type is to the world."""
    own = berichttype.standaard.map == "ggk-wlz-1.0"
    return f"nl.{'ggk' if own else 'istandaarden'}.{berichttype.type.lower()}"


@pytest.mark.parametrize("zender", [GEMEENTE, AANBIEDER, "CAK", "SVB", "CIZ", "GGK"])
@pytest.mark.parametrize(
    "berichttype", [one for one in ALL_TYPES if one.van == "GGK"], ids=by_type
)
def test_what_ibroker_sends_comes_in_from_nobody(
    berichttype: Berichttype, zender: str
) -> None:
    """Nobody hands in a signal or an answer, nor in the name of ibroker."""
    kind, _, regels = what_became(routed(sample(berichttype.type), zender))

    expected = (FOUT_TYPE, ["ZENDER_SOORT"])
    if zender == "GGK":
        expected = (ONBESTELBAAR, ["ZENDER_ONBEKEND"])
    assert expected == (kind, regels)


@pytest.mark.parametrize("berichttype", TYPES, ids=by_type)
def test_another_kind_of_party_may_not_send_a_type(berichttype: Berichttype) -> None:
    """A type comes from the kind of party that its direction demands, or is refused.

    Also where the header names this very party, as on a retour it does.
    """
    wrong = AANBIEDER if berichttype.van == "gemeente" else GEMEENTE

    outcome = routed(sample(berichttype.type), wrong)

    topic = "ggk.zorgaanbieder" if wrong == AANBIEDER else "ggk.gemeente.0363"
    assert (FOUT_TYPE, topic, ["ZENDER_SOORT"]) == what_became(outcome)
    assert "IB007" == fo01_code(outcome)


@pytest.mark.parametrize(
    "berichttype", [one for one in TYPES if one.van_element is not None], ids=by_type
)
def test_nobody_sends_in_the_name_of_another(berichttype: Berichttype) -> None:
    """A party of the right kind whom the bericht does not name is refused."""
    outcome = routed(sample(berichttype.type), ANOTHER[berichttype.van])

    assert (FOUT_TYPE, ["GEEN_MACHTIGING"]) == what_became(outcome)[::2]
    assert ANOTHER[berichttype.van] == headers_of(outcome)["ce_ontvanger"]


@pytest.mark.parametrize("path", FOUT, ids=lambda path: path.stem)
def test_a_bad_bericht_has_the_outcome_of_its_name(path: Path) -> None:
    """Refused or not schema-valid: a Fo01. A rule broken: what the standard says."""
    uitkomst, name, regel = path.stem.split("-")
    data = path.read_bytes()
    zender = sender_of_sample(data)
    berichttype = standards().catalogue.by_type.get(name)
    expected = FOUT_TYPE
    if uitkomst == "afgekeurd" and berichttype is not None:
        has_answer = standards().catalogue.answer_to(berichttype) is not None
        expected = (
            BEZORGD if berichttype.is_retour else RETOUR if has_answer else FOUT_TYPE
        )

    outcome = step(record_of(data, zender), with_stream())

    kind, topic, regels = what_became(outcome)
    niveau = {"geweigerd": 0, "ongeldig": 1, "afgekeurd": 2}[uitkomst]
    data_of_event = event_of(outcome)["data"]
    assert (expected, regel, niveau) == (kind, regels[0], data_of_event["niveau"])
    assert len(regels) == len(set(regels))
    if kind != BEZORGD:
        soort = {GEMEENTE: "gemeente", AANBIEDER: "zorgaanbieder"}.get(zender, zender)
        assert TOPICS[soort] == topic
        assert zender == headers_of(outcome)["ce_ontvanger"]


@pytest.mark.parametrize(
    "name,answer",
    [
        ("afgekeurd-WMO301-CS002", "WMO302"),
        ("afgekeurd-JW317-CS003", "JW318"),
        ("afgekeurd-JW319-TR377", "JW320"),
        ("afgekeurd-WMO307-TR018", "WMO308"),
        ("afgekeurd-WMO323-TR358", "WMO325"),
    ],
)
def test_a_broken_rule_is_answered_with_a_good_retour(name: str, answer: str) -> None:
    """The retour or 325 is itself geldig, and goes to who sent what it answers."""
    data = sample(name)
    zender = sender_of_sample(data)

    outcome = routed(data, zender, kenmerk=b"abc-1")

    (outgoing,) = outcome.outgoing
    verdict = validate_bericht(outgoing.value, standards())
    assert (None, answer) == (
        verdict.niveau,
        verdict.berichttype and verdict.berichttype.type,
    )
    assert {
        "ce_specversion": "1.0",
        "ce_id": str(antwoord_id(ID)),
        "ce_source": "urn:test:ggk",
        "ce_type": f"nl.istandaarden.{answer.lower()}",
        "ce_time": TIJD,
        "ce_zender": "GGK",
        "ce_ontvanger": zender,
        "ce_sha256": hashlib.sha256(outgoing.value).hexdigest(),
        "content-type": "application/xml",
        "kenmerk": "abc-1",
        "ce_inreplyto": str(ID),
    } == headers_of(outcome)
    assert (b"GGK" if zender == GEMEENTE else zender.encode()) == outgoing.key
    event = event_of(outcome)["data"]
    assert (name.split("-")[1], zender) == (event["berichttype"], event["ontvanger"])
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (
        event["sha256"],
        event["grootte"],
    )


@pytest.mark.parametrize(
    "name",
    ["geweigerd-onbekend-BOM", "ongeldig-WMO305-XSD", "afgekeurd-WMO325-TR342"],
)
def test_a_refusal_is_a_fo01_to_the_sender(name: str) -> None:
    """A Fo01 names the bericht by its message id, and bears the time in Dutch."""
    zender = sender_of_sample(sample(name))

    outcome = routed(sample(name), zender)

    headers = headers_of(outcome)
    root = etree.fromstring(outcome.outgoing[0].value)
    assert ("nl.stuf.fo01", "GGK", str(ID)) == (
        headers["ce_type"],
        headers["ce_zender"],
        headers["ce_inreplyto"],
    )
    assert str(ID) == root.findtext(".//{*}crossRefnummer")
    assert zender == root.findtext(".//{*}ontvanger/{*}organisatie")
    assert "20261124111112" == root.findtext(".//{*}tijdstipBericht")
    assert name.split("-")[2] in (root.findtext(".//{*}omschrijving") or "")


UNKNOWN = [
    (None, (), Reden.ZENDER_ONTBREEKT, None),
    (None, (("zender", None),), Reden.ZENDER_ONTBREEKT, None),
    (None, (("zender", b""),), Reden.ZENDER_ONTBREEKT, None),
    (None, (("Zender", b"0363"),), Reden.ZENDER_ONTBREEKT, None),
    ("0363", (("zender", b"0363"),), Reden.ZENDER_DUBBEL, None),
    ("0363", (("zender", None),), Reden.ZENDER_DUBBEL, None),
    (None, (("zender", b"\xff991"),), Reden.ZENDER_CODERING, None),
    ("0001", (), Reden.ZENDER_ONBEKEND, "0001"),
    ("999988001", (), Reden.ZENDER_ONBEKEND, None),
    ("0363 ", (), Reden.ZENDER_ONBEKEND, None),
    ("９９９１", (), Reden.ZENDER_ONBEKEND, None),
    ("cak", (), Reden.ZENDER_ONBEKEND, None),
    ("GGK", (), Reden.ZENDER_ONBEKEND, "GGK"),
    (DIVIDED, (), Reden.ZENDER_NIET_GELDIG, DIVIDED),
    (TO_COME, (), Reden.ZENDER_NIET_GELDIG, TO_COME),
]


@pytest.mark.parametrize("zender,headers,reden,shown", UNKNOWN)
def test_who_is_not_known_cannot_be_answered(
    zender: str | None, headers: Headers, reden: Reden, shown: str | None
) -> None:
    """What has no sender is laid aside as it came, with the reason in its headers."""
    record = replace(
        record_of(sample("WMO301"), zender, kenmerk=b"abc-1", headers=headers),
        key=b"\x00any key",
    )

    outcome = step(record, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", [reden]) == what_became(outcome)
    (outgoing,) = outcome.outgoing
    assert (record.key, record.value) == (outgoing.key, outgoing.value)
    expected = {
        "ce_specversion": "1.0",
        "ce_id": str(ID),
        "ce_source": "urn:test:ggk",
        "ce_type": ONBESTELBAAR,
        "ce_time": TIJD,
        "ce_sha256": hashlib.sha256(sample("WMO301")).hexdigest(),
        "reden": str(reden),
        "bron": "ggk.aanlevering/3/41",
    }
    expected |= {} if shown is None else {"zender": shown}
    assert {**expected, "kenmerk": "abc-1"} == headers_of(outcome)
    data = event_of(outcome)["data"]
    assert (shown, "abc-1", None) == (
        data["zender"],
        data["kenmerk"],
        data["ontvanger"],
    )


def test_every_reden_has_a_case() -> None:
    """No reason to lay something aside is without a test."""
    lost = {Reden.ONLEESBAAR, Reden.TE_GROOT}

    assert set(Reden) == {reden for _, _, reden, _ in UNKNOWN} | lost


@pytest.mark.parametrize("raw,value", [(b"batch \xff", b"batch \xff"), (None, b"")])
def test_what_no_one_can_decode_is_laid_aside(raw: bytes | None, value: bytes) -> None:
    """The batch is kept where it is at hand; each offset has an event of its own."""
    lost = Unreadable("ggk.aanlevering", 3, 41, MOMENT, raw)

    outcome = set_aside(lost, Reden.ONLEESBAAR, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", ["ONLEESBAAR"]) == what_became(outcome)
    assert (b"", value) == (outcome.outgoing[0].key, outcome.outgoing[0].value)
    headers = headers_of(outcome)
    assert ("ggk.aanlevering/3/41", hashlib.sha256(value).hexdigest()) == (
        headers["bron"],
        headers["ce_sha256"],
    )
    data = event_of(outcome)["data"]
    assert [None] * 4 == [data[f] for f in ("zender", "kenmerk", "sha256", "grootte")]


@pytest.mark.parametrize(
    "key,expected", [(b"0363", b"0363"), (None, b""), (b"9" * 1_001, b"")]
)
def test_what_the_log_refuses_leaves_its_value_behind(
    key: bytes | None, expected: bytes
) -> None:
    """Too large is laid aside without what makes it so; it says where that stands."""
    data = sample("WMO301")
    record = replace(record_of(data, GEMEENTE, kenmerk=b"abc-1"), key=key)

    outcome = set_aside(record, Reden.TE_GROOT, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", ["TE_GROOT"]) == what_became(outcome)
    assert (expected, b"") == (outcome.outgoing[0].key, outcome.outgoing[0].value)
    headers = headers_of(outcome)
    assert (GEMEENTE, "abc-1", "ggk.aanlevering/3/41") == (
        headers["zender"],
        headers["kenmerk"],
        headers["bron"],
    )
    told = event_of(outcome)["data"]
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (
        told["sha256"],
        told["grootte"],
    )


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


def renamed(name: str, *changes: tuple[bytes, bytes]) -> bytes:
    """Change a sample: texts in it that must be there."""
    data = sample(name)
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data


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


@pytest.mark.parametrize(
    "timestamp,expected",
    [(1_767_221_999_999, "2025-12-31"), (1_767_222_000_000, "2026-01-01")],
)
def test_an_answer_bears_the_dutch_date(timestamp: int, expected: str) -> None:
    """The day of a retour is that in the Netherlands when the bericht came in."""
    outcome = routed(sample("afgekeurd-WMO301-CS002"), GEMEENTE, timestamp=timestamp)

    root = etree.fromstring(outcome.outgoing[0].value)
    assert expected == root.findtext(".//{*}DagtekeningRetour")


@pytest.mark.parametrize(
    "data,zender,kenmerk,expected",
    [
        (b"<x", "0001", b"a b", (ONBESTELBAAR, ["ZENDER_ONBEKEND"])),
        (b"<x", ENDED, b"a b", (FOUT_TYPE, ["ZENDER_NIET_GELDIG"])),
        (b"<x", GEMEENTE, b"a b", (FOUT_TYPE, ["KENMERK"])),
        (sample("ongeldig-WMO305-XSD"), GEMEENTE, None, (FOUT_TYPE, ["XSD"])),
        (
            sample("afgekeurd-WMO301-CS002"),
            AANBIEDER,
            None,
            (FOUT_TYPE, ["ZENDER_SOORT"]),
        ),
        (
            sample("afgekeurd-WMO306-CS002"),
            AANBIEDER,
            None,
            (FOUT_TYPE, ["ZENDER_SOORT"]),
        ),
    ],
    ids=["sender", "validity", "kenmerk", "XSD", "address", "address of a retour"],
)
def test_the_first_thing_wrong_decides(
    data: bytes, zender: str, kenmerk: bytes | None, expected: tuple[str, list[str]]
) -> None:
    """Of several things that are wrong the first in the order of the step counts."""
    outcome = routed(data, zender, kenmerk=kenmerk)

    assert expected == what_became(outcome)[::2]
    niveau = 1 if expected[1] == ["XSD"] else None
    assert niveau == event_of(outcome)["data"]["niveau"]


def test_a_rule_is_named_once() -> None:
    """An event names the distinct rules, however often each is broken."""
    data = renamed(
        "WMO301", (b"Geslacht>0<", b"Geslacht>x<"), (b"Soort>01<", b"Soort>x<")
    )

    assert 2 == len(validate_bericht(data, standards()).fouten)
    assert (FOUT_TYPE, ["XSD"]) == what_became(routed(data, GEMEENTE))[::2]


def test_an_event_has_the_date_without_the_space_round_it() -> None:
    """The XSD allows space round a dagtekening; in an event it is a date."""
    data = renamed(
        "WMO301", (b"Dagtekening>2026-02-05<", b"Dagtekening> 2026-02-05\n<")
    )

    event = event_of(routed(data, GEMEENTE))

    assert [] == faults_of(event)
    assert "2026-02-05" == event["data"]["dagtekening"]


def test_no_value_is_an_empty_bericht() -> None:
    """A record without a value is refused as one of no bytes."""
    nothing, empty = routed(None, GEMEENTE), routed(b"", GEMEENTE)

    assert (FOUT_TYPE, ["WELGEVORMD"]) == what_became(nothing)[::2]
    assert empty == nothing
    data = event_of(nothing)["data"]
    assert (0, hashlib.sha256().hexdigest()) == (data["grootte"], data["sha256"])
    assert b"" == routed(None, None).outgoing[0].value


def test_a_bericht_over_the_limit_is_answered() -> None:
    """What is larger than a bericht may be has its own code; its sender hears of it."""
    small = replace(tables(), limits=replace(tables().limits, max_bytes=1_000))

    outcome = step(record_of(sample("WMO301"), GEMEENTE), small)

    assert (FOUT_TYPE, ["GROOTTE"]) == what_became(outcome)[::2]
    assert "IB003" == fo01_code(outcome)


def all_records() -> list[Record]:
    """Make records of all samples from good and wrong senders."""
    senders = (None, "0001", "9992", GEMEENTE, AANBIEDER, "CAK", "SVB", "CIZ")
    return [
        record_of(
            path.read_bytes(),
            zender,
            kenmerk=b"k",
            offset=len(senders) * number + place,
        )
        for number, path in enumerate((*GOED, *FOUT))
        for place, zender in enumerate(senders)
    ]


def written(record: Record, known: RouteTables) -> tuple[object, ...]:
    """Give all that is written for a record."""
    outcome = step(record, known)
    position = Position(outcome.outgoing[0].topic, 0, 7)
    return (*outcome.outgoing, *outcome.follow_up([position]))


def test_the_same_record_has_the_same_outcome() -> None:
    """Handled again, by another process, whatever came before: the same bytes."""
    fresh = replace(
        tables(), standards=load_standards(), zone=ZoneInfo.no_cache("Europe/Amsterdam")
    )
    records = all_records()

    there = [written(record, tables()) for record in records]
    back = [written(record, fresh) for record in reversed(records)]

    assert there == back[::-1]


def test_every_record_has_one_event() -> None:
    """In = bezorgd + retour + fout + onbestelbaar, by the events alone."""
    records = all_records()

    outcomes = [step(record, tables()) for record in records]
    events = [event_of(outcome, offset) for offset, outcome in enumerate(outcomes)]

    assert [] == [fault for event in events for fault in faults_of(event)]
    ids = {
        str(message_id(record.topic, record.partition, record.offset))
        for record in records
    }
    assert len(records) == len(ids)
    assert sorted(ids) == sorted(event["id"] for event in events)
    count = Counter(event["type"] for event in events)
    assert {BEZORGD, RETOUR, FOUT_TYPE, ONBESTELBAAR} == set(count)
    assert len(records) == count.total()
    assert len(records) == sum(len(outcome.outgoing) for outcome in outcomes)


def test_an_event_says_where_the_delivery_stands() -> None:
    """Topic, partition and offset of an event are those of what was delivered."""
    outcome = routed(sample("WMO301"), GEMEENTE)

    (event,) = outcome.follow_up([Position("ggk.zorgaanbieder", 5, 99)])
    (nowhere,) = outcome.follow_up([])

    names = ("topic", "partition", "offset")
    places = [
        [json.loads(one.value)["data"][name] for name in names]
        for one in (event, nowhere)
    ]
    assert [["ggk.zorgaanbieder", 5, 99], [None, None, None]] == places
    assert "ggk.gebeurtenissen" == event.topic == nowhere.topic


def links(name: str) -> dict[str, list[str]]:
    """Give the verwijzingen of the event of a sample by soort."""
    data = sample(name)
    event = event_of(routed(data, sender_of_sample(data)))
    found: dict[str, list[str]] = {}
    for one in event["data"]["verwijzingen"]:
        found.setdefault(one["soort"], []).append(one["waarde"])
    return found


@pytest.mark.parametrize(
    "one,other,soort",
    [
        ("WMO301", "WMO302", "Heenbericht"),
        ("JW319", "JW320", "Heenbericht"),
        ("WMO403", "WMO404", "Heenbericht"),
        ("JW507", "JW508", "Heenbericht"),
        ("WMO315", "WMO301", "ReferentieAanbieder"),
        ("JW317", "JW319", "ReferentieAanbieder"),
        ("WMO323", "WMO325", "DeclaratieIdentificatie"),
    ],
)
def test_events_tell_which_berichten_belong_together(
    one: str, other: str, soort: str
) -> None:
    """Who has the events alone finds the answer to each bericht."""
    assert links(one)[soort] == links(other)[soort]


def test_a_retour_of_ours_belongs_to_its_heenbericht() -> None:
    """The retour that ibroker makes would be matched as that of the receiver."""
    outcome = routed(sample("afgekeurd-WMO301-CS002"), GEMEENTE)
    retour = routed(outcome.outgoing[0].value, AANBIEDER)

    assert (BEZORGD, "ggk.gemeente.0363", []) == what_became(retour)
    (heen,) = [
        one
        for one in event_of(outcome)["data"]["verwijzingen"]
        if one["soort"] == "Heenbericht"
    ]
    assert [heen] == event_of(retour)["data"]["verwijzingen"]


BSN = "999988001"  # passes the 11-proef, in no sample
DIGITS = re.compile(BSN)


@pytest.mark.parametrize("path", [*GOED, *FOUT], ids=lambda path: path.stem)
def test_no_bsn_is_ever_shown(path: Path) -> None:
    """Whatever the outcome, no number of a client is in a key, a header or an event.

    Also where a sender puts it in his code, in a bad kenmerk, or anywhere besides. As
    the key it stays what it was on ggk.onbestelbaar alone.
    """
    plain = path.read_bytes()
    data = re.sub(rb"(?<=Bsn>)9[0-9]{8}", BSN.encode(), plain)
    mine, bsn = sender_of_sample(plain), BSN.encode()
    others: tuple[tuple[str | None, Headers], ...] = (
        (mine, ()),
        (mine, (("kenmerk", b"client " + bsn),)),
        (mine, (("kenmerk", bsn), ("kenmerk", b"x"))),
        (mine, (("bsn", bsn), (BSN, b"x"), ("ce_id", bsn))),
        (mine, (("zender", bsn),)),
        ("0599", ()),
        (ENDED, ()),
        (BSN, ()),
        (f"{BSN}\x00", ()),
        (None, (("zender", bsn + b"\xff"),)),
        (None, (("zender", b"0363 " + bsn),)),
    )
    seen = set()
    for zender, headers in others:
        record = replace(record_of(data, zender, headers=headers), key=bsn)
        for outcome in (
            step(record, tables()),
            set_aside(record, Reden.TE_GROOT, tables()),
        ):
            seen.add(outcome.gebeurtenis.type)
            (outgoing,) = outcome.outgoing
            (event,) = outcome.follow_up([Position(outgoing.topic, 0, 7)])
            key = b"" if outgoing.topic == "ggk.onbestelbaar" else outgoing.key
            shown = (
                key,
                outgoing.topic,
                outgoing.headers,
                event,
                repr(outcome),
            )
            assert not DIGITS.search(repr(shown))

    assert {FOUT_TYPE, ONBESTELBAAR} <= {str(kind) for kind in seen}


def test_the_bsn_would_be_seen() -> None:
    """A kenmerk is the sender's own: where it is well formed it goes along."""
    outcome = routed(sample("WMO301"), GEMEENTE, kenmerk=BSN.encode())

    assert DIGITS.search(repr(outcome.outgoing[0].headers))


def test_an_id_is_the_same_for_who_published() -> None:
    """The id on a delivery is the one that its sender can tell from where it stands."""
    record = record_of(sample("WMO301"), GEMEENTE, offset=1234)

    assert UUID(headers_of(step(record, tables()))["ce_id"]) == message_id(
        record.topic, record.partition, record.offset
    )

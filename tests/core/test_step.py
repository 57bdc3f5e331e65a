"""The step of the router: what becomes of each record, and the event that says so."""

import hashlib
from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import message_id
from ibroker.core.record import Position, Record
from ibroker.core.step import RouteTables, step
from ibroker.core.wlz.feit import decode_feit
from ibroker.standards import load_standards
from tests.core.routed import (
    AANBIEDER,
    FOUT,
    GEMEENTE,
    GOED,
    TIJD,
    event_of,
    faults_of,
    headers_of,
    record_of,
    routed,
    sample,
    tables,
)
from tests.core.stepped import (
    ALL_TYPES,
    BEZORGD,
    ENDED,
    FOUT_TYPE,
    ID,
    ONBESTELBAAR,
    RETOUR,
    TOPICS,
    TYPES,
    by_type,
    fo01_code,
    what_became,
)
from tests.core.wlz.keys import with_stream

TO_US = [one for one in ALL_TYPES if one.naar == "GGK" and one.van != "GGK"]
CODES = {"gemeente": GEMEENTE, "zorgaanbieder": AANBIEDER}


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


def test_no_value_is_an_empty_bericht() -> None:
    """A record without a value is refused as one of no bytes."""
    nothing, empty = routed(None, GEMEENTE), routed(b"", GEMEENTE)

    assert (FOUT_TYPE, ["WELGEVORMD"]) == what_became(nothing)[::2]
    assert empty == nothing
    data = event_of(nothing)["data"]
    assert (0, hashlib.sha256().hexdigest()) == (data["grootte"], data["sha256"])
    assert b"" == routed(None, None).outgoing[0].value


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

"""The heartbeat: what it looks like, who may send it, and where it goes."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.fout import Uitkomst
from ibroker.core.hartslag import build_hartslag, kenmerk_of, sent_at
from ibroker.core.record import Outgoing
from ibroker.core.step import Outcome, step
from ibroker.core.verdict import validate_bericht
from ibroker.core.watch.melding import draadfeiten, read_melding
from ibroker.core.wlz.feit import Hartslag, Oorzaak, decode_feit
from ibroker.core.wlz.step import take_fact
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables
from tests.core.kept import Kept, Router
from tests.core.routed import (
    MOMENT,
    TIJD,
    event_of,
    faults_of,
    record_of,
    routed,
    sample,
    tables,
)
from tests.core.wlz.keys import with_stream
from tests.core.wlz.stroom import Stroom
from tests.loaded import standards

SAMPLE = sample("HARTSLAG")
KENMERK = kenmerk_of(MOMENT / 1000).encode()
HARTSLAGEN, FEITEN = "ggk.intern.hartslag", "ggk.intern.wlz.feiten"
ONBESTELBAAR, BEZORGD = "nl.ggk.bericht.onbestelbaar", "nl.ggk.bericht.bezorgd"
YEAR_1970 = datetime(1970, 1, 1)  # noqa: DTZ001 - hypothesis wants it without a zone


def build(moment: datetime) -> bytes:
    """Give the heartbeat of a moment."""
    return build_hartslag(moment, standards().catalogue.hartslag)


def headers_of(one: Outgoing) -> Mapping[str, str]:
    """Give the headers of a record."""
    return {name: (value or b"").decode() for name, value in one.headers}


def beat() -> Outcome:
    """Let the router take one in."""
    return step(record_of(SAMPLE, "GGK", kenmerk=KENMERK), with_stream())


def test_it_says_a_moment_and_no_more() -> None:
    """The sample is that of a moment, and the kenmerk says the same."""
    moment = datetime.fromtimestamp(MOMENT / 1000, UTC)

    assert SAMPLE == build(moment)
    assert moment.timestamp() == sent_at(KENMERK.decode())


@given(st.datetimes(YEAR_1970, YEAR_1970 + timedelta(days=365 * 1000)))
def test_that_of_any_moment_is_valid(moment: datetime) -> None:
    """For its XSD, and its kenmerk says when it was, to the millisecond."""
    at = moment.replace(tzinfo=UTC)
    said = sent_at(kenmerk_of(at.timestamp()))

    assert Uitkomst.GELDIG is validate_bericht(build(at), standards()).uitkomst
    assert said == pytest.approx(at.timestamp(), abs=0.001)


@pytest.mark.parametrize("kenmerk", [None, "hartslag-", "hartslag-1x", "zaak-1", "1"])
def test_another_kenmerk_says_no_moment(kenmerk: str | None) -> None:
    """Whatever a sender calls his bericht."""
    assert sent_at(kenmerk) is None


def test_the_router_passes_it_on() -> None:
    """As it came where heartbeats end, and a fact of nobody on the same partition."""
    outcome = beat()

    bericht, feit = outcome.outgoing
    assert (HARTSLAGEN, SAMPLE, b"GGK") == (bericht.topic, bericht.value, bericht.key)
    headers = headers_of(bericht)
    assert {
        "ce_type": "nl.ggk.hartslag",
        "ce_time": TIJD,
        "ce_zender": "GGK",
        "ce_ontvanger": "GGK",
        "ce_sha256": hashlib.sha256(SAMPLE).hexdigest(),
        "kenmerk": KENMERK.decode(),
    }.items() <= headers.items()
    assert (FEITEN, b"GGK", 3) == (feit.topic, feit.key, feit.partition)
    oorzaak = Oorzaak(headers["ce_id"], 0, TIJD)
    assert Hartslag(oorzaak, KENMERK.decode()) == decode_feit(feit.value)


def test_its_event_says_what_it_is() -> None:
    """Of its type, delivered to ibroker itself; who counts can leave it out."""
    event = event_of(beat())

    assert [] == faults_of(event)
    data = event["data"]
    assert (BEZORGD, "HARTSLAG") == (event["type"], data["berichttype"])
    assert ("GGK", "GGK", HARTSLAGEN) == (
        data["zender"],
        data["ontvanger"],
        data["topic"],
    )


def test_without_a_wlz_stream_the_router_alone_is_seen() -> None:
    """There is nobody to take a fact, so there is none."""
    outcome = routed(SAMPLE, "GGK", kenmerk=KENMERK)

    assert [HARTSLAGEN] == [one.topic for one in outcome.outgoing]


def test_it_is_not_kept() -> None:
    """The same again goes through again: nothing is remembered of any."""
    router = Router(with_stream())

    outcomes = [
        router.route(record_of(SAMPLE, "GGK", kenmerk=KENMERK, offset=number))
        for number in range(2)
    ]

    assert [BEZORGD] * 2 == [event_of(one)["type"] for one in outcomes]
    assert {} == router.state.entries


def test_it_opens_no_clock() -> None:
    """Its event names no reference that an answer could be waited for by."""
    event = event_of(beat())
    melding = read_melding(json.dumps(event).encode())

    assert melding is not None
    antwoorden = load_watch_tables(Settings()).antwoorden
    assert [] == list(draadfeiten(melding, antwoorden))


@pytest.mark.parametrize(
    "value,kenmerk",
    [
        (SAMPLE, None),
        (SAMPLE, b"zaak-1"),
        (SAMPLE, b"hartslag- 1"),
        (SAMPLE.replace(b"G06", b"G05"), KENMERK),
        (SAMPLE.replace(b"<hartslag:Moment>", b"<hartslag:Moment>x"), KENMERK),
        (b"<x/>", KENMERK),
        (b"", KENMERK),
        (sample("WMO301"), KENMERK),
        (sample("WLZSIGNAAL"), KENMERK),
        (sample("WLZVRAAG"), KENMERK),
    ],
)
def test_nothing_else_comes_from_ibroker(value: bytes, kenmerk: bytes | None) -> None:
    """Who says to be ibroker and sends another thing cannot be answered."""
    outcome = step(record_of(value, "GGK", kenmerk=kenmerk), with_stream())

    (outgoing,) = outcome.outgoing
    event = event_of(outcome)
    assert ("ggk.onbestelbaar", ONBESTELBAAR) == (outgoing.topic, event["type"])
    assert ["ZENDER_ONBEKEND"] == event["data"]["regels"]


def test_before_its_standard_begins_it_is_none() -> None:
    """The day on which it comes in counts, as for any bericht."""
    new_year = 1_767_222_000_000  # ms: 2026-01-01 00:00 in the Netherlands

    kinds = [
        event_of(
            step(record_of(SAMPLE, "GGK", kenmerk=KENMERK, timestamp=at), tables())
        )["type"]
        for at in (new_year - 1, new_year)
    ]

    assert [ONBESTELBAAR, BEZORGD] == kinds


def test_the_wlz_stream_passes_it_on() -> None:
    """To where heartbeats end, by the same kenmerk; nothing is kept of it."""
    stroom, value = Stroom(), beat().outgoing[1].value

    gevolg = take_fact(stroom.record(value, 0), Kept(), stroom.tables)

    (one,) = gevolg.outgoing
    assert (HARTSLAGEN, value) == (one.topic, one.value)
    headers = headers_of(one)
    assert ("nl.ggk.hartslag.wlz", KENMERK.decode()) == (
        headers["ce_type"],
        headers["kenmerk"],
    )
    assert () == gevolg.changes
    assert () == gevolg.follow_up([])

"""The step of the router: what its event tells, and what nothing shows."""

import json
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from ibroker.core.aanlevering import Reden
from ibroker.core.delivery import message_id
from ibroker.core.record import Headers, Position
from ibroker.core.step import set_aside, step
from ibroker.core.verdict import validate_bericht
from tests.core.routed import (
    AANBIEDER,
    FOUT,
    GEMEENTE,
    GOED,
    event_of,
    faults_of,
    headers_of,
    record_of,
    routed,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.stepped import (
    BEZORGD,
    ENDED,
    FOUT_TYPE,
    ONBESTELBAAR,
    renamed,
    what_became,
)
from tests.loaded import standards


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

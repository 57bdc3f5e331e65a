"""The event of an outcome: one CloudEvent in JSON, with the promised fields."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ibroker.core.delivery import Stempel, message_id
from ibroker.core.gebeurtenis import Gebeurtenis, Uitkomsttype, build_event
from ibroker.core.record import Position
from tests.core.routed import faults_of

TOPIC = "ggk.gebeurtenissen"
ID = message_id("ggk.aanlevering", 3, 41)
STEMPEL = Stempel(ID, "ggk.aanlevering/3/41", 3, "urn:x", "2026-11-24T10:11:12.345Z")
PLACE = Position("ggk.gemeente.0344", 0, 7)
# Of some outcome all that can be known, and as little as there can be.
FULL = Gebeurtenis(
    type=Uitkomsttype.BEZORGD,
    stempel=STEMPEL,
    zender="98000011",
    kenmerk='a"b\\',
    sha256="ab" * 32,
    grootte=1727,
    berichttype="WMO306",
    ontvanger="0344",
    identificatie="Zoë-1",
    dagtekening="2026-02-05",
    niveau=2,
    regels=("CS002", "TR006"),
    verwijzingen=(("Heenbericht", "0123456789abcdef"),),
)
BARE = Gebeurtenis(Uitkomsttype.ONBESTELBAAR, STEMPEL, None, None, None, None)


def event_of(gebeurtenis: Gebeurtenis, position: Position | None = PLACE) -> Any:  # noqa: ANN401
    """Give the event as whoever reads the topic does."""
    return json.loads(build_event(gebeurtenis, position, TOPIC).value)


def test_an_event_is_the_whole_of_what_is_known() -> None:
    """Every field stands in the event, in its place, with its value."""
    assert {
        "specversion": "1.0",
        "id": str(ID),
        "source": "urn:x/gebeurtenissen",
        "type": "nl.ggk.bericht.bezorgd",
        "time": "2026-11-24T10:11:12.345Z",
        "datacontenttype": "application/json",
        "data": {
            "berichttype": "WMO306",
            "zender": "98000011",
            "ontvanger": "0344",
            "identificatie": "Zoë-1",
            "dagtekening": "2026-02-05",
            "kenmerk": 'a"b\\',
            "sha256": "ab" * 32,
            "grootte": 1727,
            "niveau": 2,
            "regels": ["CS002", "TR006"],
            "topic": "ggk.gemeente.0344",
            "partition": 0,
            "offset": 7,
            "verwijzingen": [{"soort": "Heenbericht", "waarde": "0123456789abcdef"}],
        },
    } == event_of(FULL)


def test_what_is_not_known_is_null() -> None:
    """A field is there also where nothing is known of it."""
    data = event_of(BARE, None)["data"]

    assert {"regels": [], "verwijzingen": []} == {
        name: value for name, value in data.items() if value is not None
    }


@pytest.mark.parametrize("uitkomst", Uitkomsttype)
@pytest.mark.parametrize("gebeurtenis", [FULL, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("position", [PLACE, None], ids=["placed", "nowhere"])
def test_every_event_has_the_fields_that_were_promised(
    gebeurtenis: Gebeurtenis, uitkomst: Uitkomsttype, position: Position | None
) -> None:
    """All fields are there and of their form, and no others."""
    event = event_of(replace(gebeurtenis, type=uitkomst), position)

    assert [] == faults_of(event)
    assert uitkomst == event["type"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: event.update(subject="999988001"),
        lambda event: event["data"].pop("niveau"),
        lambda event: event["data"].update(bsn=None),
        lambda event: event["data"].update(grootte="1727"),
        lambda event: event["data"].update(zender="999988001"),
        lambda event: event["data"].update(niveau=4),
        lambda event: event["data"].update(niveau=1),
        lambda event: event["data"]["regels"].append("Jan"),
        lambda event: event["data"]["verwijzingen"].append({"soort": "A"}),
        lambda event: event["data"]["verwijzingen"][0].update(waarde="verzoek-0001"),
    ],
)
def test_a_wrong_event_is_seen(spoil: Any) -> None:  # noqa: ANN401
    """The check of events sees what it is there for."""
    event = event_of(FULL)
    spoil(event)

    assert [] != faults_of(event)


def test_an_event_is_keyed_by_its_message() -> None:
    """The key is the message id; it goes to the partition of its input, in order."""
    made = build_event(FULL, PLACE, TOPIC)

    assert (TOPIC, str(ID).encode(), 3) == (made.topic, made.key, made.partition)
    assert (("content-type", b"application/cloudevents+json"),) == made.headers
    assert made.value.decode() == json.dumps(
        json.loads(made.value), separators=(",", ":"), ensure_ascii=False
    )

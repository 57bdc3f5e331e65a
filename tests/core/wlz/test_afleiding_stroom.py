"""When a bericht gives facts, where they go, and whom they do not show."""

import base64
import json
import re
from pathlib import Path

import pytest

from ibroker.core.record import Position
from ibroker.core.step import step
from ibroker.core.wlz.feit import decode_feit
from ibroker.core.wlz.persoon import distribution_key, show_bsn
from tests.core.kept import Router
from tests.core.routed import (
    FOUT,
    GEMEENTE,
    GOED,
    record_of,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.wlz.afgeleid import (
    BSN,
    FEITEN,
    KNOWN,
    OTHER,
    feit_in,
    records_of,
    routed,
)
from tests.core.wlz.keys import afleiding, keys

CANARY = "999988001"  # passes the 11-proef, in no sample


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

"""Duplicates: what was accepted before is known again, and nothing else is."""

import json
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from ibroker.core.catalogue import Berichttype
from ibroker.core.step import Outcome
from ibroker.core.verdict import validate_bericht
from ibroker.demo.verkeer import read_verkeer
from tests.core.kept import Router
from tests.core.routed import (
    AANBIEDER,
    GEMEENTE,
    MOMENT,
    ROOT,
    event_of,
    faults_of,
    headers_of,
    record_of,
    register,
    routed,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.wlz.keys import with_stream
from tests.loaded import standards

DAY = 86_400_000  # milliseconds
BEZORGD, DUBBEL = "nl.ggk.bericht.bezorgd", "nl.ggk.bericht.dubbel"
RETOUR, FOUT = "nl.ggk.bericht.retour", "nl.ggk.bericht.fout"
UNIEK = standards().uniek.retourcodes
TYPES = [
    one
    for one in sorted(standards().catalogue.by_type.values(), key=lambda b: b.type)
    if one.van != "GGK"
]
ENDED = "9992"  # until and including 2025-12-31, then 0363
NEW_YEAR = 1_767_222_000_000  # milliseconds: 2026-01-01 00:00 in the Netherlands


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


def other(data: bytes) -> bytes:
    """Give other bytes that say the same."""
    return data + b"\n"


def kind(outcome: Outcome) -> str:
    """Give the type of the one event."""
    event = event_of(outcome)
    assert [] == faults_of(event)
    return str(event["type"])


def regels(outcome: Outcome) -> list[str]:
    """Give the rules that the event names."""
    return list(event_of(outcome)["data"]["regels"])


@pytest.mark.parametrize("berichttype", TYPES, ids=by_type)
def test_the_same_bytes_again_are_passed_over(berichttype: Berichttype) -> None:
    """Of every type: nothing is sent, nothing changes, and one event says so."""
    data = sample(berichttype.type)
    zender = sender_of_sample(data)
    router = Router(with_stream())

    first = router.route(record_of(data, zender, offset=1))
    kept = dict(router.state.entries)
    again = router.route(record_of(data, zender, offset=2, kenmerk=b"k-2"))

    assert (BEZORGD, DUBBEL) == (kind(first), kind(again))
    assert ((), ()) == (again.outgoing, again.changes)
    assert kept == router.state.entries
    told, before = event_of(again)["data"], event_of(first)["data"]
    same = ("berichttype", "zender", "identificatie", "sha256", "verwijzingen")
    assert [before[name] for name in same] == [told[name] for name in same]
    nothing = ("ontvanger", "niveau", "topic", "partition", "offset")
    assert [None] * 5 == [told[name] for name in nothing]
    assert ("k-2", []) == (told["kenmerk"], told["regels"])


@pytest.mark.parametrize(
    "berichttype", [one for one in TYPES if one.type in UNIEK], ids=by_type
)
def test_a_name_is_used_once(berichttype: Berichttype) -> None:
    """Other bytes under the name break TR056: the answer of the type, or a Fo01."""
    data = sample(berichttype.type)
    zender = sender_of_sample(data)
    router = Router(with_stream())
    router.route(record_of(data, zender, offset=1))

    outcome = router.route(record_of(other(data), zender, offset=2))

    answer = standards().catalogue.answer_to(berichttype)
    assert (FOUT if answer is None else RETOUR) == kind(outcome)
    assert (["TR056"], 3) == (regels(outcome), event_of(outcome)["data"]["niveau"])
    assert () == outcome.changes
    assert zender == headers_of(outcome)["ce_ontvanger"]
    root = etree.fromstring(outcome.outgoing[0].value)
    if answer is None:
        assert "IB001" == root.findtext(".//{*}body/{*}code")
        assert "TR056" in (root.findtext(".//{*}omschrijving") or "")
    else:
        verdict = validate_bericht(outcome.outgoing[0].value, standards())
        assert (None, answer) == (verdict.niveau, verdict.berichttype)
        codes = [code.text for code in root.iterfind(".//{*}RetourCode")]
        assert [UNIEK[berichttype.type]] == codes
        assert root.find("{*}Client") is None


@pytest.mark.parametrize(
    "berichttype", [one for one in TYPES if one.is_retour], ids=by_type
)
def test_a_retour_is_known_by_its_bytes(berichttype: Berichttype) -> None:
    """It bears another's name, so others under it are delivered; each of them once."""
    data = sample(berichttype.type)
    zender = sender_of_sample(data)
    router = Router()

    outcomes = [
        router.route(record_of(one, zender, offset=number))
        for number, one in enumerate((data, other(data), data, other(data)))
    ]

    assert [BEZORGD, BEZORGD, DUBBEL, DUBBEL] == [kind(one) for one in outcomes]
    assert [[]] * 4 == [regels(one) for one in outcomes]


def test_two_gemeenten_may_use_one_name() -> None:
    """An aanbieder answers both: retouren with the same name, and none is held back."""
    data = sample("WMO302")
    elsewhere = data.replace(b"Afzender>0363<", b"Afzender>0344<")
    assert data != elsewhere
    router = Router()

    outcomes = [router.route(record_of(one, AANBIEDER)) for one in (data, elsewhere)]

    assert [BEZORGD] * 2 == [kind(one) for one in outcomes]
    assert ["ggk.gemeente.0363", "ggk.gemeente.0344"] == [
        one.outgoing[0].topic for one in outcomes
    ]


@pytest.mark.parametrize(
    "name",
    ["geweigerd-onbekend-BOM", "ongeldig-WMO305-XSD", "afgekeurd-WMO301-CS002"],
)
def test_what_was_not_accepted_is_judged_again(name: str) -> None:
    """It was seen, not accepted: sent again it gets an answer again."""
    data = sample(name)
    zender = sender_of_sample(data)
    router = Router()

    first, again = (
        router.route(record_of(data, zender, offset=offset)) for offset in (1, 2)
    )

    assert kind(first) == kind(again) in (RETOUR, FOUT)
    assert [1, 1] == [len(one.outgoing) for one in (first, again)]
    assert {} == router.state.entries


def test_a_name_that_was_refused_is_still_free() -> None:
    """Mended under the same name, a bericht is accepted."""
    wrong, good = sample("afgekeurd-WMO301-CS002"), sample("WMO301")
    name = b"Identificatie>W301-0001<"
    assert name in good
    mended = good.replace(name, b"Identificatie>" + name_in(wrong) + b"<")
    router = Router()

    outcomes = [router.route(record_of(one, GEMEENTE)) for one in (wrong, mended)]

    assert [RETOUR, BEZORGD] == [kind(one) for one in outcomes]


def name_in(data: bytes) -> bytes:
    """Give the identificatie of a sample."""
    return (etree.fromstring(data).findtext(".//{*}Identificatie") or "").encode()


def test_a_broken_rule_comes_before_the_name() -> None:
    """A level is judged after the one below it (IV028)."""
    data = sample("WMO301")
    wrong = data.replace(b"Bsn>999901102<", b"Bsn>999901103<")
    assert data != wrong
    router = Router()
    router.route(record_of(data, GEMEENTE))

    outcome = router.route(record_of(wrong, GEMEENTE))

    assert (RETOUR, ["CS002"]) == (kind(outcome), regels(outcome))


@pytest.mark.parametrize(
    "data,zender",
    [
        (sample("WMO301"), "0344"),  # with a machtiging of 0363
        (sample("JW301"), GEMEENTE),
        (sample("WMO301").replace(b"W301-0001", b"W301-0002"), GEMEENTE),
    ],
    ids=["another sender", "another type", "another name"],
)
def test_a_name_is_of_one_sender_and_type(data: bytes, zender: str) -> None:
    """What agrees in one of the three only is another bericht."""
    router = Router()
    first = sample("WMO301")
    if b"jw301" in data:
        name = name_in(data)
        first = first.replace(b"W301-0001", name)
    router.route(record_of(first, GEMEENTE))

    assert BEZORGD == kind(router.route(record_of(data, zender)))


def without(zender: str) -> Router:
    """Give a router that no longer knows a party."""
    known = register()
    bekend = {code: one for code, one in known.bekend.items() if code != zender}
    return Router(replace(tables(), register=replace(known, bekend=bekend)))


def inactive() -> Router:
    """Give a router for which a type may no longer be sent."""
    catalogue = standards().catalogue
    past = {
        key: replace(one, actief_tot=date(2020, 1, 1))
        for key, one in catalogue.by_namespace.items()
    }
    changed = replace(standards(), catalogue=replace(catalogue, by_namespace=past))
    return Router(replace(tables(), standards=changed))


@pytest.mark.parametrize(
    "later", [without(GEMEENTE), inactive()], ids=["register", "calendar"]
)
def test_whatever_the_tables_say_by_now(later: Router) -> None:
    """What was accepted is passed over, also where by now it would be refused."""
    record = record_of(sample("WMO301"), GEMEENTE)
    now = Router()
    now.route(record)
    later.state = now.state

    assert BEZORGD != kind(Router(later.tables).route(record))
    assert DUBBEL == kind(later.route(record))


def test_a_sender_who_ended_meanwhile() -> None:
    """After a herindeling the bytes of the day before are still known."""
    data = sample("WMO301").replace(b"Afzender>0363<", b"Afzender>9992<")
    router = Router()

    outcomes = [
        router.route(record_of(data, ENDED, timestamp=NEW_YEAR + step))
        for step in (-1_000, 1_000)
    ]

    assert [BEZORGD, DUBBEL] == [kind(one) for one in outcomes]


def test_a_bad_kenmerk_is_not_repeated() -> None:
    """Passed over whatever kenmerk comes with it, and the event has none of it."""
    router = Router()
    router.route(record_of(sample("WMO301"), GEMEENTE))

    outcome = router.route(record_of(sample("WMO301"), GEMEENTE, kenmerk=b"a b"))

    assert DUBBEL == kind(outcome)
    assert event_of(outcome)["data"]["kenmerk"] is None


@pytest.mark.parametrize(
    "later,expected",
    [(0, DUBBEL), (400 * DAY, DUBBEL), (402 * DAY, BEZORGD), (-3 * DAY, DUBBEL)],
)
def test_the_window(later: int, expected: str) -> None:
    """For at least 400 days, by the time of the log; a clock that goes back is fine."""
    router = Router()
    router.route(record_of(sample("WMO301"), GEMEENTE))

    again = record_of(sample("WMO301"), GEMEENTE, timestamp=MOMENT + later)

    assert expected == kind(router.route(again))


def test_nothing_is_remembered_without_a_state() -> None:
    """A router that keeps nothing delivers the same bytes as often as they come."""
    outcomes = [routed(sample("WMO301"), GEMEENTE) for _ in range(2)]

    assert [(BEZORGD, ())] * 2 == [(kind(one), one.changes) for one in outcomes]


def test_what_is_kept_is_small() -> None:
    """Each bericht costs two entries, of 35 and 19 bytes."""
    outcome = Router().route(record_of(sample("WMO301"), GEMEENTE))

    assert [35, 19] == [
        len(change.key) + len(change.value or b"") for change in outcome.changes
    ]


def test_no_name_is_in_the_state() -> None:
    """A sender may put the number of a client in a name; the state has a keyed hash."""
    data = sample("WMO301").replace(b"W301-0001", b"999988001")
    router = Router()

    router.route(record_of(data, GEMEENTE))

    assert 2 == len(router.state.entries)
    assert b"999988001" not in b"".join(
        key + value for key, value in router.state.entries.items()
    )


def test_traffic_of_which_the_order_counts() -> None:
    """Each row of eerder.toml has its outcome, after those above it."""
    rows = read_verkeer(ROOT / "tests" / "berichten" / "eerder.toml")
    router = Router(with_stream())

    outcomes = [
        kind(router.route(record_of(row.path.read_bytes(), row.zender, offset=number)))
        for number, row in enumerate(rows)
    ]

    assert [row.uitkomst for row in rows] == [
        one.rpartition(".")[2] for one in outcomes
    ]


def test_an_event_of_a_duplicate_is_complete() -> None:
    """Its event has all the fields, and no place where anything was delivered."""
    router = Router()
    record = record_of(sample("WMO301"), GEMEENTE)
    router.route(record)

    (event,) = router.route(record).follow_up([])

    assert json.loads(event.value)["data"]["topic"] is None
    assert "ggk.gebeurtenissen" == event.topic

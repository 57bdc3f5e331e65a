"""Duplicates: what was accepted before is known again, and nothing else is."""

import json
import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.catalogue import Berichttype
from ibroker.core.dubbel import (
    Eerder,
    clear_away,
    day_of,
    make_kenteken,
    parse_uniek,
    remember,
    seen_before,
    verlopen,
)
from ibroker.core.step import Outcome
from ibroker.core.verdict import validate_bericht
from ibroker.demo.verkeer import read_verkeer
from ibroker.errors import RuleTableError
from tests.core.kept import Kept, Router
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


def test_the_list_of_tr056() -> None:
    """TR056 is for these types of iWmo and iJw, none of them a retour."""
    numbers = (301, 305, 307, 315, 317, 319, 323, 325)

    assert {f"{domein}{number}" for domein in ("WMO", "JW") for number in numbers} == {
        name
        for name, code in UNIEK.items()
        if standards().catalogue.by_type[name].standaard.naam in ("iWmo", "iJw")
        and code == "9056"
    }
    assert {one.type for one in TYPES if not one.is_retour} == set(UNIEK)


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


SLEUTEL = b"a key for tests that is no secret"
NAMES = st.sampled_from(["a", "b", "c"])
ACCEPTED = st.lists(
    st.tuples(NAMES, st.binary(max_size=1), st.integers(0, 12)), max_size=30
)


def kenteken_of(name: str, digest: bytes, day: int) -> Any:  # noqa: ANN401
    """Give by what a bericht is known that came in on that day."""
    return make_kenteken(
        ("0363", "T"), name, digest.rjust(32, b"\0"), SLEUTEL, day * DAY
    )


@given(ACCEPTED, st.integers(0, 14), st.integers(1, 5), st.integers(1, 4))
def test_clearing_away_changes_no_answer(
    accepted: list[tuple[str, bytes, int]], today: int, venster: int, most: int
) -> None:
    """In bounded steps all that is too old goes, and what counts is what counted."""
    state = Kept()
    for name, digest, day in accepted:
        state.apply(remember(kenteken_of(name, digest, day)))
    asked = [kenteken_of(name, b"\0", today) for name in ("a", "b", "c")]
    before = [seen_before(one, state, venster) for one in asked]

    steps = []
    while changes := verlopen(state, today * DAY, venster, most):
        state.apply(changes)
        steps.append(len(changes))

    assert before == [seen_before(one, state, venster) for one in asked]
    assert all(size <= 2 * most for size in steps)
    kept = {
        key[1:3] if key.startswith(b"d") else value[:2]
        for key, value in state.entries.items()
    }
    assert all(today - int.from_bytes(day, "big") <= venster for day in kept)


def test_clearing_away_takes_as_many_steps_as_it_needs() -> None:
    """Thousands of old entries go in bounded steps; what is young stays."""
    state = Kept()
    for number in range(1_200):
        state.apply(remember(kenteken_of(str(number), b"", number % 2 * 900)))
    sizes = []
    for step in clear_away(state, 900 * DAY, 400):
        state.apply(step.changes)
        sizes.append(len(step.changes))
        assert ((), ()) == (step.outgoing, step.follow_up([]))

    assert [1_000, 200] == sizes
    assert 1_200 == len(state.entries)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=1)), max_size=20))
def test_against_a_plain_model(arrivals: list[tuple[str, bytes]]) -> None:
    """Whatever comes in: known by its name, and the same only with the same bytes."""
    state, model = Kept(), dict[str, bytes]()
    for name, digest in arrivals:
        kenteken = kenteken_of(name, digest, 3)
        found = seen_before(kenteken, state, 400)
        padded = digest.rjust(32, b"\0")[:16]
        expected = (
            Eerder.NIEUW
            if name not in model
            else Eerder.DUBBEL
            if model[name] == padded
            else Eerder.ANDER
        )
        assert expected == found
        if found is Eerder.NIEUW:
            state.apply(remember(kenteken))
            model[name] = padded


@pytest.mark.parametrize("timestamp", [-(2**63), -1, 0, MOMENT, 2**63 - 1])
def test_any_time_has_a_day(timestamp: int) -> None:
    """What no clock of a broker says becomes the nearest day that can be written."""
    assert 0 <= day_of(timestamp) <= 0xFFFF


def test_no_name_is_in_the_state() -> None:
    """A sender may put the number of a client in a name; the state has a keyed hash."""
    data = sample("WMO301").replace(b"W301-0001", b"999988001")
    router = Router()

    router.route(record_of(data, GEMEENTE))

    assert 2 == len(router.state.entries)
    assert b"999988001" not in b"".join(
        key + value for key, value in router.state.entries.items()
    )


def table() -> dict[str, Any]:
    """Give regels.toml, to be spoiled."""
    return tomllib.loads((ROOT / "schemas" / "regels.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["WMO302", "WMO399", "WMO301"])
def test_a_type_that_cannot_be_there_is_refused(name: str) -> None:
    """A retour, an unknown type and one that stands twice are faults of the table."""
    rows = table()
    rows["uniek"]["antwoord"][0]["berichten"].append(name)

    with pytest.raises(RuleTableError, match=name):
        parse_uniek(rows, standards().catalogue)


@pytest.mark.parametrize("key", ["id", "plaats", "antwoord"])
def test_a_table_with_a_gap_is_refused(key: str) -> None:
    """Each part of the rule must be there."""
    rows = table()
    del rows["uniek"][key]

    with pytest.raises(RuleTableError, match=key):
        parse_uniek(rows, standards().catalogue)


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

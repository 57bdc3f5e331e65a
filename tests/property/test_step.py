"""Any record at all: the step never raises, and each has exactly one outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.aanlevering import Reden
from ibroker.core.record import Headers, Record, Unreadable
from ibroker.core.step import Outcome, set_aside, step
from tests.core.kept import Router
from tests.core.routed import FOUT, GOED, event_of, faults_of, headers_of, tables
from tests.property.mutator import KINDS, mutant

SAMPLES = [path.read_bytes() for path in (*GOED, *FOUT)]
PARTIES = ("0363", "9992", "9993", "0344", "98000011", "CAK", "SVB", "CIZ", "GGK")

NAMES = st.sampled_from(["zender", "kenmerk", "ce_id", "", "Zender"]) | st.text()
VALUES = (
    st.none()
    | st.binary(max_size=80)
    | st.sampled_from([code.encode() for code in (*PARTIES, "abc-1", "999988001")])
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple)
BYTES = st.none() | st.binary(max_size=200) | st.sampled_from(SAMPLES)
TIMESTAMPS = st.integers(-(2**63), 2**63 - 1) | st.integers(
    1_600_000_000_000, 1_900_000_000_000
)
TOPIC = "ggk.aanlevering"


def problems(outcome: Outcome) -> list[str]:
    """Say what is wrong with an outcome, whatever it is of."""
    event = event_of(outcome)
    headers = headers_of(outcome)
    kind = event["type"].rpartition(".")[2]
    found = faults_of(event)
    (outgoing,) = outcome.outgoing
    is_answer = headers.get("ce_zender") == "GGK"
    if is_answer != (kind in {"retour", "fout"}):
        found.append(f"{kind} from {headers.get('ce_zender')}")
    if (outgoing.topic == "ggk.onbestelbaar") != (kind == "onbestelbaar"):
        found.append(f"{kind} to {outgoing.topic}")
    if event["data"]["ontvanger"] != headers.get("ce_ontvanger"):
        found.append("the event names another receiver")
    if headers.get("ce_inreplyto", headers["ce_id"]) != event["id"]:
        found.append("the delivery is of another bericht")
    return found


def route(value: bytes | None, headers: Headers, timestamp: int) -> Outcome:
    """Route a record with these."""
    return step(Record(TOPIC, 0, 7, timestamp, None, value, headers), tables())


@given(BYTES, HEADERS, TIMESTAMPS)
def test_any_record_has_one_outcome(
    value: bytes | None, headers: Headers, timestamp: int
) -> None:
    """Whatever bytes, headers and time: one delivery, one event, nothing raised."""
    assert [] == problems(route(value, headers, timestamp))


@given(BYTES, st.sampled_from(PARTIES), TIMESTAMPS)
def test_any_bericht_of_a_party_has_one_outcome(
    value: bytes | None, zender: str, timestamp: int
) -> None:
    """Whatever a known party sends, and whenever."""
    assert [] == problems(route(value, (("zender", zender.encode()),), timestamp))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SAMPLES),
            st.sampled_from(PARTIES),
            st.sampled_from([b"", b"\n"]),
            st.integers(1_755_000_000_000, 1_775_000_000_000),  # within the window
        ),
        max_size=8,
    )
)
def test_whatever_came_before_each_has_one_outcome(
    arrivals: list[tuple[bytes, str, bytes, int]],
) -> None:
    """Also with a memory: one event for each, and nothing is delivered twice in it."""
    router = Router()
    delivered: set[tuple[bytes, str]] = set()
    for offset, (data, zender, more, timestamp) in enumerate(arrivals):
        headers = (("zender", zender.encode()),)
        record = Record(TOPIC, 0, offset, timestamp, None, data + more, headers)
        outcome = router.route(record)
        event = event_of(outcome)
        kind = event["type"].rpartition(".")[2]
        again = (data + more, zender) in delivered
        assert [] == faults_of(event)
        assert again == (kind == "dubbel") == (outcome.outgoing == ())
        assert (kind == "bezorgd") == bool(outcome.changes)
        if kind == "bezorgd":
            delivered.add((data + more, zender))


@given(
    st.binary(max_size=2_000) | st.none(),
    BYTES,
    HEADERS,
    TIMESTAMPS,
    st.sampled_from(Reden),
)
def test_anything_can_be_laid_aside(
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    timestamp: int,
    reden: Reden,
) -> None:
    """What is lost, for whatever reason, has its one place and its one event."""
    for lost in (
        Record(TOPIC, 0, 7, timestamp, key, value, headers),
        Unreadable(TOPIC, 0, 7, timestamp, value),
    ):
        outcome = set_aside(lost, reden, tables())
        assert [] == problems(outcome)
        assert [reden] == event_of(outcome)["data"]["regels"]


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_a_mangled_bericht_has_one_outcome(
    kind: str, pytestconfig: pytest.Config
) -> None:
    """No mutant makes the step raise, from its own sender or from another."""
    seed = pytestconfig.getoption("--seed")
    count = -(-pytestconfig.getoption("--mutants") // (10 * len(KINDS)))
    wrong: list[str] = []
    for number in range(count):
        data = mutant(seed, kind, number)
        for zender in PARTIES[:6]:
            outcome = route(data, (("zender", zender.encode()),), 1_795_515_072_345)
            wrong += [
                f"mutant({seed}, {kind!r}, {number}): {fault}"
                for fault in problems(outcome)
            ]

    assert [] == wrong, "\n".join(wrong[:50])

"""The ledger of the storms finds whatever is wrong, and nothing where all is well."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.ledger import (
    ASIDE,
    EVENTS,
    FACTS,
    PREFIX,
    TOO_LARGE,
    Seen,
    Sent,
    settle,
)

POST = "ggk.gemeente.0344"
SENT = [
    Sent(3, 10, "0363", "a" * 64, "bezorgd"),
    Sent(3, 11, "0363", "b" * 64, "bezorgd"),
    Sent(4, 7, "0518", "c" * 64, "fout"),
    Sent(4, 8, "0518", None, "onbestelbaar"),
    Sent(5, 1, "CIZ", "d" * 64, "bezorgd"),
]


def event(
    one: Sent,
    topic: str,
    offset: int,
    **data: Any,  # noqa: ANN401 - fields of any kind
) -> Seen:
    """The event of an input, at an offset of its own."""
    content = {
        "type": PREFIX + one.uitkomst,
        "data": {
            "topic": topic,
            "partition": 0,
            "offset": offset,
            "sha256": one.sha256,
            "regels": [],
            **data,
        },
    }
    place = EVENTS, one.partition, one.offset
    return Seen(place, one.id, None, "e" * 64, None, content)


def delivery(one: Sent, topic: str, offset: int) -> Seen:
    """What was written for an input."""
    is_answer = one.uitkomst == "fout"
    digest = "f" * 64 if one.sha256 is None or is_answer else one.sha256
    return Seen(
        (topic, 0, offset),
        "answer" if is_answer else one.id,
        one.id if is_answer else None,
        digest,
        digest,
    )


def fact(one: Sent, deel: int, offset: int) -> Seen:
    """What one part of an input tells."""
    return Seen((FACTS, 0, offset), one.id, None, "9" * 64, "9" * 64, deel=deel)


SEEN = [
    *(event(SENT[n], POST, n) for n in range(3)),
    event(SENT[3], ASIDE, 0),
    *(delivery(SENT[n], POST, n) for n in range(3)),
    delivery(SENT[3], ASIDE, 0),
    event(SENT[4], FACTS, 0),
    fact(SENT[4], 0, 0),
    fact(SENT[4], 1, 1),
    fact(SENT[0], 0, 2),
]


def test_all_is_well() -> None:
    """Where everything agrees nothing is wrong, and all is counted."""
    account = settle(SENT, SEEN)

    assert [] == account.faults
    assert "5 in = 3 bezorgd + 1 fout + 1 onbestelbaar; 0 doubled, 0 wrong" == str(
        account
    )


def test_the_order_of_different_senders_is_free() -> None:
    """Only what one sender sent must stand in order."""
    moved = {0: 5, 1: 6}
    seen = [
        *(event(SENT[n], POST, moved.get(n, n)) for n in range(3)),
        event(SENT[3], ASIDE, 0),
        *(delivery(SENT[n], POST, moved.get(n, n)) for n in range(3)),
        *SEEN[7:],
    ]

    assert [] == settle(SENT, seen).faults


def changed(
    index: int,
    **fields: Any,  # noqa: ANN401 - idem
) -> Callable[[], list[Seen]]:
    """All that was seen, with one of it changed."""
    return lambda: [
        replace(one, **fields) if number == index else one
        for number, one in enumerate(SEEN)
    ]


def without(*indices: int) -> Callable[[], list[Seen]]:
    """All that was seen, but some."""
    return lambda: [one for n, one in enumerate(SEEN) if n not in indices]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(without(0), id="no event"),
        pytest.param(without(4), id="no delivery"),
        pytest.param(without(0, 4), id="lost without a trace"),
        pytest.param(
            lambda: [*SEEN, replace(SEEN[0], place=(EVENTS, 3, 99))],
            id="two events",
        ),
        pytest.param(
            lambda: [*SEEN, replace(SEEN[4], place=(POST, 0, 99))],
            id="delivered twice",
        ),
        pytest.param(
            lambda: [*SEEN, replace(SEEN[4], place=(POST, 0, 99), id="other")],
            id="delivered from nowhere",
        ),
        pytest.param(
            lambda: [*SEEN, event(Sent(9, 9, "0363", "d" * 64, "bezorgd"), POST, 0)],
            id="event of nothing",
        ),
        pytest.param(changed(4, sha256="0" * 64), id="other bytes than its header"),
        pytest.param(
            changed(4, sha256="0" * 64, said_sha256="0" * 64), id="other bytes"
        ),
        pytest.param(changed(4, id="other"), id="another bericht"),
        pytest.param(without(9), id="no fact of what was addressed to us"),
        pytest.param(changed(9, id="other"), id="the fact of another bericht"),
        pytest.param(changed(9, deel=2), id="not its first fact"),
        pytest.param(lambda: [*SEEN, fact(SENT[0], 0, 3)], id="a part is told twice"),
        pytest.param(
            lambda: [*SEEN[:8], event(replace(SENT[4], uitkomst="fout"), FACTS, 0)],
            id="an answer that is a fact",
        ),
        pytest.param(changed(6, inreplyto="other"), id="answer to another"),
        pytest.param(
            lambda: [event(SENT[0], POST, 0, sha256="0" * 64), *SEEN[1:]],
            id="event of other bytes",
        ),
        pytest.param(lambda: [event(SENT[0], POST, 1), *SEEN[1:]], id="claimed twice"),
        pytest.param(
            lambda: [
                event(SENT[0], POST, 1),
                event(SENT[1], POST, 0),
                *SEEN[2:4],
                delivery(SENT[1], POST, 0),
                delivery(SENT[0], POST, 1),
                *SEEN[6:],
            ],
            id="out of order",
        ),
        pytest.param(
            lambda: [
                event(replace(SENT[0], uitkomst="onbestelbaar"), ASIDE, 1),
                *SEEN[1:4],
                replace(SEEN[4], place=(ASIDE, 0, 1)),
                *SEEN[5:],
            ],
            id="another outcome",
        ),
        pytest.param(
            lambda: [event(SENT[0], POST, 0, regels=[TOO_LARGE]), *SEEN[1:]],
            id="refused and delivered",
        ),
    ],
)
def test_what_is_wrong_is_found(seen: Callable[[], list[Seen]]) -> None:
    """Each of these is something that must never happen."""
    assert [] != settle(SENT, seen()).faults


def test_what_is_doubled_is_told_apart() -> None:
    """An input that was handled twice, each time as it should, is that and no more."""
    again = [
        replace(event(SENT[0], POST, 9), place=(EVENTS, 3, 99)),
        delivery(SENT[0], POST, 9),
    ]

    account = settle(SENT, [*SEEN, *again])

    assert [] == account.wrong
    assert [f"2 outcomes for {SENT[0].id}"] == account.doubled


def test_an_input_that_is_counted_twice_is_found() -> None:
    """Then the sum of the outcomes proves nothing."""
    assert [] != settle([*SENT, SENT[0]], SEEN).faults


def test_what_the_log_refused_is_set_aside() -> None:
    """That is an outcome as well, and told apart."""
    refused = replace(SENT[0], uitkomst="onbestelbaar")
    seen = [
        event(refused, ASIDE, 1, regels=[TOO_LARGE]),
        *SEEN[1:4],
        Seen((ASIDE, 0, 1), refused.id, None, "0" * 64, "0" * 64),
        *SEEN[5:],
    ]

    account = settle(SENT, seen)

    assert [] == account.faults
    assert 1 == account.refused

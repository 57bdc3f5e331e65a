"""What may be seen of a dead letter, and which of them someone means."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.aanlevering import Reden
from ibroker.core.record import Outgoing, Position, Record
from ibroker.post.deadletter import (
    DeadLetter,
    Selection,
    read_dead_letter,
    read_marker,
)
from tests.post.letters import SECRET, letter, letter_id


def as_record(one: Outgoing) -> Record:
    """A record as it stands on its topic."""
    return Record(one.topic, 1, 5, 0, one.key, one.value, one.headers)


def read(number: int = 1, **how: str | None) -> DeadLetter:
    """A dead letter as it is read."""
    return read_dead_letter(as_record(letter("dood", number, **how)))  # type: ignore[arg-type]


def test_what_the_router_wrote_is_read() -> None:
    """Id, reason, time, place of origin, sender and kenmerk are as it wrote them."""
    seen = read(7, kenmerk="week-48")

    assert letter_id(7) == seen.id
    assert "ZENDER_ONBEKEND" == seen.reden
    assert "2026-11-24T10:00:00.000Z" == seen.tijd
    assert "in/0/7" == seen.bron
    assert "9999" == seen.zender
    assert "week-48" == seen.kenmerk
    assert len(letter("dood", 7).value) == seen.grootte
    assert Position("dood", 1, 5) == seen.place
    assert seen.is_whole


@pytest.mark.parametrize(
    "header,value",
    [
        ("zender", SECRET.encode()),
        ("zender", b"<a>999990019</a>"),
        ("ce_id", SECRET.encode()),
        ("ce_time", SECRET.encode()),
        ("reden", SECRET.encode()),
        ("bron", SECRET.encode()),
        ("kenmerk", b"een bsn " + SECRET.encode()),
        ("kenmerk", SECRET.encode() * 8),
        ("x", SECRET.encode()),
        ("ce_sha256", SECRET.encode()),
    ],
)
def test_nothing_else_is_seen(header: str, value: bytes) -> None:
    """A header that the router writes otherwise, the key and the value stay hidden."""
    sent = letter("dood", 1, zender=None)
    headers = tuple(one for one in sent.headers if one[0] != header)
    seen = read_dead_letter(
        Record("dood", 0, 0, 0, sent.key, sent.value, (*headers, (header, value)))
    )

    assert SECRET in sent.value.decode()
    assert SECRET not in str(asdict(seen))


@pytest.mark.parametrize(
    "reden,whole",
    [(reden, reden not in {Reden.ONLEESBAAR, Reden.TE_GROOT}) for reden in Reden],
)
def test_what_can_be_put_back(reden: Reden, *, whole: bool) -> None:
    """Of what could not be read, or was too large, the bericht itself is not here."""
    assert whole == read_dead_letter(as_record(letter("dood", 1, reden=reden))).is_whole


def test_other_bytes_cannot_be_put_back() -> None:
    """Where the value is not what the router hashed, it is not the bericht."""
    sent = letter("dood", 1)
    record = Record("dood", 0, 0, 0, sent.key, b"other", sent.headers)

    assert not read_dead_letter(record).is_whole


@pytest.mark.parametrize(
    "selection,taken",
    [
        (Selection(), True),
        (Selection(since=datetime(2026, 11, 24, 10, 0, tzinfo=UTC)), True),
        (Selection(since=datetime(2026, 11, 24, 10, 1, tzinfo=UTC)), False),
        (Selection(redenen=frozenset({"ZENDER_ONBEKEND", "TE_GROOT"})), True),
        (Selection(redenen=frozenset({"TE_GROOT"})), False),
        (Selection(ids=frozenset({letter_id(1)})), True),
        (Selection(ids=frozenset({letter_id(2)})), False),
        (
            Selection(
                since=datetime(2026, 11, 1, tzinfo=UTC),
                redenen=frozenset({"ZENDER_ONBEKEND"}),
                ids=frozenset({letter_id(2)}),
            ),
            False,
        ),
    ],
)
def test_selection(selection: Selection, *, taken: bool) -> None:
    """Every condition must hold; what is not asked takes all."""
    assert taken == selection.takes(read(1))


def test_without_a_time_it_is_not_since() -> None:
    """What bears no time is left out where a time is asked."""
    record = Record("dood", 0, 0, 0, None, None, ())

    assert not Selection(since=datetime(2000, 1, 1, tzinfo=UTC)).takes(
        read_dead_letter(record)
    )


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["ce_id", "ce_time", "reden", "bron", "zender", "kenmerk"]),
        st.none()
        | st.binary()
        | st.from_regex(r"\A[0-9T:.Z-]{0,30}\Z").map(str.encode),
    )
)


@given(HEADERS, st.none() | st.binary(), st.none() | st.binary())
def test_any_record_is_read(
    headers: list[tuple[str, bytes | None]], key: bytes | None, value: bytes | None
) -> None:
    """Whatever stands on the topic, it is shown, selected, and no reason to stop."""
    record = Record("dood", 0, 0, 0, key, value, tuple(headers))
    seen = read_dead_letter(record)

    assert len(value or b"") == seen.grootte
    assert not Selection(since=datetime(9999, 1, 1, tzinfo=UTC)).takes(seen)
    assert None is read_marker(record)

"""What is delivered: its ids, its moment, its headers and its key."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.delivery import (
    GGK,
    Stempel,
    Zending,
    antwoord_id,
    build_stempel,
    deliver,
    message_id,
    moment_of,
)
from ibroker.core.record import Headers
from ibroker.core.register import Partij

ID = message_id("ggk.aanlevering", 3, 41)
STEMPEL = Stempel(ID, "ggk.aanlevering/3/41", 3, "urn:x", "2026-11-24T10:11:12.345Z")
GEMEENTE = Partij("0344", "gemeente", "ggk.gemeente.0344", "zender")
AANBIEDER = Partij("98000011", "zorgaanbieder", "ggk.zorgaanbieder", "ontvanger")
KANARIE = b"<Bsn>999988001</Bsn>"

PLACES = st.tuples(
    st.from_regex(r"[A-Za-z0-9._-]{1,249}", fullmatch=True),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
)


def zending(kenmerk: str | None = None, antwoord_op: UUID | None = None) -> Zending:
    """Make what a zorgaanbieder sends, or ibroker where it is an answer."""
    zender = "98000011" if antwoord_op is None else GGK
    return Zending(
        ID, "nl.istandaarden.wmo305", zender, KANARIE, "ab" * 32, kenmerk, antwoord_op
    )


def test_an_id_stays_what_it_is() -> None:
    """The id of a place is the same in every version of ibroker: others keep it."""
    assert UUID("ddc25378-da77-563e-a4ee-6fe91c266fc4") == message_id(
        "ggk.aanlevering", 0, 0
    )


@given(PLACES, PLACES)
def test_each_place_has_an_id_of_its_own(
    one: tuple[str, int, int], other: tuple[str, int, int]
) -> None:
    """Two ids are equal only where the places are; each is a UUID of version 5."""
    assert (one == other) == (message_id(*one) == message_id(*other))
    assert 5 == message_id(*one).version


@given(PLACES)
def test_an_answer_has_an_id_of_its_own(place: tuple[str, int, int]) -> None:
    """The id of an answer follows from that of the bericht, and is another."""
    bericht = message_id(*place)

    assert antwoord_id(bericht) == antwoord_id(message_id(*place))
    assert bericht != antwoord_id(bericht)
    assert 5 == antwoord_id(bericht).version


@pytest.mark.parametrize(
    "timestamp,expected",
    [
        (1_795_515_072_345, datetime(2026, 11, 24, 10, 11, 12, 345_000, UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1970, 1, 1, tzinfo=UTC)),
        (-(2**63), datetime(1970, 1, 1, tzinfo=UTC)),
        (2**63 - 1, datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_every_timestamp_is_a_moment(timestamp: int, expected: datetime) -> None:
    """Milliseconds of the log are a moment in UTC, also where no clock says so."""
    assert expected == moment_of(timestamp)


@pytest.mark.parametrize(
    "timestamp,expected",
    [
        (1_795_515_072_345, "2026-11-24T10:11:12.345Z"),
        (1_795_515_072_000, "2026-11-24T10:11:12.000Z"),
        (1_795_515_072_007, "2026-11-24T10:11:12.007Z"),
    ],
)
def test_a_stempel_has_the_time_of_the_log(timestamp: int, expected: str) -> None:
    """A postmark has the id, the place, and the time in UTC with its milliseconds."""
    made = build_stempel(("ggk.aanlevering", 3, 41), moment_of(timestamp), "urn:x")

    assert Stempel(ID, "ggk.aanlevering/3/41", 3, "urn:x", expected) == made


@pytest.mark.parametrize(
    "given_zending,zender,more",
    [
        (zending(), b"98000011", ()),
        (zending("abc-1"), b"98000011", (("kenmerk", b"abc-1"),)),
        (
            zending(None, antwoord_op=ID),
            b"GGK",
            (("ce_inreplyto", str(ID).encode()),),
        ),
        (
            zending("abc-1", antwoord_op=ID),
            b"GGK",
            (("kenmerk", b"abc-1"), ("ce_inreplyto", str(ID).encode())),
        ),
    ],
    ids=["bericht", "kenmerk", "answer", "answer with kenmerk"],
)
def test_the_headers_are_those_that_were_promised(
    given_zending: Zending, zender: bytes, more: Headers
) -> None:
    """The headers stand in one order; kenmerk and ce_inreplyto only where they say."""
    expected: Headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(ID).encode()),
        ("ce_source", b"urn:x"),
        ("ce_type", b"nl.istandaarden.wmo305"),
        ("ce_time", b"2026-11-24T10:11:12.345Z"),
        ("ce_zender", zender),
        ("ce_ontvanger", b"0344"),
        ("ce_sha256", b"ab" * 32),
        ("content-type", b"application/xml"),
    )

    assert expected + more == deliver(given_zending, GEMEENTE, STEMPEL).headers


@pytest.mark.parametrize(
    "ontvanger,antwoord_op,expected",
    [
        (GEMEENTE, None, b"98000011"),
        (GEMEENTE, ID, b"GGK"),
        (AANBIEDER, None, b"98000011"),
        (AANBIEDER, ID, b"98000011"),
    ],
)
def test_the_key_is_what_keeps_the_order(
    ontvanger: Partij, antwoord_op: UUID | None, expected: bytes
) -> None:
    """On a topic of one party the key is the sender, on a shared one the receiver."""
    made = deliver(zending(antwoord_op=antwoord_op), ontvanger, STEMPEL)

    assert (ontvanger.topic, expected, KANARIE) == (made.topic, made.key, made.value)
    assert made.partition is None


def test_a_zending_does_not_show_what_it_holds() -> None:
    """The text of a zending, as in a traceback, is without the bericht."""
    assert "Bsn" not in repr(zending())

"""What a receiver reads of a delivered record."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.record import Position, Record
from ibroker.post.delivered import (
    Damaged,
    Delivered,
    message_uuid,
    read_delivered,
    sidecar,
)
from tests.post.deliveries import bericht, delivery, identity


def record(*extra: tuple[str, bytes | None]) -> Record:
    """A delivery as it stands on its topic, with these headers on top."""
    sent = delivery("uit", 1)
    return Record("uit", 2, 3, 0, sent.key, sent.value, sent.headers + extra)


def test_an_answer_says_to_what() -> None:
    """The id of the bericht that it answers is among what is read and written."""
    delivered = read_delivered(record(("ce_inreplyto", identity(9).encode())))

    assert isinstance(delivered, Delivered)
    assert identity(9) == delivered.inreplyto
    assert identity(9) == json.loads(sidecar(delivered))["inreplyto"]
    assert Position("uit", 2, 3) == delivered.place
    assert bericht(1) == delivered.data


@pytest.mark.parametrize("name", ["ce_id", "ce_sha256", "ce_type", "kenmerk"])
def test_a_header_twice_is_no_delivery(name: str) -> None:
    """Of two values no one can say which holds."""
    damaged = read_delivered(record((name, b"x")))

    assert (
        Damaged(Position("uit", 2, 3), f"header {name} staat er twee keer") == damaged
    )


def test_an_empty_bericht_is_one() -> None:
    """A record without a value is a bericht of no bytes, with their hash."""
    sent = delivery("uit", 1, changed={"ce_sha256": EMPTY.encode()})
    read = read_delivered(Record("uit", 0, 0, 0, b"k", None, sent.headers))

    assert isinstance(read, Delivered)
    assert b"" == read.data


EMPTY = hashlib.sha256(b"").hexdigest()


def test_content_is_in_no_representation() -> None:
    """Whoever prints a delivery, as a debugger or a log does, prints no content."""
    assert bericht(1).decode() not in repr(read_delivered(record()))


@given(st.text() | st.uuids().map(str) | st.uuids().map(lambda one: one.urn))
def test_an_id_is_a_safe_file_name(text: str) -> None:
    """What is taken for a message id has the 36 characters of a UUID, as they were."""
    found = message_uuid(text)

    assert found is None or (text == found and set(found) <= set("0123456789abcdef-"))
    assert found is None or 36 == len(found)


@given(
    st.lists(st.tuples(st.sampled_from(["ce_id", "ce_type", "x"]), st.binary())),
    st.none() | st.binary(),
)
def test_any_record_is_read(
    headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    """Whatever stands on a topic, reading it raises nothing."""
    read = read_delivered(Record("uit", 0, 0, 0, None, value, tuple(headers)))

    assert isinstance(read, Damaged)

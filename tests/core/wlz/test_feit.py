"""The facts of the Wlz stream: one form as bytes, and nothing of a person shown."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Gevraagd,
    Hartslag,
    Oorzaak,
    Persoon,
    Toegewezen,
    Wlzstatus,
    decode_feit,
    encode_feit,
)
from ibroker.errors import FeitError

OORZAAK = Oorzaak("5b3c1c5e-0000-5000-8000-000000000001", 2, "2026-11-24T10:11:12.345Z")
PERSOON = Persoon("2026-1", bytes(range(32)), bytes(range(200, 237)))
DAG = date(2026, 3, 1)
FEITEN: tuple[Feit, ...] = (
    Toegewezen(
        *(OORZAAK, PERSOON, "0344", 71117, "98000011", "72", "72A72"),
        *(DAG, date(2026, 12, 31), "2026-02-14T15:16:17.000000", "04", False),
    ),
    Toegewezen(
        *(OORZAAK, PERSOON, "0344", 0, None, None, None),
        *(DAG, None, "2026-02-14T15:16:17.000000", None, True),
    ),
    Gestart(OORZAAK, PERSOON, "0344", "98000011", 71117, "72", None, DAG, "1"),
    Gestopt(
        *(OORZAAK, PERSOON, "0344", "98000011", 71117, "72", "72A72"),
        *(DAG, date(2026, 4, 1), "20", "3"),
    ),
    Geindiceerd(
        *(OORZAAK, PERSOON, 81118, DAG, DAG, None),
        *((("753", DAG, None), ("766", DAG, date(2027, 1, 1))), None),
    ),
    Geindiceerd(OORZAAK, PERSOON, 81118, DAG, DAG, DAG, (), Wlzstatus.ONBEKEND),
    Gevraagd(OORZAAK, PERSOON, "0344", "mijn-7", "V-61116"),
    Gevraagd(OORZAAK, PERSOON, "0344", None, "V-61116"),
)
HARTSLAG = Hartslag(OORZAAK, "hartslag-1795515072345")


@pytest.mark.parametrize("feit", [*FEITEN, HARTSLAG])
def test_a_fact_comes_back_as_it_was(feit: Feit | Hartslag) -> None:
    """What is read from the bytes of a fact equals it, and has the same bytes."""
    data = encode_feit(feit)

    assert feit == decode_feit(data)
    assert data == encode_feit(decode_feit(data))


def test_the_form_is_what_it_is() -> None:
    """The bytes of a fact are on a topic for years, so the form is pinned here."""
    assert (
        b'[1,"Gestart",["5b3c1c5e-0000-5000-8000-000000000001",2,'
        b'"2026-11-24T10:11:12.345Z"],'
        b'["2026-1","AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",'
        b'"yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7A=="],'
        b'"0344","98000011",71117,"72",null,"2026-03-01","1"]'
    ) == encode_feit(FEITEN[2])
    assert (
        b'[1,"Hartslag",["5b3c1c5e-0000-5000-8000-000000000001",2,'
        b'"2026-11-24T10:11:12.345Z"],"hartslag-1795515072345"]'
    ) == encode_feit(HARTSLAG)


def mangled() -> list[bytes]:
    """Give what is no fact: each field of each fact made wrong, one at a time."""
    found = [b"", b"\xff", b"{}", b"[]", b"[1]", b'[1,"X"]', b"[" * 100_000]
    for feit in (*FEITEN, HARTSLAG):
        values = json.loads(encode_feit(feit))
        found.append(json.dumps(values[:-1]).encode())
        found.append(json.dumps([*values, 1]).encode())
        found.append(encode_feit(feit) + b" ")
        for place in range(len(values)):
            wrong: Any = [*values[:place], {"x": 71117}, *values[place + 1 :]]
            found.append(json.dumps(wrong).encode())
    return found


@pytest.mark.parametrize("data", mangled())
def test_what_is_no_fact_is_said_without_a_value(data: bytes) -> None:
    """Bytes that are no fact raise a fault of ours that shows none of their values."""
    with pytest.raises(FeitError) as caught:
        decode_feit(data)

    assert "71117" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_another_version_is_said() -> None:
    """A fact of a later form is not taken for one of ours."""
    later = encode_feit(FEITEN[0]).replace(b"[1,", b"[2,", 1)

    with pytest.raises(FeitError, match="andere versie"):
        decode_feit(later)


@pytest.mark.parametrize("feit", FEITEN)
def test_the_text_of_a_fact_shows_no_value(feit: Feit) -> None:
    """A traceback that holds a fact says which bericht it is of, and nothing in it."""
    text = repr(replace(feit, persoon=replace(PERSOON, bsn=b"61116")))

    assert OORZAAK.bericht in text
    for secret in ("71117", "81118", "61116", "98000011", "2026, 3", "mijn-7", "Onbek"):
        assert secret not in text
    assert all(
        one.name in {"oorzaak", "persoon", "gemeente", "is_registratie"}
        for one in fields(feit)
        if one.repr
    )

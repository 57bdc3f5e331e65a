"""The account of the signals finds whatever is wrong, and nothing where all is well."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.core.wlz.gehoord import Told
from tests.core.wlz.verhaal import indicatie, toewijzing
from tests.faults.canary import Canaries
from tests.faults.signalen import settle_signals
from tests.faults.wlz_post import Brief, number_of

ANNE, BOB = number_of(0), number_of(1)
PROFIELEN = {"755": "Ja"}
POST = "ggk.gemeente.0344"
JA = ("0344", "Ja", "2026-03-01", "2026-03-06", None, (1,))
LATER = ("0344", "Ja", "2026-03-02", "2026-03-07", None, (1,))
OLD = ("0344", "Ja", "2026-03-01", "2026-03-01", None, (1,))

# Of Anne a signal stands that took the place of another; of Bob it was taken back.
BRIEFS = [
    Brief("0344", b"", "bezorgd", ((ANNE, toewijzing(0)), (BOB, toewijzing(0)))),
    Brief("CIZ", b"", "bezorgd", ((ANNE, indicatie(5, None, "755")),)),
    Brief("CIZ", b"", "bezorgd", ((ANNE, indicatie(6, None, "755", afgifte=1)),)),
    Brief("0344", b"", "dubbel", ()),
]
TOLD = [
    Told((POST, 0, 0), "a", "a", ANNE, "gegeven", None, JA),
    Told((POST, 0, 1), "b", "b", BOB, "gegeven", None, OLD),
    Told((POST, 0, 2), "c", "c", ANNE, "gewijzigd", "a", LATER),
    Told((POST, 0, 3), "d", "d", BOB, "ingetrokken", "b", OLD),
]


def explained(told: list[Told]) -> list[tuple[str, bytes]]:
    """Give the event of each."""
    return [
        (
            one.id,
            json.dumps(
                {
                    "id": one.id,
                    "data": {
                        **dict(
                            zip(
                                ("topic", "partition", "offset"), one.place, strict=True
                            )
                        ),
                        "oorzaken": ["x"],
                        "regelversie": "1",
                    },
                }
            ).encode(),
        )
        for one in told
    ]


def test_all_is_well() -> None:
    """Where what stands is what must stand nothing is wrong, and all is counted."""
    account = settle_signals(BRIEFS, TOLD, explained(TOLD), PROFIELEN)

    assert [] == account.faults
    assert "2 persons, 4 signals, 1 standing; 0 missed, 0 doubled, 0 wrong" == str(
        account
    )


def changed(index: int, **fields: object) -> Callable[[], list[Told]]:
    """All that was told, with one of it changed."""
    return lambda: [
        replace(one, **fields) if number == index else one  # type: ignore[arg-type]
        for number, one in enumerate(TOLD)
    ]


@pytest.mark.parametrize(
    "told,kind",
    [
        (lambda: TOLD[:2] + TOLD[3:], "missed"),
        (lambda: TOLD[:3], "wrong"),
        (lambda: [*TOLD, replace(TOLD[2], place=(POST, 0, 9))], "doubled"),
        (
            lambda: [
                *TOLD,
                replace(TOLD[2], place=(POST, 0, 9), said_id="e", id="e", herroept="c"),
            ],
            "doubled",
        ),
        (changed(2, staat=JA), "missed"),
        (changed(2, herroept="b"), "wrong"),
        (changed(2, reden="gegeven"), "wrong"),
        (changed(0, reden="anders"), "wrong"),
        (changed(2, said_id="x"), "wrong"),
        (changed(2, place=("ggk.gemeente.0363", 0, 2)), "wrong"),
    ],
    ids=[
        *("missed", "not taken back", "twice", "nothing new", "old dates"),
        *("recalls another", "given over one", "odd reason", "other id", "astray"),
    ],
)
def test_what_is_wrong_is_found(told: Callable[[], list[Told]], kind: str) -> None:
    """Each of these is something that must never happen, and is told apart."""
    seen = told()
    account = settle_signals(BRIEFS, seen, explained(seen), PROFIELEN)

    assert [] != getattr(account, kind)


@pytest.mark.parametrize(
    "events",
    [
        explained(TOLD[1:]),
        explained([*TOLD, TOLD[0]]),
        explained([replace(TOLD[0], place=(POST, 0, 7)), *TOLD[1:]]),
    ],
    ids=["none", "twice", "of another place"],
)
def test_what_is_not_explained_is_found(events: list[tuple[str, bytes]]) -> None:
    """Each signal has one event, and that says where it stands."""
    assert [] != settle_signals(BRIEFS, TOLD, events, PROFIELEN).faults


@pytest.mark.parametrize(
    "data",
    [
        ANNE.encode(),
        b"x" + ANNE.encode() + b"1",
        b"9999" + ANNE.encode(),
        b64encode(ANNE.encode()),
        ANNE.encode().hex().encode(),
        sha256(ANNE.encode()).hexdigest().encode(),
        b"f" + ANNE.encode() + b"a" * 60,  # too long for a digest
        b"f" + ANNE.encode() + b"a" * 53,  # too short
        ANNE.encode().rjust(64, b"1"),
        b"f" + ANNE.encode() + b"a" * 54 + b" " + ANNE.encode(),
    ],
)
def test_a_canary_is_seen(data: bytes) -> None:
    """In any form that hides nothing, and wherever it begins."""
    assert Canaries([ANNE]).are_in(data)
    assert not Canaries([BOB]).are_in(data)


@pytest.mark.parametrize(
    "data",
    [
        b"f" + ANNE.encode() + b"a" * 54,  # a digest
        b"a" * 7 + ANNE.encode(),  # a reference
        b"80ed9f41-0e2b-5a2b-9d52-0a1" + ANNE.encode(),  # a message id
    ],
)
def test_what_chance_wrote_is_no_canary(data: bytes) -> None:
    """Of millions of digests and ids one holds the digits of a BSN."""
    assert not Canaries([ANNE]).are_in(b'{"sha256": "%s"}' % data)


def test_a_file_that_shows_one_is_named(tmp_path: Path) -> None:
    """By its name, or by what is in it."""
    named, holding, clean = (
        tmp_path / name for name in (f"{ANNE}.log", "server.log", "java.log")
    )
    named.write_bytes(b"")
    holding.write_text(f"key {ANNE}\n", encoding="utf-8")
    clean.write_text(f"key {BOB}\n", encoding="utf-8")

    found = [*Canaries([ANNE]).in_files([named, holding, clean])]

    assert [f"{named}: name", f"{holding}: contents"] == found

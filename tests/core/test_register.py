"""The register: who is known, since when, who took whose place, who acts for whom."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.register import Partij, Register, Topics
from ibroker.errors import RegisterError
from tests.core.partijen import known, register_of, tables

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def register() -> Register:
    """The register of the small tables."""
    return register_of(tables())


def test_topics_of_no_party(register: Register) -> None:
    """The topics that belong to no party are those of the table."""
    assert Topics("in", "dood", "e", "h") == register.topics


@pytest.mark.parametrize(
    "code,expected",
    [
        ("0001", Partij("0001", "gemeente", "g.0001", "zender")),
        ("0002", Partij("0002", "gemeente", "g.0002", "zender")),
        ("0006", Partij("0006", "gemeente", "g.0006", "zender")),
        ("99990001", Partij("99990001", "zorgaanbieder", "z", "ontvanger")),
        ("CAK", Partij("CAK", "CAK", "cak", "zender")),
        ("9999", None),
        ("0001\n", None),
        ("٠٠٠١", None),
        ("9999٠٠٠١", None),
        ("999900011", None),
        (" 99990001", None),
        ("cak", None),
        ("", None),
        ("{code}", None),
    ],
)
def test_who_is_known(register: Register, code: str, expected: Partij | None) -> None:
    """Known is who a table lists, whatever the day, or who matches an open pattern."""
    assert expected == register.partij(code)


def test_a_list_of_aanbieders_closes_the_register() -> None:
    """Once zorgaanbieders are listed, only those are known, in their own period."""
    given = tables()
    given["zorgaanbieders"]["zorgaanbieder"] = [
        {"code": "99990001", "tot": date(2026, 11, 23)},
        {"code": "99990002"},
    ]
    register = register_of(given)

    assert register.partij("99990003") is None
    assert not register.is_geldig(known(register, "99990001"), TODAY)
    assert register.is_geldig(known(register, "99990002"), TODAY)
    assert "ZORGAANBIEDER_ONBEKEND" == register.onbekend("zorgaanbieder")


@pytest.mark.parametrize(
    "code,on,expected",
    [
        ("0001", date.min, True),
        ("0001", date.max, True),
        ("0003", date(2019, 12, 31), False),
        ("0003", date(2020, 1, 1), True),
        ("0003", date(2022, 12, 31), True),
        ("0003", date(2023, 1, 1), False),
        ("99990001", date.min, True),
        ("CAK", date.max, True),
    ],
)
def test_first_and_last_day(
    register: Register, code: str, on: date, *, expected: bool
) -> None:
    """A party exists on its first and its last day, and not on the days around them."""
    assert expected == register.is_geldig(known(register, code), on)


@pytest.mark.parametrize(
    "code,on,expected",
    [
        ("0001", TODAY, "0001"),
        ("0002", date(2019, 12, 31), "0002"),
        ("0002", date(2020, 1, 1), "0003"),
        ("0002", date(2022, 12, 31), "0003"),
        ("0002", date(2023, 1, 1), "0004"),
        ("0003", date(2023, 1, 1), "0004"),
        ("0003", date(2019, 12, 31), None),
        ("0005", date(2022, 12, 31), "0005"),
        ("0005", date(2023, 1, 1), None),
        ("0006", TODAY, None),
        ("0006", date(2030, 1, 1), "0006"),
        ("0007", date(2019, 12, 31), None),
        ("0007", date(2022, 12, 31), "0007"),
        ("0007", date(2023, 1, 1), "0001"),
        ("99990001", TODAY, "99990001"),
        ("CAK", TODAY, "CAK"),
    ],
)
def test_who_takes_its_place(
    register: Register, code: str, on: date, expected: str | None
) -> None:
    """Post goes to the party itself, and once it ended along the chain of its places.

    Nobody gets that of a party that was divided, or that is still to begin.
    """
    opvolger = register.opvolger(known(register, code), on)

    assert expected == (None if opvolger is None else opvolger.code)


@pytest.mark.parametrize(
    "zender,voor,on,expected",
    [
        ("0001", "0001", TODAY, True),
        ("0002", "0002", TODAY, True),
        ("99990001", "99990001", TODAY, True),
        ("99990001", "99990002", TODAY, False),
        ("0004", "0001", TODAY, False),
        ("0004", "0002", TODAY, True),
        ("0004", "0003", TODAY, True),
        ("0004", "0003", date(2022, 12, 31), False),
        ("0004", "0005", TODAY, False),
        ("0004", "0006", TODAY, False),
        ("0001", "0004", date(2026, 6, 30), True),
        ("0001", "0004", date(2026, 7, 1), False),
        ("0004", "0001", date(2026, 6, 30), False),
        ("0001", "0002", date(2026, 6, 30), True),
        ("0001", "0002", date(2026, 7, 1), False),
        ("0001", "0005", date(2026, 6, 30), False),
        ("0001", "9999", TODAY, False),
        ("0001", "", TODAY, False),
    ],
)
def test_who_sends_for_whom(
    register: Register, zender: str, voor: str, on: date, *, expected: bool
) -> None:
    """One sends for oneself, for whom one replaced, and as long as a machtiging lasts.

    A machtiging works one way, and holds for the older codes of who gave it too.
    Whether the sender still exists is another question: `is_geldig`.
    """
    assert expected == register.mag_namens(known(register, zender), voor, on)


@pytest.mark.parametrize(
    "on,expected",
    [
        (date(2019, 12, 31), ("0001", "0002", "0003", "0004", "0005", "0006", "0007")),
        (date(2020, 1, 1), ("0001", "0003", "0004", "0005", "0006", "0007")),
        (TODAY, ("0001", "0004", "0006")),
    ],
)
def test_who_has_a_topic(
    register: Register, on: date, expected: tuple[str, ...]
) -> None:
    """A gemeente has its topic before it begins, and until its last day."""
    assert expected == register.postvakken(on)


def test_where_a_delivery_can_go(register: Register) -> None:
    """Deliveries go to the topics of the gemeenten and to those that kinds share."""
    expected = ("cak", "g.0001", "g.0004", "g.0006", "z")

    assert expected == register.recipient_topics(TODAY)


def row(given: dict[str, Any], code: str) -> dict[str, Any]:
    """Give the row of a gemeente."""
    rows: list[dict[str, Any]] = given["gemeenten"]["gemeente"]
    return next(one for one in rows if one["code"] == code)


def soort(given: dict[str, Any], number: int) -> dict[str, Any]:
    """Give the row of a kind of party."""
    found: dict[str, Any] = given["partijen"]["soort"][number]
    return found


WRONG: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("partijen.toml: topics", lambda t: t["partijen"].pop("topics")),
    ("partijen.toml: topics", lambda t: t["partijen"]["topics"].pop("aanlevering")),
    (
        "partijen.toml: topics",
        lambda t: t["partijen"]["topics"].update(aanlevering="a b"),
    ),
    ("partijen.toml: soort", lambda t: t["partijen"].pop("soort")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).pop("topic")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(topic="")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(topic="z.{code}")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(sleutel="naam")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(patroon="[")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(code="99990001")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(onbekend="")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(soort="gemeente")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(lijst="ja")),
    ("partijen.toml: soort, row 2", lambda t: soort(t, 1).update(kleur="rood")),
    ("partijen.toml: soort, row 3", lambda t: soort(t, 2).pop("code")),
    ("partijen.toml: gemeente", lambda t: t["gemeenten"].clear()),
    ("partijen.toml: gemeente", lambda t: t["gemeenten"]["gemeente"].clear()),
    ("gemeenten.toml", lambda t: t["gemeenten"].update(waterschap=[])),
    ("gemeenten.toml", lambda t: t["gemeenten"].update(CAK=[])),
    ("gemeenten.toml: gemeente", lambda t: t["gemeenten"].update(gemeente="0001")),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").pop("code")),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").update(code="2")),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").update(code=2)),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").update(code="0001")),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").update(t0t=TODAY)),
    ("gemeenten.toml: gemeente, row 2", lambda t: row(t, "0002").pop("tot")),
    (
        "gemeenten.toml: gemeente, row 2",
        lambda t: row(t, "0002").update(tot="2019-12-31"),
    ),
    (
        "gemeenten.toml: gemeente, row 2",
        lambda t: row(t, "0002").update(tot=datetime(2019, 12, 31)),  # noqa: DTZ001
    ),
    (
        "gemeenten.toml: gemeente, row 2",
        lambda t: row(t, "0002").update(opvolger="99990001"),
    ),
    (
        "gemeenten.toml: gemeente, row 2",
        lambda t: row(t, "0002").update(opvolger="0002"),
    ),
    (
        "gemeenten.toml: gemeente, row 2",
        lambda t: row(t, "0002").update(tot=date(2019, 12, 30)),
    ),
    (
        "gemeenten.toml: gemeente, row 3",
        lambda t: row(t, "0003").update(opvolger="0002"),
    ),
    (
        "gemeenten.toml: gemeente, row 3",
        lambda t: row(t, "0003").update(tot=date(2019, 12, 31)),
    ),
    (
        "zorgaanbieders.toml: zorgaanbieder, row 1",
        lambda t: t["zorgaanbieders"].update(zorgaanbieder=["99990001"]),
    ),
    (
        "machtigingen.toml: machtiging, row 1",
        lambda t: t["machtigingen"]["machtiging"][0].update(voor="9999"),
    ),
    (
        "machtigingen.toml: machtiging, row 1",
        lambda t: t["machtigingen"]["machtiging"][0].update(zender="99990001"),
    ),
    (
        "machtigingen.toml: machtiging, row 1",
        lambda t: t["machtigingen"]["machtiging"][0].update(zender="0004"),
    ),
    (
        "machtigingen.toml: machtiging, row 1",
        lambda t: t["machtigingen"]["machtiging"][0].pop("tot"),
    ),
    (
        "machtigingen.toml: machtiging, row 2",
        lambda t: t["machtigingen"]["machtiging"].append(
            t["machtigingen"]["machtiging"][0]
        ),
    ),
]


@pytest.mark.parametrize("place,change", WRONG)
def test_a_table_that_is_wrong(
    place: str, change: Callable[[dict[str, Any]], object]
) -> None:
    """A row that is not usable is refused, by its file and its number."""
    given = tables()
    change(given)

    with pytest.raises(RegisterError, match=f"^{re.escape(place)}(?![0-9])"):
        register_of(given)


DAYS = st.dates(date(2020, 1, 1), date(2020, 1, 9))


@st.composite
def herindelingen(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw a list of gemeenten that end on some day and name some other."""
    codes = [f"{number:04}" for number in range(draw(st.integers(2, 5)))]
    rows = []
    for code in codes:
        one: dict[str, Any] = {"code": code}
        if draw(st.booleans()):
            one["vanaf"] = draw(DAYS)
        if draw(st.booleans()):
            one["tot"] = draw(DAYS)
            one["opvolger"] = draw(st.sampled_from(codes))
        rows.append(one)
    return rows


@given(herindelingen(), DAYS)
def test_no_chain_is_a_ring(rows: list[dict[str, Any]], on: date) -> None:
    """Whatever names whom: a list is refused, or each chain ends with one that exists.

    There is no way to stand still: where all have begun, each has a place to go.
    """
    given_tables = tables()
    given_tables["gemeenten"]["gemeente"] = rows
    given_tables["machtigingen"]["machtiging"] = []
    try:
        register = register_of(given_tables)
    except RegisterError:
        return
    for one in rows:
        opvolger = register.opvolger(known(register, one["code"]), on)
        if opvolger is None:
            assert on < one.get("vanaf", date.min)
        else:
            assert register.is_geldig(opvolger, on)


@given(DAYS, st.integers(-2, 2))
def test_a_machtiging_ends_after_its_last_day(tot: date, days: int) -> None:
    """Up to and including its last day a machtiging holds, and never after it."""
    given_tables = tables()
    given_tables["machtigingen"]["machtiging"] = [
        {"zender": "0001", "voor": "0005", "tot": tot}
    ]
    register = register_of(given_tables)
    on = tot + timedelta(days=days)

    assert (days <= 0) == register.mag_namens(known(register, "0001"), "0005", on)

"""`ibroker watch week`: for operators, for a party and for everybody."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest
from typer.testing import CliRunner

from ibroker.cli.watch import watch_app
from ibroker.core.watch.doorlooptijd import Spreiding
from ibroker.core.watch.draad import Antwoord, Draad, Vraag
from ibroker.core.watch.vorm import (
    encode_draad,
    encode_spreiding,
    encode_telling,
    weeksleutel,
)
from ibroker.core.watch.week import Weektelling, week_of
from ibroker.errors import ConfigError
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables

MONDAY = 1_795_424_400_000  # 23 November 2026, 09:00 in the Netherlands
HOUR = 3_600_000  # ms
NOW = week_of(
    round(datetime.now(UTC).timestamp() * 1000),
    load_watch_tables(Settings()).kalender,
)


def draad(number: int, zender: str, ontvanger: str) -> bytes:
    """A question and its answer, after so many hours."""
    name = UUID(int=number).bytes
    vraag = Vraag("Heenbericht", MONDAY, name, "WMO305", zender, ontvanger)
    return encode_draad(
        Draad((vraag,), (Antwoord("Heenbericht", MONDAY + number * HOUR, name),))
    )


DRADEN = [
    draad(2, "12345678", "0344"),
    draad(3, "12345678", "0344"),
    draad(9, "12345678", "0363"),
]
WEKEN = {
    weeksleutel(1, "2026-W05", "WMO305"): encode_telling(
        Weektelling(1, {"bezorgd": 40, "retour": 2}, {"TR006": 2})
    ),
    weeksleutel(1, "2026-W04", "WMO305", "retour"): encode_spreiding(
        Spreiding({2: 30}, 3)
    ),
    weeksleutel(1, NOW, "WMO307"): encode_telling(Weektelling(1, {"bezorgd": 7})),
}


@pytest.fixture(autouse=True)
def _stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the changelogs hold."""

    async def check(*_: object) -> int:
        return 12

    async def read(
        _: object, topic: str, source: str, __: int
    ) -> Mapping[tuple[int, bytes], bytes]:
        assert source == "ggk.gebeurtenissen"
        if topic.endswith(".week"):
            return {(1, key): value for key, value in WEKEN.items()}
        return {(0, bytes([n])): value for n, value in enumerate(DRADEN)}

    monkeypatch.setattr("ibroker.watch.inzage.check_topics", check)
    monkeypatch.setattr("ibroker.watch.inzage.read_stand", read)


def run(*arguments: str) -> str:
    """What the command shows."""
    done = CliRunner().invoke(watch_app, ["week", *arguments], catch_exceptions=False)
    assert 0 == done.exit_code
    return done.output


def rows(*arguments: str) -> list[dict[str, object]]:
    """The lines of JSON, without what an outcome has none of."""
    found = [json.loads(line) for line in run(*arguments).splitlines()]
    return [{key: one for key, one in row.items() if one != 0} for row in found]


def test_operators_see_all() -> None:
    """Each part is there, in order of week."""
    old = {"week": "2026-W05", "berichttype": "WMO305"}

    assert [
        {"overzicht": "volume", **old, "totaal": 42, "bezorgd": 40, "retour": 2},
        {
            "overzicht": "volume",
            "week": NOW,
            "berichttype": "WMO307",
            "totaal": 7,
            "bezorgd": 7,
        },
        {"overzicht": "afkeur", **old, "regel": "TR006", "aantal": 2},
        {
            "overzicht": "doorlooptijd",
            "week": "2026-W04",
            "antwoord": "retour",
            "berichttype": "WMO305",
            "aantal": 30,
            "te_laat": 3,
            "mediaan_uren": 2,
            "p90_uren": 2,
        },
    ] == rows()


def test_weeks() -> None:
    """The last ones of which there is anything; outside, of those that have ended."""
    assert {NOW} == {row["week"] for row in rows("--weeks", "1")}
    assert {"2026-W05"} == {row["week"] for row in rows("--weeks", "1", "--publiek")}


def test_outside_nothing_small_is_shown() -> None:
    """In JSON and in the table."""
    volume, afkeur, doorlooptijd = rows("--publiek")

    assert ("<5", None) == (volume["retour"], volume["totaal"])
    assert ("<5", None) == (afkeur["aantal"], afkeur["berichttype"])
    assert ("<5", 30) == (doorlooptijd["te_laat"], doorlooptijd["aantal"])
    shown = run("--publiek", "--format", "table").split()
    assert "42" not in shown
    assert 3 == shown.count("<5")
    assert {"volume", "afkeur", "doorlooptijd"} <= set(shown)


def test_a_party_sees_its_own_alone() -> None:
    """What it asked or answered, also what the others of it ask."""
    for code, uren, aantal in (("0344", 3, 2), ("0363", 9, 1), ("12345678", 9, 3)):
        [row] = rows("--as", code)
        assert ("doorlooptijd", aantal) == (row["overzicht"], row["aantal"])
        assert uren == row["p90_uren"]
    assert [] == rows("--as", "0599")
    assert "van geen week" in run("--as", "0599", "--format", "table")


def test_what_is_public_is_of_no_party() -> None:
    """Both are not asked at once, and a party must be there."""
    with pytest.raises(ConfigError, match="--publiek"):
        run("--publiek", "--as", "0344")
    with pytest.raises(ConfigError, match="register"):
        run("--as", "0000")

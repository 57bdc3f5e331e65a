"""The day that the runbook tells of is the one that was played."""

import json

from docs.day import FOUND, RUNBOOK, put_in
from docs.panels import read_dashboards
from tests.prometheus.rules import alerts

found = json.loads(FOUND.read_text(encoding="utf-8"))
seen = [row for scene in found["scenes"] for row in scene["seen"]]
fired = [row for row in seen if row["fires"] is not None]
BEATS = {"HartslagTeLaatSnel"}


def test_text_and_figures_agree() -> None:
    """Every figure in the runbook is that of the file: `python -m docs.day`."""
    text = RUNBOOK.read_text(encoding="utf-8")

    assert put_in(text, found) == text
    assert f"{found['handed_in']:,} berichten" in text


def test_each_alert_fired_and_was_over() -> None:
    """What went wrong was told, by an alert that is there, and ended once mended.

    On a day without heartbeats the alert on late ones is silent, and another is not.
    """
    severities = {alert.name: alert.severity for alert in alerts()}
    besides = {one["alert"] for one in found["besides"]}
    silent = {row["alert"] for row in seen} - {row["alert"] for row in fired}

    assert silent == (BEATS if "HartslagNietVerstuurd" in besides else set())
    assert {(row["alert"], row["severity"]) for row in fired} <= {*severities.items()}
    assert all(row["fires"] >= row["pending"] >= 0 for row in fired)
    assert all(row["over"] >= 0 for row in fired)


def test_each_panel_showed_it() -> None:
    """The panel is there, and its line was another when the alert fired."""
    panels = {
        (board.naam, panel.titel)
        for board in read_dashboards()
        for panel in board.panelen
    }

    assert panels >= {(row["dashboard"], row["panel"]) for row in seen}
    assert [] == [row["alert"] for row in fired if row["before"] == row["then"]]


def test_four_things_went_wrong() -> None:
    """The scenes are all there, and nothing that was handed in was refused."""
    assert 4 == len(found["scenes"])
    assert 0 == found["refused"] < found["handed_in"]

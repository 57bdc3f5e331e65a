"""The pictures of the dashboards, drawn of figures that are at hand."""

import re
from pathlib import Path

import pytest

from docs import pictures
from docs.panels import Dashboard, read_dashboards
from docs.pictures import Series, Span, draw, measure

DASHBOARD = read_dashboards()[0]
POINTS = tuple((1_795_500_000.0 + 15 * number, float(number)) for number in range(40))


def lines(dashboard: Dashboard) -> dict[str, list[Series]]:
    """One line for each panel, but none for the first."""
    titles = [panel.titel for panel in dashboard.panelen]
    return {titel: [Series(f"lijn {titel}", POINTS)] for titel in titles} | {
        titles[0]: []
    }


def test_each_panel_with_data_is_drawn(tmp_path: Path) -> None:
    """Its title and its lines are in the picture; a panel without data is left out."""
    path = tmp_path / "keten.svg"

    draw(DASHBOARD, lines(DASHBOARD), path)

    drawn = {*re.findall(r">([^<>\n]+)</text>", path.read_text(encoding="utf-8"))}
    without, *others = [panel.titel for panel in DASHBOARD.panelen]
    assert {*others} <= drawn
    assert {f"lijn {titel}" for titel in others} <= drawn
    assert without not in drawn


def test_the_lines_that_tell_something_are_drawn(tmp_path: Path) -> None:
    """The eight that come highest; what is nought all the time only if all are."""
    path = tmp_path / "keten.svg"
    first, second, *others = [panel.titel for panel in DASHBOARD.panelen]
    rising = [Series(f"tot {top:02}", ((0.0, 0.0), (60.0, top))) for top in range(12)]
    nought = [Series("niets", ((0.0, 0.0), (60.0, 0.0)))]

    draw(
        DASHBOARD,
        {first: rising, second: nought} | dict.fromkeys(others, ()),
        path,
    )

    drawn = re.findall(r">(tot \d+|niets)</text>", path.read_text(encoding="utf-8"))
    assert [*(f"tot {top:02}" for top in range(4, 12)), "niets"] == drawn


def test_same_figures_same_bytes(tmp_path: Path) -> None:
    """Drawn again of the same figures, a picture is the same in git."""
    one, other = tmp_path / "one.svg", tmp_path / "other.svg"

    draw(DASHBOARD, lines(DASHBOARD), one)
    draw(DASHBOARD, lines(DASHBOARD), other)

    assert one.read_bytes() == other.read_bytes()


def test_a_line_is_called_by_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a query calls its lines is filled in; what is no number leaves a gap."""
    panel = next(one for one in DASHBOARD.panelen if "{{stage}}" in one.vragen[0].naam)
    answer = {"metric": {"stage": "route"}, "values": [(1.0, "2"), (2.0, "NaN")]}
    monkeypatch.setattr(pictures, "_ask", lambda *_: [answer])

    [found] = measure("127.0.0.1:1", panel, Span(0, 120))

    assert "route" == found.naam
    assert (1.0, 2.0) == found.points[0]
    assert found.points[1][1] != found.points[1][1]


@pytest.mark.parametrize("seconds,step", [(60, 1), (120, 1), (3600, 30), (86_400, 720)])
def test_a_panel_has_few_points(seconds: float, step: int) -> None:
    """However long the time that is drawn, a line has some hundred points."""
    assert step == Span(0, seconds).step

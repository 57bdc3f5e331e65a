"""Draws the dashboards as pictures, of what a real Prometheus saw: `make pictures`.

For those without Grafana, and for the runbook. Without an address it asks the
Prometheus of `ibroker demo up`.
"""

import argparse
import json
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import matplotlib as mpl

from docs.panels import Dashboard, Panel, read_dashboards

mpl.use("svg")
from matplotlib import dates, ticker
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

__all__ = ["Series", "Span", "draw", "draw_all", "main", "measure"]

_FOLDER: Final = Path(__file__).parent / "pictures"
_OWN: Final = Path(".ibroker/prometheus/targets/own/prometheus.json")
_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_POINTS: Final = 120  # across a panel: more is not seen
_COLUMNS: Final = 3
_LINES: Final = 8  # in a panel, those that come highest; more cannot be told apart
_BESIDE, _HANDLE = 72, 8  # characters beside each other in a legend, and of a sample
_FINE: Final = re.compile(r"(\d\.\d)\d+(?=[\s\"])")
_UNITS: Final = {
    "s": ("seconden", ticker.ScalarFormatter()),
    "short": ("aantal", ticker.ScalarFormatter()),
    "ops": ("per seconde", ticker.ScalarFormatter()),
    "percentunit": ("deel", ticker.PercentFormatter(1.0)),
    "bytes": ("grootte", ticker.EngFormatter("B")),
}
"""What stands beside the axis of a unit, and how its numbers are written."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is drawn: from `begin` until `end`, in seconds since 1970."""

    begin: float
    end: float

    @property
    def step(self) -> int:
        """Seconds between two points."""
        return max(1, math.ceil((self.end - self.begin) / _POINTS))


@dataclass(frozen=True, slots=True)
class Series:
    """One line: what it is called, and its points as (seconds since 1970, value)."""

    naam: str
    points: tuple[tuple[float, float], ...]


def measure(address: str, panel: Panel, span: Span) -> list[Series]:
    """Ask Prometheus at `address`, host:port, for all lines of a panel."""
    return [
        Series(_name(query.naam, one["metric"]), tuple(_numbers(one["values"])))
        for query in panel.vragen
        for one in _ask(address, query.expr, span)
    ]


def draw(
    dashboard: Dashboard, lines: Mapping[str, Sequence[Series]], path: Path
) -> None:
    """Draw the panels of a dashboard; `lines` has those of each by its title."""
    panels = [panel for panel in dashboard.panelen if lines[panel.titel]]
    rows = math.ceil(len(panels) / _COLUMNS)
    mpl.rcParams.update({"font.size": 7, "svg.fonttype": "none", "svg.hashsalt": "x"})
    figure, grid = plt.subplots(
        rows, _COLUMNS, figsize=(12, 2.6 * rows), squeeze=False, layout="constrained"
    )
    figure.suptitle(f"{dashboard.titel}: {dashboard.uitleg}")
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, panel, lines[panel.titel])
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without a date the same data give the same bytes.
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    # A picture is as sharp with a tenth of a point, and half as large.
    text = path.read_text(encoding="utf-8")
    path.write_text(_FINE.sub(r"\1", text), encoding="utf-8")


def _draw_panel(axes: Axes, panel: Panel, lines: Sequence[Series]) -> None:
    shown = _choose(lines)
    for one in shown:
        moments = dates.date2num(
            [datetime.fromtimestamp(at, _ZONE) for at, _ in one.points]
        )
        axes.plot(moments, [value for _, value in one.points], label=one.naam)
    word, formatter = _UNITS[panel.eenheid]
    axes.set_title(panel.titel, fontweight="bold")
    axes.set_ylabel(word)
    top = 1.1 * max(map(_highest, shown)) or 1
    axes.set_ylim(-0.03 * top, top)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5, integer=word == "aantal"))
    axes.yaxis.set_major_formatter(formatter)
    axes.xaxis.set_major_locator(dates.AutoDateLocator(_ZONE, minticks=3, maxticks=7))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=_ZONE))
    # Below the panel it lies over no line.
    axes.legend(
        fontsize=6,
        loc="upper left",
        bbox_to_anchor=(0, -0.1),
        ncols=max(1, _BESIDE // (_HANDLE + max(len(one.naam) for one in shown))),
        frameon=False,
        borderpad=0,
    )


def _choose(lines: Sequence[Series]) -> list[Series]:
    """Those that come highest, by name; what is nought all the time only if all are."""
    found = [one for one in lines if _highest(one)] or [*lines]
    highest = sorted(found, key=_highest, reverse=True)[:_LINES]
    return sorted(highest, key=lambda one: one.naam)


def _highest(one: Series) -> float:
    return max((value for _, value in one.points if math.isfinite(value)), default=0.0)


def draw_all(address: str, span: Span, folder: Path) -> None:
    """Draw each dashboard in a file of its own, and print what was drawn.

    Raises SystemExit where Prometheus at `address`, host:port, does not answer.
    """
    for dashboard in read_dashboards():
        try:
            lines = {
                panel.titel: measure(address, panel, span)
                for panel in dashboard.panelen
            }
        except urllib.error.URLError as error:
            raise SystemExit(f"Prometheus at {address}: {error.reason}") from error
        path = folder / f"{dashboard.naam}.svg"
        draw(dashboard, lines, path)
        empty = [titel for titel, series in lines.items() if not series]
        print(f"{path}: {path.stat().st_size} bytes; without data: {empty}")


def main() -> None:
    """Draw all dashboards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", metavar="HOST:PORT", default=None)
    parser.add_argument("--minutes", type=float, default=60, help="how far back")
    parser.add_argument("--out", type=Path, default=_FOLDER)
    options = parser.parse_args()
    address = options.prometheus or _own_address()
    now = time.time()
    span = Span(now - 60 * options.minutes, now)
    draw_all(address, span, options.out)


def _own_address() -> str:
    try:
        [found] = json.loads(_OWN.read_text(encoding="utf-8"))
    except OSError as error:
        raise SystemExit(f"{_OWN} is not there: run make up first") from error
    return str(found["targets"][0])


def _ask(address: str, expr: str, span: Span) -> Iterable[dict[str, Any]]:
    fields = {"query": expr, "start": span.begin, "end": span.end, "step": span.step}
    url = f"http://{address}/api/v1/query_range?{urllib.parse.urlencode(fields)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def _numbers(values: Iterable[tuple[float, str]]) -> Iterable[tuple[float, float]]:
    for at, text in values:
        value = float(text)
        yield at, value if math.isfinite(value) else math.nan


def _name(pattern: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda part: labels.get(part[1], ""), pattern)


if __name__ == "__main__":
    main()

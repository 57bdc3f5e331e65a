"""An operator's day: four things go wrong, and a real Prometheus says after how long.

    PYTHONPATH=. python benchmarks/operator_day.py [--json F] [--pictures DIR]

Three nodes of Kafka, all processes and Prometheus are started for it. Prometheus has
deploy/prometheus as it is, but for one number: four days of not fetching are made four
minutes. Berichten are handed in and fetched all day. What goes wrong at the same time
does not touch each other; half an hour of it is what `for:` of an alert asks.
"""

import argparse
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import check_output
from typing import Any, Final

from alarms import Alarms, Spell
from daily_post import GEMEENTE, DailyPost, Place
from machine import machine

from docs.panels import read_dashboards
from docs.pictures import Span, draw_all, measure
from ibroker.broker.layout import FREE
from ibroker.demo.processes import find_process
from ibroker.demo.toezicht import config_folder

__all__ = ["SCENES", "Day", "Scene", "Sight", "describe", "main"]

_DAYS: Final = "345600"  # of PostvakNietGeleegd in rules/partijen.yml
_MINUTES: Final = "240"
_QUIET: Final = 90  # s before anything goes wrong
_LENGTH: Final = 2100  # s from the first fault until the end
_NODE: Final = "3"


@dataclass(frozen=True)
class Day:
    """What a scene can lay its hands on."""

    place: Place
    post: DailyPost


@dataclass(frozen=True)
class Sight:
    """An alert that must fire, and the line of the panel that shows why."""

    alert: str
    dashboard: str
    panel: str
    line: str


@dataclass(frozen=True)
class Scene:
    """What goes wrong, when, how long until it is mended, and what must be seen of it.

    `at` is in seconds after the quiet beginning, `lasts` after that.
    """

    name: str
    at: int
    lasts: int
    fault: Callable[[Day], None]
    mend: Callable[[Day], None]
    sights: tuple[Sight, ...]


def kill_broker(day: Day) -> None:
    """Kill the third node of Kafka."""
    day.place.run("kafka", "stop", "--node", _NODE, "--kill")


def start_broker(day: Day) -> None:
    """Start what is down."""
    day.place.run("kafka", "start")


def stop_fetching(day: Day) -> None:
    """The gemeente comes no more."""
    day.post.fetchers.discard(GEMEENTE)


def fetch_again(day: Day) -> None:
    """The gemeente comes, and takes all that lies there."""
    day.post.fetchers.add(GEMEENTE)


def begin_flood(day: Day) -> None:
    """A zorgaanbieder hands in forty berichten in each ten seconds, all invalid."""
    day.post.is_flood = True


def end_flood(day: Day) -> None:
    """He was called, and stops."""
    day.post.is_flood = False


def stop_router(day: Day) -> None:
    """The only router gets no turn any more: SIGSTOP."""
    pid = find_process("route", day.place.folder)
    if pid is None:
        raise SystemExit("there is no router")
    os.kill(pid, signal.SIGSTOP)


def wake_router(day: Day) -> None:
    """It gets its turns again: SIGCONT."""
    pid = find_process("route", day.place.folder)
    if pid is not None:
        os.kill(pid, signal.SIGCONT)


# Partitions that a broker leaves are led by another within seconds, long before the
# next scene; the router stands still after the flood is over in its alert.
SCENES: Final = (
    Scene(
        *("broker down", 0, 31 * 60 + 20, kill_broker, start_broker),
        (
            Sight("BrokerWeg", "broker", "Brokers", "brokers"),
            Sight("PartitiesZonderKopie", "broker", "Zonder kopie", "partities"),
        ),
    ),
    Scene(
        *("one gemeente that does not fetch", 60, 16 * 60, stop_fetching, fetch_again),
        (Sight("PostvakNietGeleegd", "keten", "Oudste in een postvak", GEMEENTE),),
    ),
    Scene(
        *("flood of bad messages", 120, 7 * 60, begin_flood, end_flood),
        (Sight("VloedSlechteBerichten", "keten", "Wat ervan werd", "fout"),),
    ),
    Scene(
        *("stuck process", 20 * 60 + 30, 6 * 60 + 30, stop_router, wake_router),
        (
            Sight("RouterWeg", "keten", "Processen", "route"),
            Sight("HartslagTeLaatSnel", "keten", "Hartslag onderweg", "route"),
            Sight("ProcesWeg", "keten", "Processen", "route"),
            Sight("BerichtenTeLaatSnel", "keten", "Te laat", "5 minuten"),
        ),
    ),
)


def main() -> None:
    """Play the scenes and say what was seen; exit code 1 where an alert stayed away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="draw the dashboards here")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ibroker-day-") as work:
        place = Place(Path(work))
        with _running(place) as prometheus:
            began = time.time()
            found = _play(Day(place, DailyPost(place)), prometheus)
            if options.pictures:
                draw_all(prometheus, Span(began, time.time()), options.pictures)
    found = _setting(load) | found
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    print(text)
    if any(one["fires"] is None for scene in found["scenes"] for one in scene["seen"]):
        raise SystemExit("not every alert fired")


@contextmanager
def _running(place: Place) -> Iterator[str]:
    """Bring it all up and down; gives host:port of Prometheus."""
    place.run("kafka", "start", "--nodes", "3", "--port", str(FREE))
    try:
        place.run("demo", "up")
        home = place.folder / "prometheus"
        # The demo looks each five seconds; a day is watched as in production.
        shutil.copy(config_folder() / "prometheus.yml", home)
        rules = home / "rules" / "partijen.yml"
        text = rules.read_text(encoding="utf-8")
        if text.count(_DAYS) != 1:
            raise SystemExit(f"{rules} does not say {_DAYS} once")
        rules.write_text(text.replace(_DAYS, _MINUTES), encoding="utf-8")
        pid = (place.folder / "prometheus.pid").read_text(encoding="ascii")
        os.kill(int(pid), signal.SIGHUP)
        own = home / "targets" / "own" / "prometheus.json"
        [found] = json.loads(own.read_text(encoding="utf-8"))
        yield str(found["targets"][0])
    finally:
        wake_router(Day(place, DailyPost(place)))
        place.run("demo", "down")


def _play(day: Day, prometheus: str) -> dict[str, Any]:
    """Do what each scene does at its moment, and give what came of it."""
    alarms = Alarms(prometheus)
    moments = dict[tuple[str, str], float]()
    acts = sorted(
        [(one.at, one.name, "fault", one.fault) for one in SCENES]
        + [(one.at + one.lasts, one.name, "mended", one.mend) for one in SCENES],
        key=lambda act: act[0],
    )
    began = time.time() + _QUIET
    with alarms.watching(), day.post.going_on():
        for at, name, what, act in acts:
            time.sleep(max(0.0, began + at - time.time()))
            print(f"{at / 60:4.1f} {name}: {what}", flush=True)
            moments[name, what] = time.time()
            act(day)
        time.sleep(max(0.0, began + _LENGTH - time.time()))
    scenes = [
        describe(
            one, moments[one.name, "fault"], moments[one.name, "mended"], alarms.spells
        )
        for one in SCENES
    ]
    for scene, one in zip(scenes, SCENES, strict=True):
        _add_lines(prometheus, one, moments[one.name, "fault"], scene["seen"])
    wanted = {sight.alert for one in SCENES for sight in one.sights}
    return {
        "minutes": round((time.time() - began + _QUIET) / 60),
        "handed_in": day.post.handed_in,
        "refused": day.post.refused,
        "scenes": scenes,
        "besides": [
            {
                "alert": spell.alert,
                "about": spell.about,
                "severity": spell.severity,
                "at": round(spell.fired - began),
                "lasts": None
                if spell.over is None
                else round(spell.over - spell.fired),
            }
            for spell in alarms.spells
            if spell.fired is not None and spell.alert not in wanted
        ],
    }


def describe(
    scene: Scene, fault: float, mended: float, spells: list[Spell]
) -> dict[str, Any]:
    """Give when each alert of a scene fired and was over, in whole seconds.

    `pending` and `fires` are after the fault, `over` after it was mended; None where
    that did not come.
    """
    seen = []
    for sight in scene.sights:
        spell = next(
            (
                one
                for one in spells
                if one.alert == sight.alert and one.fired and one.fired >= fault
            ),
            None,
        )
        fired, over = (spell.fired, spell.over) if spell else (None, None)
        seen.append(
            {
                "alert": sight.alert,
                "about": spell.about if spell else None,
                "severity": spell.severity if spell else None,
                "pending": round(spell.began - fault) if spell else None,
                "fires": None if fired is None else round(fired - fault),
                "over": None if over is None else round(over - mended),
                "dashboard": sight.dashboard,
                "panel": sight.panel,
                "line": sight.line,
            }
        )
    return {
        "scene": scene.name,
        "at": scene.at,
        "mended_after": round(mended - fault),
        "seen": seen,
    }


def _add_lines(
    prometheus: str, scene: Scene, fault: float, seen: list[dict[str, Any]]
) -> None:
    """Add what the panel of each alert showed before the fault and when it fired."""
    panels = {
        (board.naam, panel.titel): panel
        for board in read_dashboards()
        for panel in board.panelen
    }
    for sight, row in zip(scene.sights, seen, strict=True):
        moments = {"before": fault}
        if row["fires"] is not None:
            moments["then"] = fault + row["fires"]
        for name, moment in moments.items():
            lines = measure(
                prometheus, panels[sight.dashboard, sight.panel], Span(moment, moment)
            )
            values = [one.points[0][1] for one in lines if one.naam == sight.line]
            row[name] = round(values[0], 3) if values else None


def _setting(load: float) -> dict[str, Any]:
    program = shutil.which("prometheus") or "prometheus"
    said = check_output([program, "--version"], text=True).split()
    return {
        "command": "make operator-day",
        "seed": None,
        "machine": machine(),
        "versions": {"ibroker": version("ibroker"), "prometheus": said[2]},
        "moment": datetime.now(UTC).isoformat(timespec="minutes"),
        "load_average": round(load, 1),
    }


if __name__ == "__main__":
    main()

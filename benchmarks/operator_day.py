"""An operator's day: four things go wrong, and a real Prometheus says after how long.

    python benchmarks/operator_day.py [--only NAME,...] [--json F] [--pictures DIR]

Three nodes of Kafka, all processes and Prometheus are started for it, with the rules of
deploy/prometheus as they are, but for one: four days of not fetching are made four
minutes. Some berichten are handed in each ten seconds meanwhile. It takes an hour.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ibroker.broker.layout import FREE
from ibroker.demo.processes import find_process
from ibroker.demo.verkeer import read_verkeer, rename

_ROOT: Final = Path(__file__).parents[1]
_VERKEER: Final = _ROOT / "tests" / "berichten" / "verkeer.toml"
_DAYS: Final = "345600"  # of PostvakNietGeleegd in rules/partijen.yml
_MINUTES: Final = "240"
_LOOK: Final = 2.0  # s
_QUIET: Final = 90.0  # s before something goes wrong
_EVERY: Final = 10.0  # s between two deliveries
_FLOOD: Final = 400
_GEMEENTE: Final = "0363"


@dataclass
class Seen:
    """Of one scene: when each alert began to wait, fired and was over.

    In seconds after the fault, and for `over` after it was mended.
    """

    scene: str
    severity: dict[str, str] = field(default_factory=dict)
    pending: dict[str, float] = field(default_factory=dict)
    firing: dict[str, float] = field(default_factory=dict)
    over: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where it all runs."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def prometheus(self) -> str:
        """host:port of Prometheus."""
        path = self.folder / "prometheus" / "targets" / "own" / "prometheus.json"
        [found] = json.loads(path.read_text(encoding="utf-8"))
        return str(found["targets"][0])

    def run(self, *words: str | Path) -> str:
        """Run a command of ibroker, and give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "ibroker", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, **self.environment},
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"ibroker {words}: {done.stdout}{done.stderr}")
        return done.stdout


@dataclass(frozen=True)
class Scene:
    """What goes wrong, how it is mended, and the alerts that must fire meanwhile."""

    name: str
    fault: Callable[[Place], object]
    mend: Callable[[Place], object]
    wanted: frozenset[str]
    patience: float  # s


def one_broker_down(place: Place) -> None:
    """Kill the third node."""
    place.run("kafka", "stop", "--node", "3", "--kill")


def brokers_up(place: Place) -> None:
    """Start what is down."""
    place.run("kafka", "start")


def nothing(place: Place) -> None:
    """A gemeente that does not fetch does nothing: post for it lies there."""


def fetch(place: Place) -> None:
    """The gemeente fetches all that is there."""
    place.run("consume", "--as", _GEMEENTE, "--out", place.folder / "post")


def flood(place: Place) -> None:
    """A sender hands in hundreds of berichten that are not valid."""
    bad = next(one for one in read_verkeer(_VERKEER) if one.uitkomst == "fout")
    out = place.folder / "flood"
    out.mkdir(exist_ok=True)
    for number in range(_FLOOD):
        (out / f"{number}.xml").write_bytes(rename(bad.read(), f"flood{number}"))
    place.run("publish", out, "--as", bad.zender)


def route_stuck(place: Place) -> None:
    """The only router gets no turn any more."""
    pid = find_process("route", place.folder)
    if pid is None:
        raise SystemExit("there is no router")
    os.kill(pid, signal.SIGSTOP)


def route_goes_on(place: Place) -> None:
    """It gets its turns again."""
    pid = find_process("route", place.folder)
    if pid is not None:
        os.kill(pid, signal.SIGCONT)


SCENES: Final = (
    Scene(
        "stuck process",
        route_stuck,
        route_goes_on,
        frozenset({"RouterWeg", "HartslagTeLaatSnel", "ProcesWeg"}),
        900,
    ),
    Scene(
        "flood of bad messages",
        flood,
        nothing,
        frozenset({"VloedSlechteBerichten"}),
        900,
    ),
    Scene(
        "one gemeente that does not fetch",
        nothing,
        fetch,
        frozenset({"PostvakNietGeleegd"}),
        1500,
    ),
    Scene(
        "broker down",
        one_broker_down,
        brokers_up,
        frozenset({"BrokerWeg", "PartitiesZonderKopie"}),
        2400,
    ),
)


def main() -> None:
    """Play the scenes, and say what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(one.name for one in SCENES))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="draw the dashboards here")
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory(prefix="ibroker-day-") as work:
        place = Place(Path(work), {"IBROKER_DATA": work})
        began = time.time()
        with _running(place), _traffic(place):
            time.sleep(_QUIET)
            found = [_play(place, one) for one in SCENES if one.name in names]
            if options.pictures:
                _draw(place, options.pictures, (time.time() - began) / 60)
    for seen in found:
        _show(seen)
    if options.json:
        rows = [asdict(seen) for seen in found]
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@contextmanager
def _running(place: Place) -> Iterator[None]:
    place.run("kafka", "start", "--nodes", "3", "--port", str(FREE))
    try:
        place.run("demo", "up")
        rules = place.folder / "prometheus" / "rules" / "partijen.yml"
        text = rules.read_text(encoding="utf-8")
        if text.count(_DAYS) != 1:
            raise SystemExit(f"{rules} does not say {_DAYS} once")
        rules.write_text(text.replace(_DAYS, _MINUTES), encoding="utf-8")
        pid = (place.folder / "prometheus.pid").read_text(encoding="ascii")
        os.kill(int(pid), signal.SIGHUP)
        yield
    finally:
        route_goes_on(place)
        place.run("demo", "down")


@contextmanager
def _traffic(place: Place) -> Iterator[None]:
    """Hand in something good each ten seconds, whatever else goes on."""
    stop = threading.Event()
    good = [one for one in read_verkeer(_VERKEER) if one.uitkomst == "bezorgd"]

    def hand_in() -> None:
        number = 0
        while not stop.wait(_EVERY):
            one = good[number % len(good)]
            path = place.folder / "one.xml"
            path.write_bytes(rename(one.read(), f"day{number}"))
            subprocess.run(
                [sys.executable, "-m", "ibroker", "publish", path, "--as", one.zender],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                env={**os.environ, **place.environment},
            )
            number += 1

    thread = threading.Thread(target=hand_in)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _play(place: Place, scene: Scene) -> Seen:
    print(f"{scene.name} ...", flush=True)
    seen = Seen(scene.name)
    before = {alert["labels"]["alertname"] for alert in _alerts(place)}
    scene.fault(place)
    began = time.monotonic()
    while time.monotonic() - began < scene.patience:
        for alert in _alerts(place):
            name = alert["labels"]["alertname"]
            if name in before:
                continue
            seen.severity[name] = alert["labels"]["severity"]
            moments = seen.firing if alert["state"] == "firing" else seen.pending
            moments.setdefault(name, round(time.monotonic() - began, 1))
        if scene.wanted <= seen.firing.keys():
            break
        time.sleep(_LOOK)
    scene.mend(place)
    began = time.monotonic()
    left = {*seen.firing}
    while left and time.monotonic() - began < scene.patience:
        there = {alert["labels"]["alertname"] for alert in _alerts(place)}
        for name in left - there:
            seen.over[name] = round(time.monotonic() - began, 1)
        left &= there
        time.sleep(_LOOK)
    return seen


def _alerts(place: Place) -> list[dict[str, Any]]:
    url = f"http://{place.prometheus}/api/v1/alerts"
    with urllib.request.urlopen(url, timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["alerts"]
    return found


def _draw(place: Place, folder: Path, minutes: float) -> None:
    words = ["--prometheus", place.prometheus, "--out", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "docs.pictures", *words, "--minutes", str(minutes)],
        cwd=_ROOT,
        check=True,
    )


def _show(seen: Seen) -> None:
    print(
        f"\n{seen.scene}\n\n| alert | | fires after | over after |\n|---|---|---|---|"
    )
    for name, after in sorted(seen.firing.items(), key=lambda one: one[1]):
        over = seen.over.get(name)
        said = "not yet" if over is None else f"{over:.0f} s"
        print(f"| {name} | {seen.severity[name]} | {after:.0f} s | {said} |")


if __name__ == "__main__":
    main()

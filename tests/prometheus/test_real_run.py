"""A real Prometheus beside a real chain: no panel and no recording is without data."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.panels import read_dashboards
from ibroker.demo.processes import PROCESSES
from ibroker.sleutels import make_persoonssleutels
from ibroker.status.ophalen import fetch_all
from tests.kafka.broker_address import own_broker
from tests.prometheus.cijfers import FIGURES, OTHER, Numbers
from tests.prometheus.journal import Positions, find_positions, read_journal
from tests.prometheus.rules import ROOT, expressions, find_program
from tests.prometheus.server import ask, without_data
from tests.prometheus.test_cijfers import bare
from tests.prometheus.test_metrics_exist import asked, names
from tests.stilled import stilled

BERICHTEN = ROOT / "tests" / "berichten"
BEAT = 8  # s between two heartbeats: in between all stands still for a while
FRESH = 12.0  # s; so old is none that comes through


@dataclass(frozen=True, slots=True)
class Watched:
    """A chain that had the traffic of `make run`, and the Prometheus that saw it.

    It did since `began`, in seconds since 1970; `before` is where the log stood then.
    """

    kafka: str
    prometheus: str
    began: float
    before: Positions
    folder: Path
    said: str


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker that saw nothing before.

    The watch keeps what it counted, and commits later: what one before it had counted
    and not committed it does not count again.
    """
    with own_broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="module")
def watched(
    own_kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    """Up, traffic, and at the end down."""
    find_program("prometheus")
    folder = tmp_path_factory.mktemp("toezicht")
    make_persoonssleutels(folder / "keys")
    environment = {
        **os.environ,
        "IBROKER_KAFKA": own_kafka,
        "IBROKER_DATA": str(folder),
        "IBROKER_PERSOONSSLEUTELS": str(folder / "keys"),
        "IBROKER_HARTSLAG_SECONDEN": str(BEAT),
        "IBROKER_EXPORTER_SECONDEN": "1",
    }

    def demo(*arguments: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ibroker", "demo", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environment,
            text=True,
            timeout=240,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    began, before = time.time(), asyncio.run(find_positions(own_kafka))
    try:
        said = demo("up")
        own = folder / "prometheus" / "targets" / "own" / "prometheus.json"
        [found] = json.loads(own.read_text(encoding="utf-8"))
        [prometheus] = found["targets"]
        # What was counted before the first look is no increase.
        seen = {process: f'up{{process="{process}"}} == 1' for process in PROCESSES}
        assert [] == without_data(prometheus, seen, began, patience=60)
        traffic = [BERICHTEN / name for name in ("verkeer.toml", "eerder.toml")]
        demo("run", *traffic, "--wlz", BERICHTEN / "wlz.toml")
        yield Watched(own_kafka, prometheus, began, before, folder, said)
    finally:
        demo("down")


@pytest.mark.kafka
def test_no_panel_is_without_data(watched: Watched) -> None:
    """Each expression of panels and recordings gives a number; of an alert each metric.

    Of an alert only that: what it gives is what is wrong. Over TLS there is more.
    """
    over_tls = {
        f"{dashboard.naam}: {panel.titel}: {query.naam}"
        for dashboard in read_dashboards()
        for panel in dashboard.panelen
        for query in panel.vragen
        if panel.tls
    }
    alerts = {name for name in expressions() if ":" not in name}
    wanted = {
        where: expr for where, expr in asked().items() if where not in over_tls | alerts
    }
    of_alerts = {
        f'{{__name__=~"{name}|{name}_count"}}'
        for alert in alerts
        for name in names(expressions()[alert])
        if "certificate" not in name and "ibroker:" not in name
    }

    missing = without_data(
        watched.prometheus,
        wanted | {expr: expr for expr in of_alerts},
        watched.began,
        patience=60,
    )

    assert [] == missing


@pytest.mark.kafka
def test_each_process_is_scraped(watched: Watched) -> None:
    """Prometheus reaches each process, under its name, and each address is printed."""
    found = ask(watched.prometheus, "query", query="up == 1")["result"]
    addresses = json.loads((watched.folder / "processes.json").read_text("utf-8"))

    scraped = {
        one["metric"]["process"]: one["metric"]["instance"]
        for one in found
        if one["metric"]["job"] == "ibroker"
    }

    assert {*PROCESSES} == {*addresses}
    assert addresses == scraped
    assert [] == [one for one in scraped.values() if one not in watched.said]
    assert f"http://{watched.prometheus}/" in watched.said


@pytest.mark.kafka
def test_rules_are_worked_out(watched: Watched) -> None:
    """Each rule is loaded, and none fails on what a real chain tells."""
    groups = ask(watched.prometheus, "rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert expressions().keys() == {rule["name"] for rule in rules}
    assert {"ok"} == {rule["health"] for rule in rules if rule["health"] != "unknown"}
    assert [] == [rule for rule in rules if rule.get("lastError")]


@pytest.mark.kafka
def test_what_is_counted_is_what_stands_on_the_topics(watched: Watched) -> None:
    """Each figure of messages is equal to what an independent reader finds."""
    deadline = time.monotonic() + 60
    while True:
        shown = read_figures(watched, ["exporter"])
        with stilled(watched.folder, "exporter"):
            journal = asyncio.run(read_journal(watched.kafka, watched.before))
            shown |= read_figures(watched, [*{*PROCESSES} - {"exporter"}])
        expected = {name: +one.count(journal) for name, one in FIGURES.items()}
        wrong = {
            name: {"topics": count - figures, "shown": figures - count}
            for name, count in expected.items()
            if count != (figures := shown.get(name, Counter()))
        }
        if not wrong:
            break
        # A heartbeat may be on its way, and the exporter looks each second.
        assert time.monotonic() < deadline, wrong
        time.sleep(1)

    assert set() == shown.keys() - FIGURES.keys()
    nought = {name for name, count in expected.items() if not count}
    assert set() == nought - MAY_BE_NOUGHT


MAY_BE_NOUGHT = {
    *[(name, "ibroker_outcomes_due_total") for name in ("route", "wlz")],
    *[(name, "ibroker_records_in_progress") for name in ("route", "wlz")],
    ("watch", "ibroker_answers_overdue"),
    ("exporter", "ibroker_group_lag_records"),
    ("exporter", "ibroker_heartbeats_sent_total"),
}
"""Where all is done that the sample asks for, within a minute."""


def read_figures(
    watched: Watched, processes: Iterable[str]
) -> dict[tuple[str, str], Numbers]:
    """All of ours that these processes show, by process and name, without zeroes."""
    addresses = json.loads((watched.folder / "processes.json").read_text("utf-8"))
    found: dict[tuple[str, str], Numbers] = {}
    for meting in fetch_all({name: addresses[name] for name in processes}):
        for one in meting.samples:
            figure = FIGURES.get((meting.naam, one.name))
            if figure is not None:
                key = tuple(one.labels[label] for label in figure.labels)
                counted = found.setdefault((meting.naam, one.name), Counter())
                counted[key] += int(one.value)
            elif one.name.startswith("ibroker_") and not is_other(one.name):
                found[meting.naam, one.name] = Counter()
    return {name: +count for name, count in found.items()}


def is_other(name: str) -> bool:
    """Whether it counts no message, or is a part of what is compared."""
    parts = {"ibroker_batch_records_count"}
    return (
        bare(name) in OTHER
        or name.endswith(("_bucket", "_seconds_sum"))
        or (name in parts)
    )


def ages(watched: Watched) -> dict[str, float]:
    """How long ago the newest heartbeat was sent that came through each stage."""
    addresses = json.loads((watched.folder / "processes.json").read_text("utf-8"))
    [exporter] = fetch_all({"exporter": addresses["exporter"]})
    found = exporter.of("ibroker_heartbeat_age_seconds")
    return {one.labels["stage"]: one.value for one in found}


def wait_until(watched: Watched, is_so: Callable[[float, float], bool]) -> None:
    """Wait until that is so of the ages at the router and at the Wlz stream."""
    deadline = time.monotonic() + 120
    while not is_so((seen := ages(watched))["route"], seen["wlz"]):
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)


@pytest.mark.kafka
def test_a_stage_that_stands_still_shows(watched: Watched) -> None:
    """Heartbeats come through all stages; one that stands still lets none through."""
    wait_until(watched, lambda route, wlz: max(route, wlz) < FRESH)
    with stilled(watched.folder, "wlz"):
        wait_until(watched, lambda route, wlz: route < FRESH and wlz > 2 * FRESH)
    wait_until(watched, lambda route, wlz: max(route, wlz) < FRESH)

"""The metrics as Prometheus reads them: what they are called, and what they tell."""

import ast
import re
import shutil
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ibroker.core.bestemming import label_topics
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.step import Outcome
from ibroker.kafka.meter import Assigned, Taken
from ibroker.metrics import Kinds, PrometheusMeter
from ibroker.register import load_register
from ibroker.routing import router_kinds
from ibroker.settings import Settings
from ibroker.standards import load_catalogue
from tests.core.routed import AANBIEDER, FOUT, GOED, routed, sample, sender_of_sample
from tests.kafka.meters import done

PACKAGE = Path(__file__).parents[1] / "ibroker"
LABELS = {
    "berichttype",
    "bestemming",
    "event",
    "le",
    "partition",
    "process",
    "python",
    "result",
    "uitkomst",
    "version",
    "versie",
}
UNITS = (
    "_total",
    "_seconds",
    "_records",
    "_bytes",
    "_partitions",
    "_info",
    "_assigned",
    "_in_progress",
)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """What the router makes of all samples, and of one whose sender is not known."""
    found = [
        routed(data, sender_of_sample(data))
        for data in (path.read_bytes() for path in (*GOED, *FOUT))
    ]
    return [*found, routed(GOED[0].read_bytes(), "0000"), routed(None, None)]


@pytest.fixture(scope="module")
def text(outcomes: list[Outcome]) -> str:
    """What is read after all of them were committed, and two more taken."""
    meter = PrometheusMeter("route", router_kinds(Settings()))
    meter.tell(Assigned(frozenset(range(12))))
    meter.tell(done(0, outcomes))
    meter.tell(Taken(1, 2, 1_790_000_000_000))
    return generate_latest(meter.registry).decode()


def test_names_are_those_of_prometheus(text: str) -> None:
    """Each of ours has our prefix, a unit and a help text; counters end in _total."""
    ours = [
        family
        for family in text_string_to_metric_families(text)
        if not family.name.startswith(("process_", "python_"))
    ]

    assert 24 == len(ours)
    for family in ours:
        name = family.name + ("_total" if family.type == "counter" else "")
        assert re.fullmatch(r"ibroker_[a-z_]+", name)
        assert name.endswith(UNITS)
        assert family.documentation.endswith(".")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here")
def test_promtool_has_nothing_against_them(text: str) -> None:
    """Prometheus's own check of names and forms is content."""
    ours = "".join(
        line
        for line in text.splitlines(keepends=True)
        if re.match(r"(# \w+ )?ibroker_", line)
    )
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=ours,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("", "") == (done.stdout, done.stderr)
    assert 0 == done.returncode


def test_outcomes_by_type_and_version(text: str, outcomes: list[Outcome]) -> None:
    """Each outcome is counted once, by what became of it and what it was."""
    counted = {
        (sample.labels["uitkomst"], sample.labels["berichttype"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "ibroker_outcomes_total" and sample.value
    }
    expected = Counter(
        (
            one.gebeurtenis.type.rpartition(".")[2],
            one.gebeurtenis.berichttype or "onbekend",
        )
        for one in outcomes
    )

    assert expected == counted
    kinds = {kind for kind, _ in counted}
    assert {"bezorgd", "retour", "fout", "onbestelbaar"} == kinds
    assert f"ibroker_records_in_total {float(len(outcomes))}" in text


def test_labels_are_bounded(text: str) -> None:
    """Labels are known, and what they say is of the catalogue; so is their number."""
    types = load_catalogue().by_type
    samples = [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("ibroker_")
    ]

    assert LABELS >= {name for sample in samples for name in sample.labels}
    seen = {
        (sample.labels["berichttype"], sample.labels["versie"])
        for sample in samples
        if "berichttype" in sample.labels
    }
    known = {(name, one.standaard.versie) for name, one in types.items()}
    assert known | {("onbekend", "onbekend")} == seen
    assert len(Uitkomsttype) * (len(types) + 1) + 100 > len(samples)


def test_what_is_no_label_is_unknown() -> None:
    """Whatever a step might say, it makes no new series."""
    kinds = Kinds(lambda _: ("123456782", "123456782"), ("uit",), {"A": "1"})
    meter = PrometheusMeter("x", kinds)
    before = generate_latest(meter.registry).count(b"\nibroker_outcomes_total{")
    meter.tell(done(0, [routed(None, None)]))
    text = generate_latest(meter.registry).decode()

    assert 2 == before
    assert "123456782" not in text
    found = re.findall(r"^ibroker_outcomes_total\{(.*)\} 1.0$", text, re.MULTILINE)
    assert ['berichttype="onbekend",uitkomst="onbekend",versie="onbekend"'] == found


def test_the_newest_heartbeat_is_seen() -> None:
    """By its kenmerk; what another sender calls so is no heartbeat."""
    meter = PrometheusMeter("route", router_kinds(Settings()))

    def beat(zender: str, kenmerk: bytes, name: str = "HARTSLAG") -> float | None:
        meter.tell(done(0, [routed(sample(name), zender, kenmerk=kenmerk)]))
        return meter.registry.get_sample_value("ibroker_heartbeat_timestamp_seconds")

    assert 0 == beat("0363", b"hartslag-1790000000000", "WMO301")
    assert 0 == beat("0363", b"hartslag-1790000000000")
    assert 1_790_000_000.5 == beat("GGK", b"hartslag-1790000000500")
    assert 1_790_000_000.5 == beat("GGK", b"hartslag-1789999999999")


def test_a_heartbeat_is_no_post() -> None:
    """It is counted under its own type, and in no time that berichten take."""
    meter = PrometheusMeter("route", router_kinds(Settings()))
    value = meter.registry.get_sample_value
    made = [
        routed(sample("HARTSLAG"), "GGK", kenmerk=b"hartslag-1790000000500"),
        routed(sample("WMO301"), "0363"),
    ]

    meter.tell(done(0, made))

    labels = {"uitkomst": "bezorgd", "berichttype": "HARTSLAG", "versie": "1.0"}
    assert 1 == value("ibroker_outcomes_total", labels)
    assert 2 == value("ibroker_records_in_total")
    assert 1 == value("ibroker_end_to_end_seconds_count")
    assert 1 == value("ibroker_verdict_seconds_count")


def test_each_topic_has_a_word(outcomes: list[Outcome]) -> None:
    """Whatever goes out has one of few; no party is told from its like."""
    register = load_register(None)
    words = label_topics(register, {"ggk.wlz.signalen": "signalen"})
    topics = [*register.recipient_topics(date(2026, 11, 24)), "ggk.wlz.signalen"]
    topics += [out.topic for one in outcomes for out in one.outgoing]
    topics += ["ggk.intern.wlz.feiten"]  # where there are keys
    parties = {"gemeente", "zorgaanbieder", "cak", "svb", "ciz"}
    other = {"onbestelbaar", "signalen", "intern"}

    assert parties | other == {words.word_for(topic) for topic in topics}
    assert {*parties, *other, "gebeurtenissen"} == set(words.words)
    assert "intern" == words.word_for("ggk.intern.hartslag")
    assert "onbekend" == words.word_for("ggk.gemeente.99999")


def test_no_number_of_a_person(text: str) -> None:
    """Of all that the samples say nothing is in the metrics."""
    numbers = {
        number
        for path in (*GOED, *FOUT)
        for number in re.findall(rb">([0-9]{8,9})<", path.read_bytes())
    }

    assert {AANBIEDER.encode()} < numbers  # and some of people
    assert [] == [number for number in numbers if number.decode() in text]


def test_one_package_knows_prometheus() -> None:
    """All metrics are in one place; of others one reads what that serves."""
    found = {
        path.parent.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "prometheus_client" in ast.dump(node)
    }

    assert {"metrics", "status"} == found

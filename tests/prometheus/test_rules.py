"""The alerts of deploy/prometheus: right for Prometheus, tested, and explained."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.prometheus.rules import FOLDER, ROOT, Alert, alerts, cases, find_program

RUNBOOK = ROOT / "docs" / "runbook.md"
ALERTS = alerts()
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)


def promtool(*arguments: str | Path) -> tuple[int, str]:
    """Run promtool: its exit code and all that it says."""
    done = subprocess.run(
        [find_program("promtool"), *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def sections() -> dict[str, str]:
    """The sections of the runbook by the anchor that a link to them has."""
    text = RUNBOOK.read_text(encoding="utf-8")
    parts = re.split(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-"): body
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_prometheus_takes_the_configuration() -> None:
    """The configuration and all rule files that it names are good."""
    code, said = promtool("check", "config", FOLDER / "prometheus.yml")

    assert 0 == code, said
    assert len([*FOLDER.glob("rules/*.yml")]) == said.count("rules found")


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("tests/*.yml")), ids=lambda path: path.stem
)
def test_each_case(path: Path) -> None:
    """Each alert fires, with these texts, or is silent, as its cases say."""
    code, said = promtool("test", "rules", path)

    assert 0 == code, said


def test_a_case_that_is_wrong_is_seen(tmp_path: Path) -> None:
    """Where a rule has another threshold than its cases, the cases fail."""
    for folder in ("rules", "tests"):
        (tmp_path / folder).mkdir()
    text = (FOLDER / "rules" / "broker.yml").read_text(encoding="utf-8")
    assert "< 0.05" in text
    (tmp_path / "rules" / "broker.yml").write_text(text.replace("< 0.05", "< 0.07"))
    cases_of_broker = (FOLDER / "tests" / "broker.yml").read_text(encoding="utf-8")
    (tmp_path / "tests" / "broker.yml").write_text(cases_of_broker)

    code, said = promtool("test", "rules", tmp_path / "tests" / "broker.yml")

    assert 0 != code
    assert "SchijfVol is silent" in said


@each_alert
def test_it_fires_and_is_silent(alert: Alert) -> None:
    """Each alert has a case where it fires, and one where it is silent."""
    assert {True, False} == cases().get(alert.name)


@each_alert
def test_it_is_described(alert: Alert) -> None:
    """Each alert says how soon someone must look, what is wrong, and where to read."""
    assert alert.severity in {"page", "ticket"}
    assert {"summary", "description", "runbook_url"} == alert.annotations.keys()


@each_alert
def test_the_runbook_has_it(alert: Alert) -> None:
    """The link leads to a section of the runbook of that name, with all that is asked.

    What it means, how to look, what to do, when to call someone, and when it is over.
    """
    page, _, anchor = alert.annotations["runbook_url"].partition("#")

    assert page.endswith("docs/runbook.md")
    assert alert.name.lower() == anchor
    body = sections()[anchor]
    parts = re.findall(r"^\*\*(\w+(?: \w+)?)\.\*\*", body, flags=re.MULTILINE)
    assert ["Meaning", "Look", "Do", "Escalate", "Over"] == parts


def test_the_runbook_has_no_other_alert() -> None:
    """An alert that is gone has no section any more."""
    names = {alert.name.lower() for alert in ALERTS}
    text = RUNBOOK.read_text(encoding="utf-8")

    assert names == {
        name.lower() for name in re.findall(r"^### (\w+)$", text, re.MULTILINE)
    }


def test_its_links_lead_somewhere() -> None:
    """Whoever is called at night follows no link that leads nowhere."""
    linked = re.findall(r"\]\(#([\w-]+)\)", RUNBOOK.read_text(encoding="utf-8"))

    assert linked
    assert set() == {*linked} - sections().keys()

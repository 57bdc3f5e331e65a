"""The alerts and recordings of deploy/prometheus as values, for more than one test."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.kafka.broker_address import give_up

__all__ = ["FOLDER", "ROOT", "Alert", "alerts", "cases", "expressions", "find_program"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: its name, severity, and what is written with it."""

    name: str
    severity: str
    annotations: dict[str, str]


def find_program(name: str) -> str:
    """A program of Prometheus; without it a test is skipped, and fails on CI."""
    found = shutil.which(name)
    if found is None:
        give_up(f"{name} ontbreekt; installeer het Debian-pakket prometheus")
    return found


def _rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted(FOLDER.glob("rules/*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[Alert]:
    """All alerts, by file and place."""
    return [
        Alert(rule["alert"], rule["labels"]["severity"], rule["annotations"])
        for rule in _rules()
        if "alert" in rule
    ]


def expressions() -> dict[str, str]:
    """The PromQL of each rule, by the name of the alert or the recording."""
    return {rule.get("alert") or rule["record"]: rule["expr"] for rule in _rules()}


def cases() -> dict[str, set[bool]]:
    """Of each alert with cases: whether it fires in them, over all of those."""
    found: dict[str, set[bool]] = {}
    for path in sorted(FOLDER.glob("tests/*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            named = re.match(r"\w+", test["name"])
            for case in test["alert_rule_test"]:
                # A case beside the subject of its test proves nothing by being silent.
                if named and named[0] == case["alertname"]:
                    fires = bool(case["exp_alerts"])
                    found.setdefault(case["alertname"], set()).add(fires)
    return found

"""The alerts of deploy/prometheus, each with its section of the runbook."""

from pathlib import Path
from typing import Any, Final

import yaml

from docs.markdown import code, plain, table

__all__ = ["render"]

_RULES: Final = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"


def render() -> str:
    """Write a table of alerts for each file of rules that has any."""
    parts = []
    for path in sorted(_RULES.glob("*.yml")):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        alerts = [
            rule for group in groups for rule in group["rules"] if "alert" in rule
        ]
        if alerts:
            parts += [f"## {path.stem.capitalize()}", _table(alerts)]
    return "\n\n".join(parts)


def _table(alerts: list[dict[str, Any]]) -> str:
    return table(
        ("alert", "urgency", "after", "what it says", "what it asks Prometheus"),
        (
            (
                f"[{alert['alert']}](../runbook.md#{_anchor(alert)})",
                alert["labels"]["severity"],
                alert.get("for", "at once"),
                plain(alert["annotations"]["summary"]),
                code(alert["expr"]),
            )
            for alert in alerts
        ),
    )


def _anchor(alert: dict[str, Any]) -> str:
    """The section that the alert itself links to."""
    return str(alert["annotations"]["runbook_url"]).partition("#")[2]

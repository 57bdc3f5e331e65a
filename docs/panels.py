"""The panels of deploy/grafana/panels.toml, as values."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["GRAFANA", "Dashboard", "Panel", "Query", "read_dashboards"]

GRAFANA: Final = Path(__file__).parents[1] / "deploy" / "grafana"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and what each of its series is called; `{{x}}` is a label."""

    expr: str
    naam: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: see the head of panels.toml for its fields."""

    titel: str
    uitleg: str
    soort: str
    breedte: int
    eenheid: str
    vragen: tuple[Query, ...]
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard, with its panels in the order in which they are read."""

    naam: str
    titel: str
    uitleg: str
    panelen: tuple[Panel, ...]


def read_dashboards() -> tuple[Dashboard, ...]:
    """Read them all. A field that is missing or too many raises TypeError."""
    table = tomllib.loads((GRAFANA / "panels.toml").read_text(encoding="utf-8"))
    return tuple(
        Dashboard(
            one["naam"],
            one["titel"],
            one["uitleg"],
            tuple(_panel(**panel) for panel in one["paneel"]),
        )
        for one in table["dashboard"]
    )


def _panel(vragen: list[dict[str, str]], **fields: Any) -> Panel:  # noqa: ANN401 - of TOML
    return Panel(vragen=tuple(Query(**query) for query in vragen), **fields)

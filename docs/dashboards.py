"""Makes the dashboards of Grafana from panels.toml: `make dashboards`."""

import json
from typing import Any, Final

from docs.panels import GRAFANA, Dashboard, Panel, read_dashboards

__all__ = ["main", "render"]

_SOURCE: Final = {"type": "prometheus", "uid": "ibroker-prometheus"}
_COLUMNS: Final = 24
_HEIGHT: Final = 7
_KINDS: Final = {"lijn": "timeseries", "getal": "stat"}


def render(dashboard: Dashboard) -> str:
    """The JSON of a dashboard, in a fixed order, so that a change shows as one."""
    panels: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(dashboard.panelen, 1):
        if x + panel.breedte > _COLUMNS:
            x, y = 0, y + _HEIGHT
        place = {"x": x, "y": y, "w": panel.breedte, "h": _HEIGHT}
        panels.append(_panel(number, panel, place))
        x += panel.breedte
    value = {
        "uid": f"ibroker-{dashboard.naam}",
        "title": dashboard.titel,
        "description": dashboard.uitleg,
        "tags": ["ibroker"],
        "editable": False,
        "schemaVersion": 39,
        "timezone": "Europe/Amsterdam",
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "links": [
            {
                "title": "ibroker",
                "type": "dashboards",
                "tags": ["ibroker"],
                "keepTime": True,
            }
        ],
        "panels": panels,
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    is_now = panel.soort == "getal"
    return {
        "id": number,
        "type": _KINDS[panel.soort],
        "title": panel.titel,
        "description": panel.uitleg,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {"unit": panel.eenheid, "min": 0},
            "overrides": [],
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": query.expr,
                "legendFormat": query.naam,
                "instant": is_now,
                "range": not is_now,
            }
            for place, query in enumerate(panel.vragen)
        ],
    }


def main() -> None:
    """Write each of them."""
    for dashboard in read_dashboards():
        path = GRAFANA / "dashboards" / f"{dashboard.naam}.json"
        path.write_text(render(dashboard), encoding="utf-8")
        print(path.relative_to(GRAFANA.parents[1]))


if __name__ == "__main__":
    main()

"""What rules and panels ask for is what the code tells, and is all there."""

import json
import re

import pytest
import yaml

from docs.dashboards import render
from docs.panels import GRAFANA, Dashboard, read_dashboards
from tests.prometheus.rules import FOLDER, ROOT, expressions

DASHBOARDS = read_dashboards()
each_dashboard = pytest.mark.parametrize(
    "dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.naam
)
# What the contract names and is not built yet: empty at the end.
PENDING: set[str] = set()


def asked() -> dict[str, str]:
    """Each expression of rules and panels by where it stands."""
    panels = {
        f"{dashboard.naam}: {panel.titel}: {query.naam}": query.expr
        for dashboard in DASHBOARDS
        for panel in dashboard.panelen
        for query in panel.vragen
    }
    return {**expressions(), **panels}


def names(expr: str) -> set[str]:
    """The metrics of ours in an expression, a histogram by its own name."""
    found = re.findall(r"\bibroker_[a-z0-9_]+", expr)
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


def told() -> set[str]:
    """The metrics that the code names, with `_total` also where the client adds it."""
    found = {
        name
        for path in (ROOT / "ibroker" / "metrics").rglob("*.py")
        for name in re.findall(r'"(ibroker_[a-z0-9_]+)"', path.read_text("utf-8"))
    }
    return found | {f"{name}_total" for name in found}


@pytest.mark.parametrize("where", asked())
def test_each_metric_is_told(where: str) -> None:
    """Each name in an expression is that of a metric that some process tells."""
    wanted = names(asked()[where])

    assert set() == wanted - told()


def test_what_is_recorded_is_what_is_asked() -> None:
    """Each recording is used, and each that is used is there."""
    recorded = {name for name in expressions() if ":" in name}
    used = {
        name
        for expr in asked().values()
        for name in re.findall(r"\bibroker:[\w:]+", expr)
    }

    assert recorded
    assert recorded == used


@each_dashboard
def test_the_json_is_that_of_the_table(dashboard: Dashboard) -> None:
    """What Grafana gets was made of the table: `make dashboards`."""
    path = GRAFANA / "dashboards" / f"{dashboard.naam}.json"

    assert render(dashboard) == path.read_text(encoding="utf-8")


@each_dashboard
def test_panels_lie_beside_each_other(dashboard: Dashboard) -> None:
    """No panel lies over another or beyond the edge, and each says what it shows."""
    panels = json.loads(render(dashboard))["panels"]
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len({*taken}) == len(taken)
    assert max(x for x, _ in taken) < 24
    assert [] == [
        one["title"] for one in panels if not one["description"].endswith(".")
    ]
    assert len(panels) == len({panel["title"] for panel in panels})


def test_there_are_no_other_dashboards() -> None:
    """No file is left of a dashboard that is gone."""
    assert {one.naam for one in DASHBOARDS} == {
        path.stem for path in (GRAFANA / "dashboards").iterdir()
    }


def test_the_runbook_names_panels_that_are_there() -> None:
    """Whoever is sent to a panel at night finds it."""
    titles = {one.titel for one in DASHBOARDS} | {
        panel.titel for one in DASHBOARDS for panel in one.panelen
    }
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    named = re.findall(r"(?<!\*)\*([A-Z][^*\n]+)\*(?!\*)", text)

    assert named
    assert set() == {*named} - titles


def test_grafana_gets_what_the_dashboards_ask() -> None:
    """The source that dashboards name is provisioned, on the port of Prometheus."""
    folder = GRAFANA / "provisioning" / "datasources"
    [source] = yaml.safe_load((folder / "prometheus.yml").read_text("utf-8"))[
        "datasources"
    ]
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    address = source["url"].removeprefix("http://")
    own = json.loads(
        (FOLDER / "targets" / "own" / "prometheus.json").read_text("utf-8")
    )
    mounted = {
        volume.split(":")[1]: ROOT / "deploy" / volume.split(":")[0]
        for name in ("prometheus", "grafana")
        for volume in services[name]["volumes"]
        if volume.startswith("./")
    }
    provider = yaml.safe_load(
        (GRAFANA / "provisioning" / "dashboards" / "ibroker.yml").read_text("utf-8")
    )["providers"][0]

    assert f'"uid": "{source["uid"]}"' in render(DASHBOARDS[0])
    assert [{"targets": [address]}] == own
    assert f"--web.listen-address={address}" in services["prometheus"]["command"]
    assert (GRAFANA / "dashboards").samefile(mounted[provider["options"]["path"]])
    assert all(path.is_dir() for path in mounted.values())


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_only_this_machine_sees_it(name: str) -> None:
    """On the network of the machine it listens on the loopback address alone."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    service = services["services"][name]
    told_to = [
        *service.get("command", ()),
        *(f"{key}={value}" for key, value in service.get("environment", {}).items()),
    ]

    assert "host" == service["network_mode"]
    assert [] == service.get("ports", [])
    assert 1 == sum("127.0.0.1" in word for word in told_to)
    assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", service["image"])

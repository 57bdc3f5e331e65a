"""The site: it is built without one warning, and shows what the code has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.reference.metrics import registries
from ibroker.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` makes it; what Sphinx warns of is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-qW", "--keep-going"),
            *("-d", folder / "doctrees", "docs", folder / "html"),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=280,
    )

    assert 0 == done.returncode, done.stderr
    return folder / "html"


def test_every_mark_is_filled_in(site: Path) -> None:
    """What a page asks of code, tables and files stands in it."""
    pages = {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in site.rglob("*.html")
    }
    mark = re.compile(r"<!-- (table [\w-]+|figure .+?) -->(.*?)<!-- end", re.DOTALL)
    marks = {name: mark.findall(text) for name, text in pages.items()}

    assert {"reference/rules.html", "reference/topics.html"} <= {
        name for name, found in marks.items() if found
    }
    assert [] == [
        (name, asked)
        for name, found in marks.items()
        for asked, text in found
        if not text.strip()
    ]


def test_each_alert_leads_to_its_section(site: Path) -> None:
    """Who follows an alert on the site comes to a section of the runbook."""
    alerts = (site / "reference" / "alerts.html").read_text(encoding="utf-8")
    runbook = (site / "runbook.html").read_text(encoding="utf-8")
    linked = re.findall(r'href="\.\./runbook\.html#([^"]+)"', alerts)

    assert linked
    assert [] == [one for one in linked if f'id="{one}"' not in runbook]


def test_each_setting_says_what_it_is() -> None:
    """No setting is left without a description."""
    assert [] == [
        name for name, field in Settings.model_fields.items() if not field.description
    ]


def test_each_metric_is_on_the_page(site: Path) -> None:
    """Each metric that the code names is made by some process, and shown."""
    page = (site / "reference" / "metrics.html").read_text(encoding="utf-8")
    named = {
        name.removesuffix("_total")
        for path in (ROOT / "ibroker" / "metrics").rglob("*.py")
        for name in re.findall(r'"(ibroker_[a-z0-9_]+)"', path.read_text("utf-8"))
    }
    made = {
        metric.name
        for registry in registries().values()
        for metric in registry.collect()
    }

    assert named
    assert set() == named - made
    assert [] == [name for name in named if name not in page]

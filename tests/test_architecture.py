"""What ARCHITECTURE.md promises of the code, checked on its source and its values."""

import re
from pathlib import Path

import pytest

from tests.sources import PACKAGE, ROOT, berichttypen, impurities, undeclared

MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted((PACKAGE / "core").rglob("*.py"))
SHORTEST, LONGEST = 50, 300
# Of modules outside those bounds: why.
OTHER_LENGTH = {
    "ibroker/__init__.py": "the version",
    "ibroker/__main__.py": "the entry of python -m",
    "ibroker/cli/__init__.py": "the entry of the command",
    "ibroker/cli/exporter.py": "one noun: the command",
    "ibroker/cli/progress.py": "one noun: the progress bar",
    "ibroker/cli/process.py": "one noun: a process that runs on",
    "ibroker/cli/text.py": "one noun: text that a terminal may get",
    "ibroker/broker/__init__.py": "only says what the package is",
    "ibroker/broker/ports.py": "one noun: ports",
    "ibroker/demo/__init__.py": "only says what the package is",
    "ibroker/demo/verkeer.py": "one noun: the sample traffic",
    "ibroker/eventloop.py": "one noun: the event loop",
    "ibroker/core/watch/__init__.py": "only says what the package is",
    "ibroker/watch/aandeel.py": "one noun: the share of the partitions",
    "ibroker/watch/__init__.py": "only says what the package is",
    "ibroker/doctor/__init__.py": "only says what the package is",
    "ibroker/exporter/__init__.py": "only says what the package is",
    "ibroker/status/__init__.py": "only says what the package is",
    "ibroker/status/adressen.py": "one noun: where processes are",
    "ibroker/status/histogram.py": "one noun: a histogram",
    "ibroker/kafka/__init__.py": "only says what the package is",
    "ibroker/kafka/connection.py": "one noun: how to reach the brokers",
    "ibroker/metrics/__init__.py": "only says what the package is",
    "ibroker/metrics/heartbeat.py": "one noun: the heartbeat",
    "ibroker/metrics/output.py": "one noun: what goes out",
    "ibroker/metrics/kinds.py": "one noun: the labels of an outcome",
    "ibroker/post/__init__.py": "only says what the package is",
    "ibroker/post/partij.py": "one noun: who acts",
    "ibroker/simulatie/__init__.py": "only says what the package is",
    "ibroker/simulatie/sjabloon.py": "one noun: the sjabloon",
    "ibroker/topics/__init__.py": "only says what the package is",
    "ibroker/topics/port.py": "one noun: the port",
    "ibroker/core/__init__.py": "only says what the package is",
    "ibroker/core/state.py": "one noun: the state of a partition",
    "ibroker/core/wlz/__init__.py": "only says what the package is",
    "ibroker/core/rules/__init__.py": "only says what the package is",
    "ibroker/core/rules/broken.py": "one noun: how rules name what is broken",
    "ibroker/errors.py": "one noun: the tree of exceptions",
    "ibroker/settings.py": "one noun: the settings",
    "ibroker/states.py": "one noun: where state is kept",
}
MACHINE = re.compile(r"/(work|farm|tmp|home|root|Users|mnt|opt)/")


def name_of(path: Path) -> str:
    """Name a module or file by its path in the project."""
    return path.relative_to(ROOT).as_posix()


def wrong_length(name: str, source: str) -> bool:
    """Tell whether a module is too short or too long, and has no reason for it."""
    lines = len(source.splitlines())
    return not SHORTEST <= lines <= LONGEST and name not in OTHER_LENGTH


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_core_does_no_io(path: Path) -> None:
    """A module of the core imports values only, and touches no file, clock or log."""
    assert [] == impurities(path.read_text(encoding="utf-8"), path)


@pytest.mark.parametrize(
    "source,expected",
    [
        ("import os", ["imports os"]),
        ("def f():\n    import time", ["imports time"]),
        ("from logging import getLogger", ["imports logging"]),
        ("from pathlib import Path", ["imports pathlib"]),
        ("import asyncio, socket", ["imports asyncio", "imports socket"]),
        ("from ibroker.settings import Settings", ["imports ibroker.settings"]),
        ("from . import verdict", ["imports ."]),
        ("import xmlschema", ["imports xmlschema"]),
        ("from uuid import uuid4", ["imports uuid4"]),
        ("from datetime import date\ndate.today()", ["uses .today"]),
        ("from lxml import etree\netree.parse('x')", ["uses .parse"]),
        ("print(open('x'))", ["uses print", "uses open"]),
        ("exec('import os')", ["uses exec"]),
        ("from ibroker.core.fout import Fout", []),
    ],
)
def test_io_in_core_is_seen(source: str, expected: list[str]) -> None:
    """The check of the core sees what it is there for."""
    assert expected == impurities(source, PACKAGE / "core" / "x.py")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_all_is_complete_and_sorted(path: Path) -> None:
    """`__all__` holds every public name of a module, in order."""
    assert [] == undeclared(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source,expected",
    [
        ("def f(): ...", ["no __all__ for ['f']"]),
        ("__all__ = []\nclass A: ...", ["not in __all__: A"]),
        ("__all__ = ['b', 'A']\nb = A = 1", ["__all__ is not sorted"]),
        ("__all__ = ['a']", ["in __all__ but not there: a"]),
        ("__all__ = ['X', 'A', 'f']\nX = A = f = 1", ["__all__ is not sorted"]),
        ("_x = 1", []),
    ],
)
def test_wrong_all_is_seen(source: str, expected: list[str]) -> None:
    """The check of `__all__` sees what it is there for."""
    assert expected == undeclared(source)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_has_one_subject(path: Path) -> None:
    """A module has 50 to 300 lines, or the list says why not."""
    assert not wrong_length(name_of(path), path.read_text(encoding="utf-8"))


def test_wrong_length_is_seen() -> None:
    """The check of lengths sees what is too short and what is too long."""
    assert wrong_length("ibroker/core/x.py", "x = 1\n" * 49)
    assert wrong_length("ibroker/core/x.py", "x = 1\n" * 301)
    assert not wrong_length("ibroker/core/x.py", "x = 1\n" * 50)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_catalogue_knows_types(path: Path) -> None:
    """No code names a message type: schemas/catalogus.toml and regels.toml do."""
    assert [] == berichttypen(path.read_text(encoding="utf-8"))


def test_type_in_code_is_seen() -> None:
    """The check of message types sees one in code, and none in a docstring."""
    source = '"""Of WMO301."""\ndef f(x):\n    """Of JW323."""\n    return x == "IO31"'

    assert ["IO31"] == berichttypen(source)
    assert ["HARTSLAG"] == berichttypen('x = "HARTSLAG"')


def project_files() -> list[Path]:
    """List the texts of the project itself."""
    return [
        *ROOT.glob("*.md"),
        *ROOT.glob("*.toml"),
        *ROOT.glob("*.yaml"),
        ROOT / "Makefile",
        *(path for path in MODULES),
        *(ROOT / "benchmarks").rglob("*.py"),
        *(ROOT / "docs").rglob("*.[mp][dy]"),
        *(ROOT / "schemas").rglob("*.xsd"),
        *(ROOT / "schemas").glob("*.*[ld]"),
        *(ROOT / "tests").rglob("*.py"),
    ]


def test_no_path_of_a_machine() -> None:
    """No text of the project names a folder of the machine it was written on."""
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in project_files()
        if path != Path(__file__)
        for match in MACHINE.finditer(path.read_text(encoding="utf-8"))
    ]

    assert [] == found
    assert MACHINE.search("a path such as /home/x")


def test_named_tests_exist() -> None:
    """Every test that ARCHITECTURE.md names is there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)

    missing = [
        f"{path}::{test}"
        for path, test in named
        if f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]

    assert named
    assert [] == missing


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_on_the_map(path: Path) -> None:
    """ARCHITECTURE.md names every module, and of the rules the folder."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    is_rule = path.parent.name == "rules"
    names = (f"`{path.name}`", f"`{path.parent.name}/{path.name}`")

    assert path.name == "__init__.py" or is_rule or any(name in text for name in names)

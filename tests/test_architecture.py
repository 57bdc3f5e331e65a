"""What ARCHITECTURE.md promises of the code, checked on its source and its values."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.verdict import validate_bericht
from ibroker.standards import load_standards
from tests.loaded import standards

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ibroker"
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted((PACKAGE / "core").rglob("*.py"))
BERICHTEN = sorted((ROOT / "tests" / "berichten").glob("*/*.xml"))

# The core computes: these modules of Python have values and no effects.
VALUE_MODULES = frozenset(
    {
        "base64",
        "binascii",
        "bisect",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "inspect",
        "itertools",
        "json",
        "msgspec",
        "operator",
        "re",
        "types",
        "typing",
        "uuid",
    }
)
OWN_MODULES = ("ibroker.core", "ibroker.errors")
# What one module alone may import or call; its docstring says why.
ONLY_IN = {
    "cryptography": PACKAGE / "core" / "wlz" / "persoon.py",
    "exec": PACKAGE / "core" / "rules" / "compiled.py",
    "xml": PACKAGE / "core" / "reading.py",
    "xmlschema": PACKAGE / "core" / "explain.py",
}
NO_CALLS = frozenset({"breakpoint", "eval", "exec", "input", "open", "print"})
# The clock, randomness, and what lxml reads or writes by file name.
NO_ATTRIBUTES = frozenset(
    {"now", "parse", "today", "utcnow", "uuid1", "uuid4", "write", "xinclude"}
)

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

BERICHTTYPE = re.compile(r"(WMO|JW)[345][0-9]{2}|IO3[0-9]|WLZ[A-Z]{5,}|\bHARTSLAG\b")
MACHINE = re.compile(r"/(work|farm|tmp|home|root|Users|mnt|opt)/")


def name_of(path: Path) -> str:
    """Name a module or file by its path in the project."""
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """Give the modules that a source imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def impurities(source: str, path: Path) -> list[str]:
    """List what a module of the core does that it must not."""
    tree = ast.parse(source)
    found = []
    for module in imports(tree):
        top = module.partition(".")[0]
        is_own = any(
            module == own or module.startswith(f"{own}.") for own in OWN_MODULES
        )
        if not (
            is_own or top in VALUE_MODULES or top == "lxml" or ONLY_IN.get(top) == path
        ):
            found.append(f"imports {module}")
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in NO_CALLS and ONLY_IN.get(name) != path:
                found.append(f"uses {name}")
            case ast.Attribute(attr=name) if name in NO_ATTRIBUTES:
                found.append(f"uses .{name}")
            case ast.alias(name=name) if name in NO_ATTRIBUTES:
                found.append(f"imports {name}")
    return found


def public_names(tree: ast.Module) -> set[str]:
    """Give the names that a module defines without an underscore before them."""
    found = set()
    for node in tree.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def declared_names(tree: ast.Module) -> list[str] | None:
    """Give `__all__` of a module, None where it has none."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return [str(name) for name in ast.literal_eval(value)]
    return None


def in_order(name: str) -> tuple[int, str]:
    """Sort constants before classes before functions, as the linter does."""
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


def undeclared(source: str) -> list[str]:
    """List what is wrong with `__all__` of a module."""
    tree = ast.parse(source)
    public = public_names(tree)
    declared = declared_names(tree)
    if declared is None:
        return [f"no __all__ for {sorted(public)}"] if public else []
    dunders = {name for name in declared if name.startswith("__")}
    found = [f"not in __all__: {name}" for name in sorted(public - set(declared))]
    if sorted(declared, key=in_order) != declared:
        found.append("__all__ is not sorted")
    reexported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    unknown = set(declared) - public - dunders - reexported
    return found + [f"in __all__ but not there: {name}" for name in sorted(unknown)]


def docstrings(tree: ast.AST) -> set[int]:
    """Give the ids of the constants that are docstrings, also of attributes."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def berichttypen(source: str) -> list[str]:
    """List the message types that code, not its docstrings, knows by name."""
    tree = ast.parse(source)
    text = docstrings(tree)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in text
        and BERICHTTYPE.search(node.value)
    ]


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


def test_same_bytes_same_verdict() -> None:
    """A verdict depends on the bytes alone: not on what came before, nor on when."""
    berichten = [path.read_bytes() for path in BERICHTEN]
    fresh = load_standards()

    there = [validate_bericht(data, standards()) for data in berichten]
    back = [validate_bericht(data, fresh) for data in reversed(berichten)]

    assert there == back[::-1]


def test_same_verdict_same_answer() -> None:
    """An answer is the same bytes each time it is asked for."""
    moment = datetime(2026, 4, 2, 10, 11, 12, tzinfo=UTC)
    tables = AnswerTables(standards().catalogue, standards().foutcodes)
    answers = []
    for path in BERICHTEN:
        data = path.read_bytes()
        verdict = validate_bericht(data, standards())
        one = build_answer(data, verdict, tables, tijdstip=moment)
        assert one == build_answer(data, verdict, tables, tijdstip=moment)
        answers.append(one)

    assert {None, "retour", "fo01"} == {one and one.kind for one in answers}


@pytest.mark.parametrize("path", BERICHTEN, ids=lambda path: path.stem)
def test_another_parser_reads_the_same_header(path: Path) -> None:
    """Who reads a bericht that was not refused with another parser sees our header."""
    data = path.read_bytes()
    header = validate_bericht(data, standards()).header
    if header is None:
        return
    root = ET.fromstring(data)  # noqa: S314 - our own sample

    def first(name: str) -> str | None:
        element = root.find(f"{{*}}Header//{{*}}{name}")
        return None if element is None else element.text or ""

    assert first("Afzender") == header.afzender
    assert first("Ontvanger") == header.ontvanger
    assert first("Identificatie") == header.identificatie
    assert first("Dagtekening") == header.dagtekening

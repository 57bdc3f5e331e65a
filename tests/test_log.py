"""Logs: what a line says, what it never says, and that each warning is counted."""

import ast
import asyncio
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from ibroker.log import LIBRARY, WARNINGS, configure_log, warnings_counted
from ibroker.metrics import begin_registry

PACKAGE = Path(__file__).parents[1] / "ibroker"
MODULES = sorted(PACKAGE.rglob("*.py"))
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
LOUD = LEVELS - {"debug", "info"}
LOGGERS = {"_log", "log"}
# Who may touch the logging of Python: what sets it up, and what silences the client.
MAY_LOG = {"log.py", "cli/errand.py", "cli/exporter.py", "watch/mended.py"}
# What an event may say: places, numbers, names of ours. Never what a bericht holds.
KEYS = {
    "group",
    "host",
    "offset",
    "partition",
    "partitions",
    "port",
    "reason",
    "records",
    "seconds",
}
SECRET = "123456782"  # noqa: S105 - a number as a bericht has them


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """The log of a process, as text; afterwards all is as it was."""
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure_log(stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, level = before
    root.setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def counted(event: str) -> float | None:
    """How often an event was counted, as Prometheus sees it."""
    labels = {"event": event}
    return begin_registry("x").get_sample_value("ibroker_warnings_total", labels)


@pytest.mark.parametrize("level", sorted(LOUD))
def test_a_warning_is_counted(out: io.StringIO, level: str) -> None:
    """By the name of its event, which is on a line of its own."""
    before = counted("fenced")
    assert before is not None
    getattr(structlog.get_logger(), level)("fenced", partition=3)

    assert before + 1 == counted("fenced")
    assert [("fenced", 3)] == [(one["event"], one["partition"]) for one in lines(out)]


def test_what_is_no_warning_is_not_counted(out: io.StringIO) -> None:
    """What goes as it should is told, and that is all."""
    before = warnings_counted()
    structlog.get_logger().info("fenced")

    assert before == warnings_counted()
    assert ["info"] == [one["level"] for one in lines(out)]


def test_a_library_says_nothing_of_what_it_held(out: io.StringIO) -> None:
    """Its own words are shown, and not what it filled in or choked on."""
    before = counted(LIBRARY)
    assert before is not None
    logger = logging.getLogger("aiokafka.consumer")
    logger.error("Failed at %s", SECRET)
    try:
        int(f"x{SECRET}")
    except ValueError:
        logger.exception("No number")

    assert before + 2 == counted(LIBRARY)
    assert SECRET not in out.getvalue()
    first, second = lines(out)
    assert (LIBRARY, "aiokafka.consumer") == (first["event"], first["logger"])
    assert "Failed at %s" == first["message"]
    assert "ValueError" == second["fault"]
    assert re.fullmatch(r"test_a_library_\w+:[0-9]+", second["at"][0])


def test_a_library_that_says_the_same_again_is_a_line_once_a_minute(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another fault, and another line of its source, is something else."""
    before = counted(LIBRARY)
    assert before is not None
    logger = logging.getLogger("aiokafka")
    moment = 1_000.0
    monkeypatch.setattr("time.time", lambda: moment)

    def fail(broker: int, fault: Exception | None = None) -> None:
        logger.error("Unable connect to %s", broker, exc_info=fault)

    for broker in (1, 2, 3):
        fail(broker)
    fail(1, OSError())
    fail(1, ValueError())
    logger.error("Unable connect to %s", 1)
    moment += 59
    fail(1)
    moment += 1
    fail(1)
    fail(2)
    moment += 3600
    fail(1)
    moment -= 7200  # the clock was put right
    fail(1)

    said = [(one.get("fault"), one.get("repeated")) for one in lines(out)]
    assert said == [
        *((None, None), ("OSError", None), ("ValueError", None), (None, None)),
        *((None, 3), (None, 1), (None, None)),
    ]
    assert before + 11 == counted(LIBRARY)


async def test_a_task_that_fails_says_nothing_of_what_it_held(
    out: io.StringIO,
) -> None:
    """Nobody awaited it; asyncio tells, with the fault and all that is in it."""

    async def fail() -> None:
        raise ValueError(SECRET)

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task

    assert ["Task exception was never retrieved"] == [
        one["message"] for one in lines(out)
    ]
    assert SECRET not in out.getvalue()


def log_calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """The calls that log something, with their level."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=logger), attr=level)
            ) if logger in LOGGERS and level in LEVELS:
                yield level, node


def wrong(source: str) -> list[str]:
    """What is wrong with how a module logs."""
    found = []
    for _, call in log_calls(source):
        match call.args:
            case [ast.Constant(value=str())]:
                pass
            case _:
                found.append("no literal name")
        found += [f"says {one.arg}" for one in call.keywords if one.arg not in KEYS]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                found.append("prints")
            case ast.Import(names=names) if "logging" in {one.name for one in names}:
                found.append("imports logging")
            case ast.ImportFrom(module="logging" | "warnings"):
                found.append("imports logging")
    return found


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_an_event_has_a_name_and_numbers(path: Path) -> None:
    """All is logged by structlog, with a name that is in the code, and known keys."""
    source = path.read_text(encoding="utf-8")
    may_log = path.relative_to(PACKAGE).as_posix() in MAY_LOG
    allowed = ["imports logging"] if may_log else []

    assert allowed == wrong(source)


@pytest.mark.parametrize(
    "source,expected",
    [
        ("_log.warning('a', offset=1)", []),
        ("_log.warning(f'a {x}')", ["no literal name"]),
        ("_log.error('a %s', x)", ["no literal name"]),
        ("log.info('a', value=x)", ["says value"]),
        ("_log.info('a', **x)", ["says None"]),
        ("print('a')", ["prints"]),
        ("import logging", ["imports logging"]),
        ("def f():\n    from logging import getLogger", ["imports logging"]),
    ],
)
def test_a_wrong_line_is_seen(source: str, expected: list[str]) -> None:
    """The check of logs sees what it is there for."""
    assert expected == wrong(source)


def test_all_warnings_are_known() -> None:
    """Each counts from the start: else Prometheus would see no rise at the first."""
    names = Counter(
        call.args[0].value
        for path in MODULES
        for level, call in log_calls(path.read_text(encoding="utf-8"))
        if level in LOUD and isinstance(call.args[0], ast.Constant)
    )

    assert {*names, LIBRARY} == set(WARNINGS)
    assert sorted(WARNINGS) == list(WARNINGS)
    assert set(WARNINGS) <= set(warnings_counted())

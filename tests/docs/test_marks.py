"""A figure in a text is that of its file, and a file says how it was made."""

import re
from pathlib import Path
from typing import Any

import pytest

from docs.day import FOUND
from docs.marks import FIGURE, ROOT, TABLE, TEXTS, fill
from docs.measured import FILES, ORIGIN, measured, render_measured, seed_of

PAGES = ("benchmarks/README.md", "docs/faults.md")
each_text = pytest.mark.parametrize("name", TEXTS)
# The day is told in the runbook: tests/prometheus/test_day.py.
SHOWN = [path for path in FILES if path != FOUND]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


MEASURED = re.compile(r"[\d.,]*\d (?:µs|ms|times|(?:\w+ )?a second)\b")
# What is set for a measurement, and not measured.
SET = {"10 ms", "1,000 a second", "1,000 berichten a second"}


def text_of(name: str) -> str:
    """A text of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def command_of(name: str) -> str:
    """The command that writes the file of a benchmark, as the Makefile has it."""
    [target] = re.findall(
        rf"^([a-z-]+):.*(?:\n\t.*)*?benchmarks/{name}\.json",
        text_of("Makefile"),
        re.MULTILINE,
    )
    return f"`make {target}`"


def sections(text: str) -> list[str]:
    """A text from each heading to the next, but for those that only look like one."""
    return re.split(r"^#{1,3} (?=[A-Z])", text, flags=re.MULTILINE)


@each_text
def test_it_holds_what_its_marks_ask(name: str) -> None:
    """Each figure and table is that of its file or of the code: else `make figures`."""
    text = text_of(name)

    assert fill(text) == text


@each_text
def test_each_figure_stands_beside_its_command(name: str) -> None:
    """Whoever reads a figure reads there with which command it is measured again."""
    missing = [
        mark[0]
        for part in sections(text_of(name))
        for mark in FIGURE.finditer(part)
        if command_of(mark["name"]) not in part
    ]

    assert [] == missing


@each_text
def test_no_figure_was_typed(name: str) -> None:
    """What looks measured has a mark: it can be held beside its file."""
    typed = FIGURE.sub("", TABLE.sub("", text_of(name)))

    assert set() == set(MEASURED.findall(typed)) - SET
    assert ["9.5 µs", "3 times"] == MEASURED.findall("takes 9.5 µs, 3 times; at 3 x")


@each_text
def test_each_mark_is_one(name: str) -> None:
    """No mark is misspelt, and none begins a line, where Markdown would end."""
    text = text_of(name)
    begun = re.findall(r"<!-- (?:figure|table) ", text)

    assert len(begun) == len([*FIGURE.finditer(text), *TABLE.finditer(text)])
    assert len(begun) == text.count("<!-- end -->")
    assert [] == re.findall(r"^<!-- figure .*", text, re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- figure route: warm > ibroker > per_second: ,.0f -->9,999<!-- end -->",
        "<!-- table settings -->\n| a |\n<!-- end -->",
        "<!-- table route -->\n<!-- end -->",
    ],
)
def test_what_differs_is_seen(text: str) -> None:
    """A figure or table that is another than its file's is written anew."""
    assert fill(text) != text
    assert fill(fill(text)) == fill(text)


@pytest.mark.parametrize(
    "mark",
    [
        "figure route: warm > nobody > per_second: .0f",
        "figure nowhere: warm: .0f",
        "figure route: warm > ibroker: .0f",
        "table nowhere",
    ],
)
def test_what_is_not_there_is_said(mark: str) -> None:
    """A mark for what is in no file is an error, and no empty place."""
    with pytest.raises(LookupError):
        fill(f"<!-- {mark} -->\n<!-- end -->")


@each_file
def test_it_says_how_it_was_made(path: Path) -> None:
    """A file has its command, its moment, machine, versions and seed."""
    found = measured(path.stem)
    # What follows of NAME=VALUE is what can be set.
    words = [word for word in found["command"].split() if "=" not in word]

    assert words[0] in {"make", "python"}
    assert f"`{' '.join(words)}`" == command_of(path.stem) or (
        (ROOT / words[1]).is_file()
    )
    assert re.match(r"\d{4}-\d\d-\d\dT", found["moment"])
    assert found["machine"]
    assert "ibroker" in found["versions"]
    assert seed_of(found) is None or isinstance(seed_of(found), int)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_it_is_shown(path: Path) -> None:
    """All of a file is shown on a page of the site, in a part that has its command.

    In its own words: what the file itself says is another thing each time it is made.
    """
    parts = [part for name in PAGES for part in sections(text_of(name))]

    assert [] != [
        part
        for part in parts
        if f"<!-- table {path.stem} -->" in part
        and command_of(path.stem) in TABLE.sub("", part)
    ]


@pytest.mark.parametrize("key", [*ORIGIN, "seed"])
def test_what_says_less_is_seen(key: str) -> None:
    """Figures whose origin is not all there are not shown."""
    found = {**measured("route"), "seed": 1, "options": {}}
    render_measured("route", found)
    del found[key]

    with pytest.raises(KeyError):
        render_measured("route", found)


def test_a_table_has_all_figures_of_its_file() -> None:
    """Whatever form a benchmark gives its figures, none is left out."""
    made: dict[str, Any] = {
        "command": "make x",
        "moment": "2026-11-24T17:54+00:00",
        "machine": "a machine",
        "versions": {"ibroker": "0.1.0"},
        "seed": None,
        "single": 1_001,
        "rows": {"a": {"x": 1_002, "y": {"z": 1_003}}, "b": {"x": 1, "y": {"z": 2}}},
        "nested": {"deep": {"one": 1_004, "runs": [1_005, 1_006]}},
        "list": [{"name": "c", "value": 1_007}, {"name": "d", "value": 1_008.5}],
        "runs": [
            {"scale": 1, "deep": {"er": {"p50": 1_009}}},
            {"scale": 2, "deep": {}},
        ],
    }

    text = render_measured("x", made)

    assert [] == [
        figure
        for figure in [*map(str, range(1, 10))]
        if not re.search(rf"\b1,00{figure}\b", text)
    ]
    assert all(word in text for word in ("make x", "2026-11-24", "a machine", "0.1.0"))

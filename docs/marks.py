"""What our texts show of figures, settings and the like, from where it stands itself.

A text has two comments, and what is between them is written for it:

    <!-- figure route: warm > ibroker > per_second: ,.0f -->4,126<!-- end -->

    <!-- table settings -->

    | ... |

    <!-- end -->

A figure is a value of benchmarks/<name>.json, by its keys, in a format of Python. A
table is one of TABLES, or all of benchmarks/<name>.json.

`make figures` writes them in the texts that GitHub shows (TEXTS); the pages of the site
get theirs when it is made.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.measured import find_figure, measured, render_measured
from docs.reference import (
    alerts,
    commands,
    faults,
    metrics,
    rules,
    settings,
    topics,
)

__all__ = ["FIGURE", "TABLE", "TABLES", "TEXTS", "fill", "main"]

ROOT: Final = Path(__file__).parents[1]
TEXTS: Final = (
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "deploy/README.md",
    "schemas/README.md",
)
"""Texts that are read on GitHub, so that they hold what their marks ask for."""

TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "alerts": alerts.render,
    "commands": commands.render,
    "faults-tried": faults.render,
    "metrics": metrics.render,
    "rules": rules.render,
    "settings": settings.render,
    "topics": topics.render,
}
"""What stands in our own code and tables."""

FIGURE: Final = re.compile(
    r"(<!-- figure (?P<name>[\w-]+): (?P<keys>.+?): (?P<form>[\w,.%]+) -->)"
    r"(?P<text>.*?)(<!-- end -->)",
    re.DOTALL,
)
TABLE: Final = re.compile(
    r"(<!-- table (?P<name>[\w-]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL
)


def fill(text: str) -> str:
    """Write what each mark of a text asks for.

    Raises LookupError where a mark names what is not there.
    """
    return FIGURE.sub(_figure, TABLE.sub(_table, text))


def _figure(found: re.Match[str]) -> str:
    value = find_figure(found["name"], found["keys"].split(" > "))
    return f"{found[1]}{value:{found['form']}}{found[6]}"


def _table(found: re.Match[str]) -> str:
    name = found["name"]
    render = TABLES.get(name)
    text = render() if render is not None else render_measured(name, measured(name))
    # Without an empty line the comment would be a row of the table.
    return f"{found[1]}\n{text}\n\n{found[4]}"


def main() -> None:
    """Write them in all texts that GitHub shows."""
    for name in TEXTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            path.write_text(filled, encoding="utf-8")
            print(name)


if __name__ == "__main__":
    main()

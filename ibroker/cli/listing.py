"""Rows as they come, as a table for people or as JSON lines for programs."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.text import Text

from ibroker.cli.report import Format

__all__ = [
    "Column",
    "FormatOption",
    "Listing",
    "Row",
    "as_json_line",
    "make_listing",
    "show_record",
]

Row = Mapping[str, object]

FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="table of json; standaard table op een terminal en anders json.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its head, its width in characters, what it shows."""

    head: str
    width: int
    show: Callable[[Row], object]


class Listing(Protocol):
    """Takes rows one by one."""

    def add(self, row: Row) -> None:
        """Show one row."""

    def flush(self) -> None:
        """See to it that whoever reads has all of it."""

    def close(self, total: str) -> None:
        """Show what it comes to, where that does not get in the way."""


def make_listing(wanted: Format | None, columns: Sequence[Column]) -> Listing:
    """Make the listing that is asked: by default a table, where a person reads it."""
    return _Table(columns) if _is_table(wanted) else _JsonLines()


def show_record(wanted: Format | None, row: Row) -> None:
    """Show one row by itself: as a table it is a field a line."""
    if not _is_table(wanted):
        sys.stdout.buffer.write(as_json_line(row))
        return
    width = max(len(key) for key in row)
    console = Console(highlight=False, soft_wrap=True)
    for key, value in row.items():
        text = Text(f"{key:<{width}}  ", style="bold")
        console.print(text.append(_cell(value), style="not bold"))


def as_json_line(row: Row) -> bytes:
    """Write a row as one line, in UTF-8 whatever the locale."""
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


class _JsonLines:
    def add(self, row: Row) -> None:
        sys.stdout.buffer.write(as_json_line(row))

    def flush(self) -> None:
        sys.stdout.buffer.flush()

    def close(self, total: str) -> None:
        del total  # stdout is for the lines alone
        self.flush()


class _Table:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._console = Console(highlight=False, soft_wrap=True)
        self._is_begun = False

    def add(self, row: Row) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._print([column.head for column in self._columns], "bold")
        self._print([column.show(row) for column in self._columns], "")

    def flush(self) -> None:
        sys.stdout.flush()

    def close(self, total: str) -> None:
        self._console.print(Text(total, style="bold"))
        self.flush()

    def _print(self, cells: Sequence[object], style: str) -> None:
        texts = [
            _cell(cell).ljust(column.width)
            for column, cell in zip(self._columns, cells, strict=True)
        ]
        self._console.print(Text("  ".join(texts).rstrip(), style=style))


def _is_table(wanted: Format | None) -> bool:
    if wanted is None:
        return sys.stdout.isatty()
    return wanted is Format.TABLE


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "ja" if value else "nee"
        case _:
            return str(value)

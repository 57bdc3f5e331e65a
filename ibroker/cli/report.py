"""How verdicts are shown: JSON lines for programs, a table for people."""

import json
import shutil
import sys
import textwrap
from collections import Counter
from enum import StrEnum
from typing import Protocol

from rich.console import Console
from rich.text import Text

from ibroker.cli.judge import Oordeel
from ibroker.core.fout import Fout, Uitkomst

__all__ = ["Format", "JsonLines", "Report", "Table", "as_json", "make_report"]

_COLOURS = {
    Uitkomst.GELDIG: "green",
    Uitkomst.AFGEKEURD: "yellow",
    Uitkomst.ONGELDIG: "red",
    Uitkomst.GEWEIGERD: "magenta",
}
_INDENT = " " * 11
_NARROWEST = 60


class Format(StrEnum):
    """How to show verdicts."""

    TABLE = "table"
    JSON = "json"


class Report(Protocol):
    """Takes the verdicts one by one, and then says that it was all."""

    def add(self, oordeel: Oordeel) -> None:
        """Show one verdict."""

    def close(self, tally: Counter[Uitkomst], unreadable: int) -> None:
        """Show what they come to."""


def make_report(wanted: Format | None) -> Report:
    """Make the report that is asked: by default a table, where a person reads it."""
    if wanted is None:
        wanted = Format.TABLE if sys.stdout.isatty() else Format.JSON
    return Table() if wanted is Format.TABLE else JsonLines()


def as_json(oordeel: Oordeel) -> dict[str, object]:
    """Give the keys of the interface, and `uitleg` where it was asked."""
    row: dict[str, object] = {
        "bestand": oordeel.bestand,
        "berichttype": oordeel.berichttype,
        "uitkomst": oordeel.uitkomst.value,
        "niveau": oordeel.niveau,
        "fouten": [
            {
                "regel": fout.regel,
                "retourcode": fout.retourcode,
                "locaties": list(fout.locaties),
                "regelnummer": fout.regelnummer,
                "tekst": fout.tekst,
            }
            for fout in oordeel.fouten
        ],
    }
    if oordeel.uitleg is not None:
        row["uitleg"] = [
            {"locatie": locatie, "verwacht": verwacht}
            for locatie, verwacht in oordeel.uitleg
        ]
    return row


class JsonLines:
    """One JSON object per bericht and line, in UTF-8 whatever the locale."""

    def add(self, oordeel: Oordeel) -> None:
        """Write one line."""
        line = json.dumps(as_json(oordeel), ensure_ascii=False)
        sys.stdout.buffer.write(line.encode() + b"\n")

    def close(self, tally: Counter[Uitkomst], unreadable: int) -> None:
        """Leave stdout to the lines alone."""
        del tally, unreadable
        sys.stdout.buffer.flush()


class Table:
    """A row per bericht, under it what is wrong and where; at the end the tally."""

    def __init__(self) -> None:
        """Write to stdout, wrapped to its width where it is a terminal."""
        self._console = Console(highlight=False, soft_wrap=True)
        self._width: int | None = None
        if self._console.is_terminal:
            self._width = max(shutil.get_terminal_size().columns, _NARROWEST)

    def add(self, oordeel: Oordeel) -> None:
        """Show one row."""
        row = Text()
        row.append(f"{oordeel.uitkomst:<9}", style=f"bold {_COLOURS[oordeel.uitkomst]}")
        row.append(f"  {oordeel.berichttype or '-':<6}  {oordeel.bestand}")
        for fout in oordeel.fouten:
            self._append_fout(row, fout)
        if oordeel.uitleg is not None:
            for locatie, verwacht in oordeel.uitleg:
                row.append(f"\n{_INDENT}uitleg  ", style="bold")
                row.append(locatie, style="cyan")
                self._append_text(row, f"verwacht: {verwacht}")
        self._console.print(row)

    def _append_fout(self, row: Text, fout: Fout) -> None:
        row.append(f"\n{_INDENT}{fout.regel}", style="bold")
        if fout.regelnummer is not None:
            row.append(f"  regelnummer {fout.regelnummer}")
        for locatie in fout.locaties:
            row.append(f"\n{_INDENT}  {locatie}", style="cyan")
        self._append_text(row, fout.tekst)

    def _append_text(self, row: Text, text: str) -> None:
        indent = _INDENT + "  "
        lines = [text]
        if self._width is not None:
            lines = textwrap.wrap(text, self._width - len(indent))
        row.append("".join(f"\n{indent}{line}" for line in lines))

    def close(self, tally: Counter[Uitkomst], unreadable: int) -> None:
        """Show how many of each, and that nothing was judged of what is unreadable."""
        parts = [f"{tally[uitkomst]} {uitkomst}" for uitkomst in Uitkomst]
        if unreadable:
            parts.append(f"{unreadable} niet te lezen")
        self._console.print(Text("\n" + ", ".join(parts), style="bold"))

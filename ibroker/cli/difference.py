"""How a difference with the cluster is shown: JSON lines, or lines for people."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ibroker.cli.listing import as_json_line
from ibroker.cli.report import Format
from ibroker.topics.applying import Made
from ibroker.topics.plan import Change, Finding, Plan
from ibroker.topics.wording import Line, group, word

__all__ = ["AllOption", "say_without_authorizer", "show_made", "show_plan"]

AllOption = Annotated[
    bool,
    typer.Option(
        "--all", help="Toon elke gemeente, ook waar het voor alle hetzelfde is."
    ),
]

_COLOURS = {"+": "green", "~": "yellow", "-": "red", "!": "magenta"}
_SAME = "Het cluster is zoals topics.yaml het wil."
_NAMED = 3  # codes that are named of the many that a line stands for


def show_plan(
    plan: Plan, wanted: Format | None, *, every: bool, is_first: bool = False
) -> None:
    """Show what differs. As JSON, and `is_first` of what is then made: nothing yet."""
    if _is_json(wanted):
        if not is_first:
            _write(_row(one) for one in (*plan.changes, *plan.findings))
        return
    console = _console()
    _print_lines(console, (*plan.changes, *plan.findings), every=every)
    if plan.is_empty:
        console.print(Text(_SAME, style="bold"))
    elif not is_first:
        _say_what_next(console, plan)


def show_made(plan: Plan, made: Made, wanted: Format | None, *, every: bool) -> None:
    """Show what came of a plan: what failed and why, and what is left."""
    if _is_json(wanted):
        _write(_row(one) | _outcome(one, made) for one in plan.changes)
        _write(_row(one) | {"uitkomst": "gelaten"} for one in plan.findings)
        return
    console = _console()
    for change, reason in made.failures:
        line = word(change)
        console.print(Text(f"mislukt: {line.what} {line.name}: {reason}", style="red"))
    left = made.left
    if left.is_empty:
        console.print(Text(f"{made.count} gedaan. {_SAME}", style="bold"))
        return
    console.print(Text(f"\n{made.count} gedaan. Nog anders:", style="bold"))
    _print_lines(console, (*left.changes, *left.findings), every=every)
    _say_what_next(console, left)


def _say_what_next(console: Console, plan: Plan) -> None:
    """Say what makes it so, and for what more is needed than that."""
    if plan.changes:
        console.print(Text("`ibroker topics apply` maakt het zo.", style="bold"))
    if plan.changes != plan.allowed(allow_delete=False):
        console.print("Een topic verdwijnt alleen met --allow-delete.")
    if plan.findings:
        console.print("Wat met ! begint kan of mag ibroker niet zelf.")


def say_without_authorizer(plan: Plan) -> None:
    """Say on stderr, where it is so, that only topics were compared."""
    if not plan.has_authorizer:
        typer.echo(
            "Het cluster heeft geen authorizer: iedereen mag er alles. Toegang en"
            " quota zijn niet vergeleken.",
            err=True,
        )


def _print_lines(
    console: Console, differences: Iterable[Change | Finding], *, every: bool
) -> None:
    lines = [word(one) for one in differences]
    shown = lines if every else group(lines)
    for line in shown:
        text = Text(f"{line.sign} {line.what:<18} ", style=_COLOURS[line.sign])
        text.append(f"{line.name}  {line.detail}", style="default")
        if line.codes:
            some = ", ".join(line.codes[:_NAMED])
            text.append(f"  ({len(line.codes)} keer: {some}, …)", style="dim")
        console.print(text)
    tally = Counter(line.what for line in lines)
    if tally:
        parts = [f"{count}× {what}" for what, count in tally.items()]
        console.print(Text("\n" + ", ".join(parts), style="bold"))


def _is_json(wanted: Format | None) -> bool:
    return wanted is Format.JSON or (wanted is None and not sys.stdout.isatty())


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _row(one: Change | Finding) -> dict[str, object]:
    line: Line = word(one)
    return {"soort": line.what, "teken": line.sign, **asdict(one)}


def _outcome(one: Change, made: Made) -> dict[str, object]:
    for change, reason in made.failures:
        if change == one:
            return {"uitkomst": "mislukt", "reden": reason}
    return {"uitkomst": "gelaten" if one in made.left.changes else "gedaan"}


def _write(rows: Iterable[dict[str, object]]) -> None:
    for row in rows:
        sys.stdout.buffer.write(as_json_line(row))
    sys.stdout.buffer.flush()

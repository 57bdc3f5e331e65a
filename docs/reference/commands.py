"""The commands: what `--help` says of each, and its arguments and options."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer.main
from rich.text import Text

from docs.markdown import code, plain, table
from ibroker.cli.app import app

__all__ = ["Command", "commands", "render"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words after `ibroker`, and how typer knows it."""

    words: tuple[str, ...]
    own: Any
    context: Any

    @property
    def text(self) -> str:
        """What it says of itself, without markup."""
        return Text.from_markup(self.own.help or "").plain.strip()


def commands() -> Iterator[Command]:
    """Give `ibroker` itself, then each command before those that are under it."""
    root = typer.main.get_command(app)
    yield from _under((), root, None)


def render() -> str:
    """Write a section for each command."""
    return "\n\n".join(_section(one) for one in commands() if one.words)


def _under(words: tuple[str, ...], own: Any, parent: Any) -> Iterator[Command]:  # noqa: ANN401 - of typer
    name = words[-1] if words else "ibroker"
    context = own.context_class(own, info_name=name, parent=parent)
    yield Command(words, own, context)
    for inner in getattr(own, "list_commands", lambda _: ())(context):
        yield from _under((*words, inner), own.get_command(context, inner), context)


def _section(command: Command) -> str:
    name = " ".join(("ibroker", *command.words))
    parts = [
        f"{'#' * (1 + len(command.words))} {name}",
        f"```text\n{command.text}\n```",
    ]
    rows = [
        (code(name.removesuffix(" <bool>")), plain(text))
        for one in command.own.params
        if one.name != "help"
        for name, text in (one.get_help_record(command.context),)
    ]
    if rows:
        parts.append(table(("argument or option", "what it is"), rows))
    return "\n\n".join(parts)

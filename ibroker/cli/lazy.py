"""Commands that are imported when they are asked for, not before.

`ibroker validate` needs no broker: it starts without the client of one, and works where
that is not installed.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from ibroker.errors import ConfigError

__all__ = ["LazyGroup"]

# Where each command stands: a module, and in it a typer app or a function with HELP.
_COMMANDS = {
    "publish": "ibroker.cli.publish:publish",
    "consume": "ibroker.cli.consume:consume",
    "route": "ibroker.cli.route:route",
    "wlz": "ibroker.cli.wlz:wlz_app",
    "watch": "ibroker.cli.watch:watch_app",
    "exporter": "ibroker.cli.exporter:exporter",
    "topics": "ibroker.cli.topics:topics_app",
    "deadletter": "ibroker.cli.deadletter:deadletter_app",
    "simulate": "ibroker.cli.simulate:simulate",
    "demo": "ibroker.cli.demo:demo_app",
    "kafka": "ibroker.cli.kafka:kafka_app",
    "status": "ibroker.cli.status:status",
    "doctor": "ibroker.cli.doctor:doctor",
}


class LazyGroup(TyperGroup):
    """The group of all commands, those that talk to Kafka among them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own
        """Name them all, those of the file first."""
        return [*super().list_commands(ctx), *_COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - idem
        """Import the command; where its libraries are missing, one that says so."""
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return super().get_command(ctx, cmd_name)
        module_name, _, name = target.partition(":")
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "ibroker":
                raise
            return _missing(cmd_name, error.name)
        found = getattr(module, name)
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            command = _single(cmd_name, found, module.HELP)
        command.name = cmd_name
        return command


def _single(name: str, function: Callable[..., None], text: str) -> Any:  # noqa: ANN401
    """A command of one function."""
    app = typer.Typer(
        add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
    )
    app.command(name, help=text)(function)
    return typer.main.get_command(app)


def _missing(name: str, library: str | None) -> Any:  # noqa: ANN401 - of typer
    """Stand in for a command whose libraries are not installed."""
    advice = f"{name} heeft {library} nodig: pip install 'ibroker[kafka]'"

    def say(arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
        del arguments
        raise ConfigError(advice)

    return _single(name, say, f"Niet geïnstalleerd: {advice}.")

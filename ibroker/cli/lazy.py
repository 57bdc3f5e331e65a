"""Commands that are imported when they are asked for, not before.

`ibroker validate` needs no broker: it starts without the client of one, and works where
that is not installed.
"""

from importlib import import_module
from typing import Any

import typer.main
from typer.core import TyperGroup

from ibroker.errors import ConfigError

__all__ = ["LazyGroup"]

# Where each command stands: a module, and in it a typer app or a function with HELP.
_COMMANDS = {
    "publish": "ibroker.cli.publish:publish",
    "consume": "ibroker.cli.consume:consume",
    "route": "ibroker.cli.route:route",
    "topics": "ibroker.cli.topics:topics_app",
    "deadletter": "ibroker.cli.deadletter:deadletter_app",
    "demo": "ibroker.cli.demo:demo_app",
    "kafka": "ibroker.cli.kafka:kafka_app",
}


class LazyGroup(TyperGroup):
    """The group of all commands, those that talk to Kafka among them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own
        """Name them all, those of the file first."""
        return [*super().list_commands(ctx), *_COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - idem
        """Import the command. Raises ConfigError where its libraries are missing."""
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return super().get_command(ctx, cmd_name)
        module_name, _, name = target.partition(":")
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "ibroker":
                raise
            raise ConfigError(
                f"{cmd_name} heeft {error.name} nodig: pip install 'ibroker[kafka]'"
            ) from error
        found = getattr(module, name)
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            single = typer.Typer(
                add_completion=False,
                rich_markup_mode="rich",
                pretty_exceptions_enable=False,
            )
            single.command(cmd_name, help=module.HELP)(found)
            command = typer.main.get_command(single)
        command.name = cmd_name
        return command

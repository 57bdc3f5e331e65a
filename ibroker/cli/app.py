"""The typer app: which commands there are."""

import io
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ibroker.cli.lazy import LazyGroup
from ibroker.cli.validate import HELP, validate
from ibroker.errors import IbrokerError, LogError

__all__ = ["NO_CLUSTER", "app", "run"]

_WRONG_USE = 2
NO_CLUSTER = 3
"""The exit code where Kafka is not there, or does not do what we need."""

app = typer.Typer(
    name="ibroker",
    cls=LazyGroup,
    help="Het postkantoor voor berichten van de Wmo en de Jeugdwet.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    # A traceback of ours may stand on a screen or in a log: never with local values.
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ibroker {version('ibroker')}")
        raise typer.Exit


@app.callback()
def _ibroker(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Toon de versie en stop.",
        ),
    ] = False,
) -> None:
    """Het postkantoor voor berichten van de Wmo en de Jeugdwet."""


app.command("validate", help=HELP)(validate)


def run() -> None:
    """Run the app; a fault of ours becomes one line on stderr and exit code 2 or 3."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that the terminal's encoding does not have is no crash.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except IbrokerError as error:
        typer.echo(f"fout: {error}", err=True)
        sys.exit(NO_CLUSTER if isinstance(error, LogError) else _WRONG_USE)

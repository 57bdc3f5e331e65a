"""`ibroker watch`: whether each answer comes in time, and what belongs to that."""

import asyncio
import signal

import structlog
import typer

from ibroker.log import configure_log
from ibroker.settings import read_settings
from ibroker.watch.proces import run_watch

__all__ = ["HELP", "watch", "watch_app"]

HELP = """Bewaak of op elk bericht op tijd wordt geantwoord.

Zonder opdracht erachter draait dit het proces.
"""

watch_app = typer.Typer(
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@watch_app.callback(invoke_without_command=True, help=HELP)
def watch(context: typer.Context) -> None:
    """Run the watch until it is asked to stop, unless a command follows."""
    if context.invoked_subcommand is None:
        configure_log()
        asyncio.run(_run())


async def _run() -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    log = structlog.get_logger()
    log.info("started")
    await run_watch(read_settings(), stopping)
    log.info("stopped")

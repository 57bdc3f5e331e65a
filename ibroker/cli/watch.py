"""`ibroker watch`: whether each answer comes in time, and what is open for whom."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import structlog
import typer

from ibroker.cli.listing import Column, FormatOption, make_listing
from ibroker.cli.process import run_until_stopped
from ibroker.cli.week import HELP as WEEK_HELP
from ibroker.cli.week import week
from ibroker.core.watch.overzicht import Openstaand, openstaande
from ibroker.kafka.connection import connection
from ibroker.settings import Settings, read_settings
from ibroker.standards import ZONE
from ibroker.watch.inzage import codes_of, read_klokken
from ibroker.watch.plaats import clear_places
from ibroker.watch.proces import check_topics, run_watch, state_folder
from ibroker.watch.stand import forget
from ibroker.watch.tabellen import load_watch_tables

__all__ = ["HELP", "open_answers", "watch", "watch_app"]

HELP = """Bewaak of op elk bericht op tijd wordt geantwoord.

Zonder opdracht erachter draait dit het proces.

[bold]Voorbeelden[/bold]

  ibroker watch                    het proces; stop het met Ctrl-C
  ibroker watch --rebuild          begin opnieuw bij de eerste gebeurtenis
  ibroker watch open --as 0344     wat gemeente 0344 nog moet geven, en nog krijgt
  ibroker watch week               wat er per week binnenkwam, en de doorlooptijden
"""

_COLUMNS = tuple(
    Column(head, width, lambda row, head=head: row[head])  # type: ignore[misc]
    for head, width in (
        ("rol", 7),
        ("antwoord", 17),
        ("berichttype", 11),
        ("bericht", 36),
        ("wederpartij", 11),
        ("sinds", 10),
        ("uiterlijk", 10),
        ("resteert", 8),
    )
)

watch_app = typer.Typer(
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@watch_app.callback(invoke_without_command=True, help=HELP)
def watch(
    context: typer.Context,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Gooi weg wat bewaard is, en begin bij de eerste gebeurtenis.",
        ),
    ] = False,
) -> None:
    """Run the watch until it is asked to stop, unless a command follows."""
    if context.invoked_subcommand is None:
        run_until_stopped(partial(_run, rebuild=rebuild))


@watch_app.command("open")
def open_answers(
    code: Annotated[
        str, typer.Option("--as", metavar="CODE", help="De partij die het vraagt.")
    ],
    format_: FormatOption = None,
) -> None:
    """Toon de antwoorden die een partij nog moet geven of krijgen; van geen ander."""
    listing = make_listing(format_, _COLUMNS)
    found = asyncio.run(_find_open(read_settings(), code))
    for one in found:
        listing.add(_row(one))
    late = sum(one.resteert < 0 for one in found)
    listing.close(f"{len(found)} open, waarvan {late} te laat")


watch_app.command("week", help=WEEK_HELP)(week)


async def _run(settings: Settings, stopped: asyncio.Event, *, rebuild: bool) -> None:
    if rebuild:
        tables = load_watch_tables(settings)
        count = await check_topics(settings, tables.topics)
        await forget(connection(settings), tables.topics, count)
        clear_places(state_folder(settings))
        structlog.get_logger().info("begins anew")
    await run_watch(settings, stopped)


async def _find_open(settings: Settings, code: str) -> Sequence[Openstaand]:
    tables = load_watch_tables(settings)
    codes = codes_of(settings, code)
    running = await read_klokken(settings, tables, codes)
    today = datetime.now(ZONE).date()
    # Of what stands with two codes of one party it sees one.
    found = set(openstaande(running, codes, today, tables.kalender))
    return sorted(found, key=lambda one: (one.uiterlijk, one.rol, one.bericht))


def _row(one: Openstaand) -> dict[str, object]:
    return {
        "rol": one.rol.value,
        "antwoord": one.antwoord,
        "berichttype": one.berichttype,
        "bericht": one.bericht,
        "wederpartij": one.wederpartij,
        "sinds": one.sinds.isoformat(),
        "uiterlijk": one.uiterlijk.isoformat(),
        "resteert": one.resteert,
    }

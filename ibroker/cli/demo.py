"""`ibroker demo`: the whole chain on this machine, with sample traffic."""

import asyncio
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ibroker.core.verdict import Standards
from ibroker.demo.chain import Chain, bring_down, bring_up
from ibroker.demo.router_process import find_router
from ibroker.demo.tracking import Spoor, follow
from ibroker.demo.verkeer import read_verkeer
from ibroker.kafka.connection import connection
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings
from ibroker.standards import load_standards

__all__ = ["HELP", "demo_app", "down", "run", "up"]

_FOUND_WRONG = 1

HELP = """De hele keten op deze machine: Kafka, topics, router en voorbeeldverkeer.

Is IBROKER_KAFKA gezet, dan draait de keten op dat cluster.

[bold]Voorbeelden[/bold]

  ibroker demo run tests/berichten/verkeer.toml   start, verstuur, toon, stop
  ibroker demo up                                 start en laat draaien
  ibroker demo down                               stop; de gegevens blijven
"""

demo_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP)


@demo_app.command()
def run(
    verkeer: Annotated[
        Path,
        typer.Argument(
            metavar="VERKEER.toml", help="Welk bestand van wie, en de uitkomst."
        ),
    ],
) -> None:
    """Verstuur voorbeeldverkeer en toon waar elk bericht terechtkomt.

    Op een terminal blijft de keten daarna draaien tot Ctrl-C.
    """
    settings = read_settings()
    zendingen = read_verkeer(verkeer)
    console = Console(highlight=False, soft_wrap=True)
    # The chain's own processes are not in our group: Ctrl-C reaches this one alone.
    with _running(settings, console) as chain:
        reachable = settings.model_copy(update={"kafka": chain.address})
        console.print(f"{len(zendingen)} berichten aanleveren ...")
        topics = load_register(settings.partijen).topics
        sporen = asyncio.run(follow(zendingen, connection(reachable), topics))
        good = _show(console, sporen, load_standards(settings.schemas))
        _show_commands(console, chain, sporen)
        if sys.stdin.isatty():
            _wait_for_interrupt(console)
    if not good:
        raise typer.Exit(_FOUND_WRONG)


@demo_app.command()
def up() -> None:
    """Start Kafka, de topics en de router, en laat ze draaien."""
    chain = bring_up(read_settings())
    typer.echo(f"De keten draait op {chain.address}; het log staat in {chain.log}.")
    for name, value in chain.environment.items():
        typer.echo(f"export {name}={value}")


@demo_app.command()
def down() -> None:
    """Stop de router en onze eigen Kafka; de gegevens blijven staan."""
    bring_down(read_settings())
    typer.echo("De keten is gestopt.")


@contextmanager
def _running(settings: Settings, console: Console) -> Iterator[Chain]:
    """The chain, stopped at the end where it did not run before."""
    ran = find_router(settings.data.resolve()) is not None
    console.print("Kafka, topics en router starten ...")
    try:
        chain = bring_up(settings)
        console.print(f"Kafka op {chain.address}; log van de router: {chain.log}")
        yield chain
    finally:
        if not ran:
            console.print("Netjes stoppen ...")
            bring_down(settings)


def _wait_for_interrupt(console: Console) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    # Not before: whoever reads it may press at once.
    console.print("\nDe keten draait. Ctrl-C stopt hem.")
    while not stop.wait(0.5):
        pass


def _show(console: Console, sporen: Sequence[Spoor], standards: Standards) -> bool:
    """Show each bericht and the sum; True where each went as the table says."""
    width = max(len(spoor.zending.bestand) for spoor in sporen)
    for spoor in sporen:
        data = spoor.event["data"]
        wanted = spoor.uitkomst == spoor.zending.uitkomst
        console.print(
            f"{spoor.zending.bestand:<{width}}  {spoor.zending.zender:>8}"
            f"  {spoor.uitkomst if wanted else spoor.uitkomst + ' (!)':<12}"
            f"  {data['topic']}/{data['partition']}/{data['offset']}"
        )
        for regel in data["regels"]:
            console.print(f"    {_reason(regel, standards)}", style="dim")
    arrived = Counter(spoor.event["data"]["topic"] for spoor in sporen)
    console.print("\nWat waar aankwam:")
    for topic, count in sorted(arrived.items()):
        console.print(f"  {count:>4}  {topic}")
    counts = Counter(spoor.uitkomst for spoor in sporen)
    parts = " + ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    console.print(f"\n{len(sporen)} aangeleverd = {parts}")
    checked = [spoor.is_gelijk for spoor in sporen if spoor.is_gelijk is not None]
    console.print(
        f"{sum(checked)} van {len(checked)} doorgegeven berichten zijn byte voor byte"
        " wat is aangeleverd."
    )
    as_told = all(spoor.uitkomst == spoor.zending.uitkomst for spoor in sporen)
    console.print(
        "Zo hoort het: elke uitkomst is die van het voorbeeldverkeer."
        if as_told
        else "Dit hoort niet zo: zie (!)."
    )
    return as_told and all(checked)


def _reason(regel: str, standards: Standards) -> str:
    tekst = (
        standards.rules.teksten.get(regel)
        or standards.teksten0.get(regel)
        or (
            standards.foutcodes.codes[standards.foutcodes.code_for(regel)].omschrijving
            if regel in standards.foutcodes.regels
            else ""
        )
    )
    return f"{regel} {tekst}".strip()


def _show_commands(console: Console, chain: Chain, sporen: Sequence[Spoor]) -> None:
    zender = next(
        (spoor.zending.zender for spoor in sporen if spoor.uitkomst == "bezorgd"),
        "0344",
    )
    console.print("\nVerder kijken, zolang de keten draait (make up laat hem draaien):")
    for name, value in chain.environment.items():
        console.print(f"  export {name}={value}")
    console.print(f"  ibroker publish BESTAND --as {zender}")
    console.print(f"  ibroker consume --as {zender} --out post/")
    console.print("  ibroker deadletter list")
    console.print("  ibroker topics plan")

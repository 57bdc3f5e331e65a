"""`ibroker demo`: the whole chain on this machine, with sample traffic."""

import asyncio
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ibroker.cli.verhaal import show_verhaal
from ibroker.core.verdict import Standards
from ibroker.demo.chain import Chain, bring_down, bring_up
from ibroker.demo.processes import PROCESSES, find_process
from ibroker.demo.tracking import Spoor, count_events, follow
from ibroker.demo.verhaal import Verhaal, follow_verhalen, read_verhalen
from ibroker.demo.verkeer import Zending, read_verkeer, rename
from ibroker.kafka.connection import connection
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings
from ibroker.standards import ZONE, load_standards
from ibroker.wlz import SIGNALEN

__all__ = ["HELP", "demo_app", "down", "run", "up"]

_FOUND_WRONG = 1

HELP = """De hele keten op deze machine: Kafka, router, Wlz-stroom en voorbeeldverkeer.

Is IBROKER_KAFKA gezet, dan draait de keten op dat cluster.

[bold]Voorbeelden[/bold]

  ibroker demo run tests/berichten/verkeer.toml --wlz tests/berichten/wlz.toml
                                                  start, verstuur, toon, stop
  ibroker demo up                                 start en laat draaien
  ibroker demo down                               stop; de gegevens blijven
"""

demo_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP)


@demo_app.command()
def run(
    verkeer: Annotated[
        list[Path],
        typer.Argument(
            metavar="VERKEER.toml", help="Welk bestand van wie, en de uitkomst."
        ),
    ],
    wlz: Annotated[
        Path | None,
        typer.Option(
            metavar="VERHALEN.toml",
            help="Ook deze verhalen: wat een gemeente van de Wlz-stroom hoort.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Verstuur voorbeeldverkeer en toon waar elk bericht terechtkomt.

    Elke keer met andere identificaties: anders kent de router de berichten nog. Op een
    terminal blijft de keten daarna draaien tot Ctrl-C.
    """
    settings = read_settings()
    tables = {path: read_verkeer(path) for path in verkeer}
    verhalen = () if wlz is None else read_verhalen(wlz)
    console = Console(highlight=False, soft_wrap=True)
    # The chain's own processes are not in our group: Ctrl-C reaches this one alone.
    with _running(settings, console) as chain:
        reachable = settings.model_copy(update={"kafka": chain.address})
        good = asyncio.run(_play(console, reachable, tables, verhalen))
        _show_commands(console, chain)
        if sys.stdin.isatty():
            _wait_for_interrupt(console)
    if not good:
        raise typer.Exit(_FOUND_WRONG)


@demo_app.command()
def up() -> None:
    """Start Kafka, de topics, de router en de Wlz-stroom, en laat ze draaien."""
    chain = bring_up(read_settings())
    typer.echo(f"De keten draait op {chain.address}; de logs: {_logs(chain)}.")
    for line in _watching(chain):
        typer.echo(line)
    for name, value in chain.environment.items():
        typer.echo(f"export {name}={value}")


@demo_app.command()
def down() -> None:
    """Stop onze processen en onze eigen Kafka; de gegevens blijven staan."""
    bring_down(read_settings())
    typer.echo("De keten is gestopt.")


@contextmanager
def _running(settings: Settings, console: Console) -> Iterator[Chain]:
    """The chain, stopped at the end where it did not run before."""
    ran = find_process(PROCESSES[0], settings.data.resolve()) is not None
    console.print("Kafka, topics, router en Wlz-stroom starten ...")
    try:
        chain = bring_up(settings)
        console.print(f"Kafka op {chain.address}; logs: {_logs(chain)}")
        for line in _watching(chain):
            console.print(line)
        yield chain
    finally:
        if not ran:
            console.print("Netjes stoppen ...")
            bring_down(settings)


def _logs(chain: Chain) -> str:
    return ", ".join(map(str, chain.logs))


def _watching(chain: Chain) -> list[str]:
    """Where to see how it goes."""
    lines = [
        f"Cijfers van {name}: http://{address}/metrics"
        for name, address in chain.metrics.items()
    ]
    if chain.prometheus is None:
        return [
            *lines,
            "Prometheus is hier niet geïnstalleerd.",
        ]
    return [*lines, f"Prometheus: http://{chain.prometheus}/alerts"]


async def _play(
    console: Console,
    settings: Settings,
    tables: Mapping[Path, Sequence[Zending]],
    verhalen: Sequence[Verhaal],
) -> bool:
    """Send all of it, and show what came of it; True where all is as it must be."""
    to_kafka, register = connection(settings), load_register(settings.partijen)
    standards = load_standards(settings.schemas)
    topics = register.topics
    number = await count_events(to_kafka, topics.gebeurtenissen)
    good = True
    for path, zendingen in tables.items():
        console.print(f"\n[bold]{path.name}[/bold]: {len(zendingen)} berichten ...")
        run = f"{number}/{path.name}"
        named = [(zending, rename(zending.read(), run)) for zending in zendingen]
        sporen = await follow(named, to_kafka, topics)
        good &= _show(console, sporen, standards)
    postvakken = (*register.postvak_topics(datetime.now(ZONE).date()), SIGNALEN)
    async for verhaal, stappen in follow_verhalen(
        verhalen, number, to_kafka, topics, postvakken
    ):
        good &= show_verhaal(console, verhaal, stappen)
    return good


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
            f"  {_place(data)}"
        )
        for regel in data["regels"]:
            console.print(f"    {_reason(regel, standards)}", style="dim")
    arrived = Counter(
        topic for spoor in sporen if (topic := spoor.event["data"]["topic"])
    )
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


def _place(data: Mapping[str, Any]) -> str:
    if data["topic"] is None:
        return "nergens: dit had de router al aangenomen"
    return f"{data['topic']}/{data['partition']}/{data['offset']}"


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


def _show_commands(console: Console, chain: Chain) -> None:
    console.print("\nVerder kijken, zolang de keten draait (make up laat hem draaien):")
    for name, value in chain.environment.items():
        console.print(f"  export {name}={value}")
    console.print("  ibroker publish BESTAND --as 0363")
    console.print("  ibroker consume --as 0363 --out post/")
    console.print("  ibroker wlz check --as 0363")
    console.print("  ibroker deadletter list")
    console.print("  ibroker topics plan")

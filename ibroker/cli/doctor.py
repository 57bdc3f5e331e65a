"""`ibroker doctor`: whether all is as it must be, and a bundle for who helps."""

import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibroker.cli.listing import FormatOption, as_json_line
from ibroker.cli.report import Format
from ibroker.doctor.bevinding import Bevinding, Oordeel, exit_code
from ibroker.doctor.bundel import Bundel, write_bundel
from ibroker.doctor.kafka_cluster import KafkaWaarnemer
from ibroker.doctor.onderzoek import Onderzoek, Toegang
from ibroker.kafka.connection import connection
from ibroker.settings import Settings, read_settings
from ibroker.status.adressen import read_adressen
from ibroker.status.ophalen import fetch_all
from ibroker.topics.kafka_admin import KafkaAdmin

__all__ = ["HELP", "AtOption", "doctor"]

_COLOURS = {Oordeel.GOED: "green", Oordeel.LET_OP: "yellow", Oordeel.FOUT: "red"}

HELP = """Kijk of alles is zoals het hoort.

Bekijkt de instellingen (met herkomst), de sleutels en certificaten (rechten en lengte,
nooit de inhoud), de schema's en tabellen, Python en de bibliotheken, de schijf, het
cluster (brokers, controller, versie, partities, de klok), de topics tegen topics.yaml,
en de processen waarvan het adres bekend is. Er verandert niets.

Met --bundle komt alles in een zip om naar een helper te sturen: zonder berichten,
sleutels, headers of logs. Van een pad staat er alleen het laatste deel in, en aantallen
onder de 5 van een partij, berichttype of regel blijven verborgen.

[bold]Voorbeelden[/bold]

  ibroker doctor
  ibroker doctor --at 127.0.0.1:9464 --at 127.0.0.1:9474
  ibroker doctor --bundle voor-de-helpdesk.zip

[bold]Exitcodes[/bold]

  0    goed; er kan wel iets zijn om op te letten
  1    er is iets niet zoals het hoort
  2    een instelling, sleutel of tabel die niet deugt
  3    Kafka is niet te bereiken
"""

AtOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="HOST:POORT",
        help="Waar een proces /metrics geeft (IBROKER_METRICS); vaker mag. Standaard"
        " wat ibroker demo up startte.",
        show_default=False,
    ),
]


def doctor(
    at: AtOption = None,
    output: FormatOption = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="BESTAND.zip",
            help="Schrijf ook een diagnosebundel, zonder persoonsgegevens.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Look at everything, show it, and end with what the worst of it asks."""
    settings = read_settings()
    now = datetime.now(UTC)
    metingen = fetch_all(read_adressen(settings.data, at or ()))
    onderzoek = Onderzoek(settings, _toegang(settings), metingen, now)
    bevindingen = _show(onderzoek, output)
    if bundle is not None:
        write_bundel(
            Bundel(settings, bevindingen, onderzoek.plan, metingen, now), bundle
        )
        typer.echo(f"bundel: {bundle}", err=True)
    code = exit_code(bevindingen)
    if code:
        raise typer.Exit(code)


def _toegang(settings: Settings) -> Toegang:
    return Toegang(
        waarnemer=lambda: KafkaWaarnemer(connection(settings)),
        admin=lambda: KafkaAdmin(connection(settings)),
    )


def _show(onderzoek: Onderzoek, output: Format | None) -> list[Bevinding]:
    is_json = output is Format.JSON or (output is None and not sys.stdout.isatty())
    if is_json:
        found = []
        for one in onderzoek.run():
            found.append(one)
            row = asdict(one) | {"oordeel": one.oordeel.value}
            del row["gevolg"]
            sys.stdout.buffer.write(as_json_line(row))
        sys.stdout.buffer.flush()
        return found
    found = list(onderzoek.run())
    console = Console(highlight=False)
    console.print(_table(found))
    counts = Counter(one.oordeel for one in found)
    total = ", ".join(f"{counts[one]} {one.value}" for one in Oordeel)
    console.print(Text(total, style="bold"))
    return found


def _table(found: list[Bevinding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    part = None
    for one in found:
        if one.onderdeel != part:
            part = one.onderdeel
            table.add_row("", Text(part, style="bold"), "")
        sign = Text(one.oordeel.value, style=_COLOURS[one.oordeel])
        # As text: what a path or a fault holds is no markup.
        table.add_row(sign, Text(f"  {one.naam}"), Text(one.tekst))
    return table

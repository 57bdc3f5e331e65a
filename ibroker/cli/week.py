"""`ibroker watch week`: steering information, for operators, a party or everybody."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibroker.cli.listing import FormatOption, Row, as_json_line
from ibroker.cli.report import Format
from ibroker.core.watch.doorlooptijd import spreid
from ibroker.core.watch.week import week_of
from ibroker.core.watch.weekoverzicht import (
    Volume,
    Weekoverzicht,
    Weekstand,
    publiek,
    weekoverzicht,
)
from ibroker.errors import ConfigError
from ibroker.settings import Settings, read_settings
from ibroker.watch.inzage import codes_of, read_klokken, read_weken
from ibroker.watch.tabellen import WatchTables, load_watch_tables

__all__ = ["HELP", "week"]

_MS = 1000
_NAMES = frozenset({"week", "berichttype", "regel", "antwoord"})

HELP = """Toon per week wat er binnenkwam en hoe lang antwoorden duurden.

Er zijn drie overzichten. Wat er van elk berichttype binnenkwam en wat daarvan werd. Hoe
vaak elke regel een bericht tegenhield; één bericht kan meer regels schenden. En van elk
antwoord dat in die week kwam hoeveel uur het duurde vanaf het heenbericht: de helft
kwam binnen mediaan uur, negen van de tien binnen p90; na twee dagen in hele dagen.

Met --as alleen wat een partij zelf vroeg of beantwoordde: de doorlooptijden. Wat
er per partij binnenkwam wordt niet bijgehouden.

Met --publiek wat de beheerders mag verlaten, van weken die voorbij zijn. Een aantal
onder de 5 staat er als <5, en waar het uit een ander zou zijn uit te rekenen staat een
streepje (in JSON null). Regels zijn dan over alle berichttypen samen geteld.

[bold]Voorbeelden[/bold]

  ibroker watch week                       de laatste vier weken
  ibroker watch week --weeks 1 --format json
  ibroker watch week --as 0344             van gemeente 0344
  ibroker watch week --publiek             om te publiceren
"""


def week(
    code: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="CODE",
            help="De partij die het vraagt; standaard is het voor beheerders.",
            show_default=False,
        ),
    ] = None,
    weeks: Annotated[
        int, typer.Option(min=1, metavar="AANTAL", help="Hoeveel weken.")
    ] = 4,
    public: Annotated[
        bool, typer.Option("--publiek", help="Alleen wat gepubliceerd mag worden.")
    ] = False,
    output: FormatOption = None,
) -> None:
    """Show steering information."""
    if public and code is not None:
        raise ConfigError("--publiek is van alle partijen: geef geen --as")
    settings = read_settings()
    tables = load_watch_tables(settings)
    stand = asyncio.run(_read(settings, tables, code))
    weken = stand.weken()
    if public:
        now = week_of(round(time.time() * _MS), tables.kalender)
        weken = [one for one in weken if one < now]
    stand = stand.only(weken[-weeks:])
    _show(publiek(stand) if public else weekoverzicht(stand), output)


async def _read(settings: Settings, tables: WatchTables, code: str | None) -> Weekstand:
    if code is None:
        return await read_weken(settings, tables)
    own = await read_klokken(settings, tables, codes_of(settings, code))
    return Weekstand({}, spreid(own, tables.kalender))


def _show(overzicht: Weekoverzicht, output: Format | None) -> None:
    parts = _rows(overzicht)
    if output is Format.JSON or (output is None and not sys.stdout.isatty()):
        for name, rows in parts.items():
            for row in rows:
                sys.stdout.buffer.write(as_json_line({"overzicht": name, **row}))
        sys.stdout.buffer.flush()
        return
    console = Console(highlight=False)
    for name, rows in parts.items():
        if rows:
            console.print(Text(name, style="bold"), _table(rows), "", sep="\n")
    if not any(parts.values()):
        console.print("van geen week is iets bekend")


def _rows(overzicht: Weekoverzicht) -> Mapping[str, Sequence[Row]]:
    return {
        "volume": [_volume(one) for one in overzicht.volumes],
        "afkeur": [asdict(one) for one in overzicht.afkeur],
        "doorlooptijd": [asdict(one) for one in overzicht.doorlooptijden],
    }


def _volume(volume: Volume) -> Row:
    row = asdict(volume)
    uitkomsten = row.pop("uitkomsten")
    return {**row, **uitkomsten}


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in rows[0]:
        table.add_column(Text(head), justify="left" if head in _NAMES else "right")
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    return table


def _cell(value: object) -> Text:
    return Text("-" if value is None else str(value))

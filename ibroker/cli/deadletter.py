"""`ibroker deadletter`: what could be neither delivered nor answered."""

from dataclasses import asdict
from typing import Annotated

import typer

from ibroker.cli.errand import Errand
from ibroker.cli.letters import (
    RedenOption,
    SinceOption,
    check_id,
    read_letters,
    select,
)
from ibroker.cli.listing import Column, FormatOption, make_listing, show_record
from ibroker.cli.replay import replay_app
from ibroker.core.record import Position
from ibroker.post.deadletter import DeadLetter
from ibroker.register import load_register
from ibroker.settings import read_settings

__all__ = ["HELP", "deadletter_app", "list_letters", "show_letter"]

_FOUND_WRONG = 1

HELP = """Wat niet te bezorgen en niet te beantwoorden was.

Van zulke berichten is de zender niet bekend, of het bericht is niet te lezen.
Ze staan ongewijzigd in het topic ggk.onbestelbaar. Hier ziet u waarom en
vanwaar, nooit wat erin staat.

[bold]Redenen[/bold]

  ZENDER_ONTBREEKT    de header zender ontbreekt, staat er twee keer of is geen
  ZENDER_DUBBEL       UTF-8: dan gaat er aan de rand van ibroker iets mis, waar
  ZENDER_CODERING     de zender wordt vastgesteld
  ZENDER_ONBEKEND     het register kent de zender niet: vul het register aan, of
                      zet terug met --as en de goede code
  ZENDER_NIET_GELDIG  de zender bestaat niet, of niet meer, op die dag
  ONLEESBAAR          geen record dat te lezen is; niet terug te zetten
  TE_GROOT            past in geen topic; het origineel staat waar bron zegt

[bold]Voorbeelden[/bold]

  ibroker deadletter list --since 2026-11-01
  ibroker deadletter show 5d6c1e0a-8c1f-5f0e-9d3a-1f2b3c4d5e6f
  ibroker deadletter replay plan --reden ZENDER_ONBEKEND --as 0344 \\
      --out plan.json
  ibroker deadletter replay apply plan.json --hash HASH

[bold]Exitcodes[/bold]

  0    gedaan
  1    geen bericht met dat id, of niet alles is terug te zetten
  2    verkeerd gebruik, of een instelling of plan dat niet deugt
  3    Kafka is niet te bereiken
  130  onderbroken met Ctrl-C
"""

_LIST_HELP = """Toon wat onbestelbaar is, en of het al is teruggezet.

[bold]Voorbeelden[/bold]

  ibroker deadletter list
  ibroker deadletter list --since 2026-11-24T09:00 --reden ZENDER_ONBEKEND
  ibroker deadletter list --format json | jq -r .id
"""

_SHOW_HELP = """Toon van één bericht alles behalve de inhoud.

[bold]Voorbeeld[/bold]

  ibroker deadletter show 5d6c1e0a-8c1f-5f0e-9d3a-1f2b3c4d5e6f
"""

_COLUMNS = (
    Column("bericht-id", 36, lambda row: row["id"]),
    Column("reden", 16, lambda row: row["reden"]),
    Column("tijd", 24, lambda row: row["tijd"]),
    Column("zender", 8, lambda row: row["zender"]),
    Column("bytes", 9, lambda row: row["grootte"]),
    Column("teruggezet", 0, lambda row: row["teruggezet"] is not None),
)

deadletter_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP)
deadletter_app.add_typer(replay_app, name="replay")


@deadletter_app.command("list", help=_LIST_HELP)
def list_letters(
    since: SinceOption = None,
    reden: RedenOption = None,
    output: FormatOption = None,
) -> None:
    """Show what is in the dead letter topic."""
    settings = read_settings()
    topics = load_register(settings.partijen).topics
    selection = select(since, reden)
    listing = make_listing(output, _COLUMNS)
    count = 0
    with Errand() as errand:
        for letter, place in errand.each(read_letters(settings, topics)):
            if errand.is_stopping():
                break
            if selection.takes(letter):
                listing.add(_row(letter, place))
                count += 1
    listing.close(f"{count} onbestelbaar")
    errand.check_signal()


@deadletter_app.command("show", help=_SHOW_HELP)
def show_letter(
    identity: Annotated[
        str,
        typer.Argument(metavar="ID", help="Het bericht-id.", show_default=False),
    ],
    output: FormatOption = None,
) -> None:
    """Show one dead letter, all but its content."""
    settings = read_settings()
    topics = load_register(settings.partijen).topics
    check_id(identity)
    with Errand() as errand:
        found = None
        for letter, place in errand.each(read_letters(settings, topics)):
            if letter.id == identity or errand.is_stopping():
                found = _row(letter, place)
                break
    errand.check_signal()
    if found is None:
        typer.echo(f"fout: geen bericht met dat id in {topics.onbestelbaar}", err=True)
        raise typer.Exit(_FOUND_WRONG)
    show_record(output, found)


def _row(letter: DeadLetter, place: Position | None) -> dict[str, object]:
    row = asdict(letter)
    del row["place"]
    row["terug_te_zetten"] = row.pop("is_whole")
    where = letter.place
    row["staat"] = f"{where.topic}/{where.partition}/{where.offset}"
    row["teruggezet"] = (
        None if place is None else f"{place.topic}/{place.partition}/{place.offset}"
    )
    return row

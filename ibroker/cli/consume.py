"""`ibroker consume`: takes delivered berichten, one file each."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from signal import SIGTERM
from typing import Annotated

import typer

from ibroker.cli.errand import Errand
from ibroker.cli.listing import Column, FormatOption, make_listing
from ibroker.cli.text import printable
from ibroker.core.register import Partij
from ibroker.kafka.connection import connection
from ibroker.post.delivered import Delivered
from ibroker.post.folder import Folder
from ibroker.post.kafka_mailbox import KafkaMailbox
from ibroker.post.mailbox import Wish, collect
from ibroker.post.partij import consumer_group, find_partij, own_key
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings

__all__ = ["HELP", "consume"]

HELP = """Haal bezorgde berichten op: één bestand per bericht.

Elk bericht wordt <bericht-id>.xml, met ernaast <bericht-id>.json: type,
zender, kenmerk, op welk bericht het antwoordt, SHA-256. Pas als beide op
schijf staan geldt het bericht als opgehaald. Valt er daartussen iets uit, dan
komt het nog eens, onder dezelfde naam: er gaat niets verloren, en in de map
komt niets dubbel. Wie bestanden meteen weghaalt, herkent een herhaling aan
het bericht-id. De bestanden zijn alleen voor u leesbaar, want er staan
persoonsgegevens in.

Wie al iets heeft opgehaald, gaat verder waar hij was. Dat houdt Kafka bij, in
de consumer group van de partij (gemeente.0344, cak): wie ergens anders ook
voor die partij ophaalt, krijgt dus een deel van de post.

Van een zorgaanbieder staat de post in het topic dat alle aanbieders delen; er
wordt alleen geschreven wat voor deze AGB-code is. Omdat dat topic van ibroker
zelf is, draait dit bevel dan aan de rand van ibroker, niet bij de aanbieder.

[bold]Voorbeelden[/bold]

  ibroker consume --as 0344                  wat er nu is, in post/0344
  ibroker consume --as 0344 --out inbox/     in een andere map
  ibroker consume --as CAK --follow          en blijf wachten op nieuwe post
  ibroker consume --as 01234567 --max 10     hoogstens tien berichten

[bold]Exitcodes[/bold]

  0    gedaan, ook als er geen post was
  2    verkeerd gebruik, of een map die niets meer aanneemt
  3    Kafka is niet te bereiken, of geeft post die niet is zoals ibroker die
       bezorgt; ook dan is daarvan niets bevestigd
  130  onderbroken met Ctrl-C; wat getoond is, staat op schijf
"""

_COLUMNS = (
    Column("bericht-id", 36, lambda row: row["id"]),
    Column("type", 26, lambda row: row["type"]),
    Column("zender", 8, lambda row: row["zender"]),
    Column("kenmerk", 16, lambda row: row["kenmerk"]),
    Column("bestand", 0, lambda row: row["bestand"]),
)


def consume(
    ontvanger: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="CODE",
            help="Wie ophaalt: CBS-code, AGB-code, CAK, SVB of CIZ.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="De map voor de bestanden; standaard post/<CODE>.",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Blijf wachten op nieuwe post, tot Ctrl-C."),
    ] = False,
    most: Annotated[
        int | None,
        typer.Option(
            "--max",
            min=1,
            metavar="N",
            help="Hoogstens zoveel berichten.",
            show_default=False,
        ),
    ] = None,
    output: FormatOption = None,
) -> None:
    """Collect what was delivered to a party, and show what it was without content."""
    settings = read_settings()
    partij = find_partij(load_register(settings.partijen), ontvanger)
    wish = Wish(own_key(partij), follow=follow, most=most)
    listing = make_listing(output, _COLUMNS)
    count = 0
    with Folder(out or Path("post", partij.code)) as folder, Errand() as errand:
        batches = _collect(partij, folder, wish, settings, errand.is_stopping)
        for batch in errand.each(batches):
            for delivered in batch:
                listing.add(_row(delivered, folder.path))
            count += len(batch)
            listing.flush()
    listing.close(f"{count} opgehaald")
    # That is how whoever looks after a process ends one that follows.
    if not (follow and errand.signal == SIGTERM):
        errand.check_signal()


async def _collect(
    partij: Partij,
    folder: Folder,
    wish: Wish,
    settings: Settings,
    is_stopping: Callable[[], bool],
) -> AsyncGenerator[Sequence[Delivered], None]:
    arguments, group = connection(settings), consumer_group(partij)
    async with KafkaMailbox(arguments, partij.topic, group, key=wish.key) as mailbox:
        if mailbox.is_shared_out():
            typer.echo(
                f"let op: een ander proces haalt de post van {partij.code} al op",
                err=True,
            )
        batches = collect(mailbox, folder, wish, is_stopping)
        async with aclosing(batches):
            async for batch in batches:
                yield batch


def _row(delivered: Delivered, folder: Path) -> dict[str, object]:
    kenmerk = delivered.kenmerk
    return {
        "id": delivered.id,
        "type": printable(delivered.type),
        "zender": printable(delivered.zender),
        "kenmerk": None if kenmerk is None else printable(kenmerk),
        "bestand": printable(str(folder / f"{delivered.id}.xml")),
    }

"""`ibroker wlz reconcile`: whether what gemeenten were told is what the facts ask."""

import asyncio
from collections import Counter
from dataclasses import asdict
from datetime import datetime

import typer

from ibroker.cli.listing import Column, FormatOption, Row, make_listing
from ibroker.feiten import load_feiten_topic
from ibroker.kafka.connection import connection
from ibroker.post.afstemming import Afstemming, Telling
from ibroker.post.kafka_bronnen import KafkaBronnen
from ibroker.post.kladblok import Kladblok
from ibroker.settings import read_settings
from ibroker.states import changelog_of
from ibroker.wlz import SIGNALEN, WLZ_GROUP, load_wlz_tables

__all__ = ["HELP", "reconcile"]

_FOUND_WRONG = 1

HELP = """Reken na of elke gemeente is verteld wat de feiten vragen.

Alle feiten (ggk.intern.wlz.feiten) worden opnieuw gelezen en per persoon opgeteld. Wat
daaruit volgt wordt vergeleken met wat de Wlz-stroom heeft onthouden
(ggk.intern.wlz.stand), en dat met de uitleg van elk signaal (ggk.wlz.signalen). Niets
wordt verstuurd of hersteld. Verwacht: geen verschil.

De stroom mag doorgaan: over wie hij intussen een feit verwerkt wordt overgeslagen. Wat
hij nog niet heeft verwerkt telt niet mee; hoeveel dat is staat in de laatste regel.

[bold]Verschillen[/bold]

  ontbreekt         de feiten vragen een signaal, en er staat er geen
  te veel           er staat een signaal dat de feiten niet vragen
  anders            er staat een signaal dat iets anders zegt
  nooit verteld     de stroom denkt dat er een signaal staat; de uitleg zegt van niet
  niet bijgehouden  volgens de uitleg staat er een signaal; de stroom kent het niet

U ziet van elk verschil de gemeente, het signaal en de berichten die het veroorzaken, en
nooit over wie het gaat.

[bold]Vooraf[/bold]

  IBROKER_PERSOONSSLEUTELS=MAP         als voor ibroker wlz
  IBROKER_DATA=MAP                     daarin komt een kladblok, dat weer weggaat:
                                       ongeveer een kilobyte per persoon

[bold]Exitcodes[/bold]

  0    geen verschil
  1    verschillen
  2    een instelling die niet deugt, of een feit dat niet te lezen is
  3    Kafka is niet te bereiken
"""


def _joined(row: Row) -> str:
    berichten = row["berichten"]
    return ", ".join(berichten) if isinstance(berichten, tuple) else ""


_COLUMNS = (
    Column("verschil", 16, lambda row: row["soort"]),
    Column("gemeente", 8, lambda row: row["gemeente"]),
    Column("signaal", 36, lambda row: row["signaal"]),
    Column("berichten", 0, _joined),
)


def reconcile(output: FormatOption = None) -> None:
    """Compare, show each difference, and end with 1 where there is one."""
    settings = read_settings()
    tables = load_wlz_tables(settings)
    bronnen = KafkaBronnen(
        topic_feiten=load_feiten_topic(),
        topic_stand=changelog_of(WLZ_GROUP),
        topic_signalen=SIGNALEN,
        group=WLZ_GROUP,
        connection=connection(settings),
    )
    listing = make_listing(output, _COLUMNS)
    counts: Counter[str] = Counter()
    with Kladblok.open(settings.data.resolve()) as pad:
        afstemming = Afstemming(bronnen, tables, pad)
        asyncio.run(afstemming.read())
        today = datetime.now(tables.zone).date()
        for verschil in afstemming.differences(today):
            counts[verschil.soort.value] += 1
            listing.add(asdict(verschil))
    total = ", ".join(f"{count} {soort}" for soort, count in sorted(counts.items()))
    listing.close(total or "geen verschil")
    typer.echo(_summary(afstemming.telling), err=True)
    if counts:
        raise typer.Exit(_FOUND_WRONG)


def _summary(telling: Telling) -> str:
    compared = (
        f"{telling.feiten} feiten van {telling.personen} personen en"
        f" {telling.signalen} staande signalen vergeleken"
    )
    parts = [compared]
    if telling.achterstand:
        parts.append(f"{telling.achterstand} feiten nog niet verwerkt")
    if telling.in_beweging:
        parts.append(f"{telling.in_beweging} personen overgeslagen: er kwam iets bij")
    if telling.te_oud:
        parts.append(f"{telling.te_oud} overgeslagen: niet alles staat nog in Kafka")
    if telling.oude_sleutel:
        parts.append(f"{telling.oude_sleutel} personen nog onder een vorige sleutel")
    return "; ".join(parts)

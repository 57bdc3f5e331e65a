"""`ibroker simulate`: invented traffic of the whole chain, and what must come of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ibroker.cli.progress import with_progress
from ibroker.errors import ConfigError
from ibroker.settings import read_settings
from ibroker.simulatie.bevolking import MENSEN
from ibroker.simulatie.blok import Opdracht
from ibroker.simulatie.fabriek import Bestelling, make_pakketten
from ibroker.simulatie.levensloop import LEVENS, Periode
from ibroker.simulatie.uitvoer import open_uitvoer, truth_beside

__all__ = ["HELP", "simulate"]

_MONTH = 30.44  # days
_FIRST = datetime(2026, 1, 1)  # noqa: DTZ001 - a day: typer has no dates

HELP = """Simuleer de hele keten met verzonnen mensen.

Gemeenten, aanbieders, CAK, SVB en CIZ sturen elkaar alle soorten berichten, over
maanden; een deel kan fout zijn. Dezelfde seed geeft dezelfde berichten. Ernaast
komt de waarheid: wat er van elk bericht moet worden, en welke Wlz-signalen er aan
het eind moeten staan. Daarin staat geen BSN.

De BSN's zijn testnummers: 9999 en verder, van niemand.

[bold]Voorbeelden[/bold]

  ibroker simulate --out verkeer.zip --personen 1000 --fout 2%
  ibroker simulate --out map/ --fout elfproef=1% --fout dubbel=0.5%
"""


def simulate(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR|FILE.zip",
            help="Schrijf bestanden in een lege map, of in een zip.",
            show_default=False,
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Welk verkeer.")] = 1,
    personen: Annotated[int, typer.Option(min=1, max=MENSEN, help="Mensen.")] = 100,
    eerste: Annotated[
        int, typer.Option(min=0, help="Het nummer van de eerste mens.")
    ] = 0,
    levens: Annotated[
        int, typer.Option(min=1, max=LEVENS, help="Levenslopen per mens.")
    ] = 1,
    vanaf: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="De eerste dag.")
    ] = _FIRST,
    maanden: Annotated[int, typer.Option(min=1, help="Hoeveel maanden.")] = 12,
    fout: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SOORT=]DEEL",
            help="Welk deel fout is: 2% van alles, of dubbel=1%.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processen.")] = 2,
) -> None:
    """Write the traffic and its truth."""
    if eerste + personen > MENSEN:
        raise ConfigError(f"--eerste en --personen: samen hoogstens {MENSEN}")
    deel, delen = _shares(fout or [])
    opdracht = Opdracht(seed, _period(vanaf.date(), maanden), eerste, personen, levens)
    bestelling = Bestelling(read_settings(), opdracht, deel, delen)
    count: Counter[str] = Counter()
    signalen = 0
    with open_uitvoer(out) as files, truth_beside(out).open("wb") as waarheid:
        made = make_pakketten(bestelling, jobs)
        for pakket in with_progress(made, opdracht.blokken):
            waarheid.write(pakket.waarheid)
            for bestand, _, _, data in pakket.stukken:
                files.add(bestand, data)
            count.update(pakket.uitkomsten)
            signalen += pakket.signalen
    parts = ", ".join(f"{number} {name}" for name, number in sorted(count.items()))
    typer.echo(f"{count.total()} berichten: {parts}; {signalen} Wlz-signalen blijven")


def _period(vanaf: date, maanden: int) -> Periode:
    return Periode(vanaf, vanaf + timedelta(days=round(maanden * _MONTH)))


def _shares(texts: list[str]) -> tuple[float, Mapping[str, float]]:
    """Read shares; without a kind before it one is of all kinds together."""
    deel, delen = 0.0, dict[str, float]()
    for text in texts:
        soort, _, share = text.rpartition("=")
        try:
            number = float(share.removesuffix("%")) / (100 if "%" in share else 1)
        except ValueError:
            raise ConfigError(f"--fout: {share} is geen deel, zoals 2%") from None
        if soort:
            delen[soort] = number
        else:
            deel = number
    return deel, delen

"""`ibroker simulate`: invented traffic of the whole chain, and what must come of it."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ibroker.cli.progress import with_progress
from ibroker.errors import ConfigError
from ibroker.settings import read_settings
from ibroker.simulatie.bevolking import MENSEN
from ibroker.simulatie.blok import Opdracht
from ibroker.simulatie.fabriek import Bestelling, Pakket, make_pakketten
from ibroker.simulatie.laden import Tabellen
from ibroker.simulatie.levensloop import LEVENS, Periode
from ibroker.simulatie.uitvoer import (
    Uitvoer,
    open_uitvoer,
    truth_beside,
    write_kop,
)

__all__ = ["HELP", "simulate"]

_FOUND_WRONG = 1
_MONTH = 30.44  # days
_FIRST = datetime(2026, 1, 1)  # noqa: DTZ001 - a day: typer has no dates

HELP = """Simuleer de hele keten met verzonnen mensen.

Gemeenten, aanbieders, CAK, SVB en CIZ sturen elkaar alle soorten berichten, over
maanden; een deel kan fout zijn. Dezelfde seed geeft dezelfde berichten. Ernaast
komt de waarheid: wat er van elk bericht moet worden, en welke Wlz-signalen er aan
het eind moeten staan. Daarin staat geen BSN.

Zonder --out gaat het naar Kafka, naar het topic ggk.aanlevering, en komt de
waarheid in --truth. Router en Wlz-stroom moeten dan draaien. Daarna vergelijkt
--check de waarheid met de gebeurtenissen, de postvakken en de Wlz-signalen. Dat
klopt op een cluster waar van deze mensen niet eerder iets is verstuurd: neem anders
andere met --eerste.

De BSN's zijn testnummers: 9999 en verder, van niemand.

[bold]Voorbeelden[/bold]

  ibroker simulate --out verkeer.zip --personen 1000 --fout 2%
  ibroker simulate --out map/ --fout elfproef=1% --fout dubbel=0.5%
  ibroker simulate --rate 1000/s --fout 2% --truth waarheid.jsonl
  ibroker simulate --check waarheid.jsonl

[bold]Exitcodes[/bold]

  0    verstuurd of geschreven; bij --check: alles is zoals het hoort
  1    --check vond een verschil
  2    verkeerd gebruik, of een instelling die niet deugt
  3    Kafka is niet te bereiken, of hield op met antwoorden
"""


def simulate(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|FILE.zip",
            help="Schrijf bestanden in een lege map, of in een zip.",
            show_default=False,
        ),
    ] = None,
    truth: Annotated[
        Path,
        typer.Option(metavar="FILE", help="De waarheid van wat naar Kafka gaat."),
    ] = Path("waarheid.jsonl"),
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Vergelijk deze waarheid met wat er op Kafka staat.",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=1, help="Seconden zonder nieuws, bij --check.")
    ] = 30.0,
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="AANTAL/s",
            help="Hoeveel per seconde naar Kafka, wat er ook gebeurt.",
            show_default="zo snel als het kan",
        ),
    ] = None,
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
    """Write or send the traffic and its truth, or hold a truth beside the log."""
    settings = read_settings()
    if check is not None:
        # The client of Kafka takes longer to load than thousands of berichten to make.
        from ibroker.cli.traffic import check_truth  # noqa: PLC0415

        if not check_truth(settings, check, wait):
            raise typer.Exit(_FOUND_WRONG)
        return
    if eerste + personen > MENSEN:
        raise ConfigError(f"--eerste en --personen: samen hoogstens {MENSEN}")
    deel, delen = _shares(fout or [])
    opdracht = Opdracht(seed, _period(vanaf.date(), maanden), eerste, personen, levens)
    tabellen = Tabellen(settings.partijen, settings.wlz_tabel)
    bestelling = Bestelling(tabellen, opdracht, deel, delen)
    path = truth if out is None else truth_beside(out)
    with _open_out(out) as files, _open_truth(path) as waarheid:
        waarheid.write(write_kop(opdracht))
        tally = _Tally(waarheid)
        pakketten = map(tally.note, make_pakketten(bestelling, jobs))
        shown = with_progress(pakketten, opdracht.blokken)
        if files is None:
            from ibroker.cli.traffic import send_traffic  # noqa: PLC0415 - idem

            send_traffic(settings, shown, _per_second(rate))
        else:
            for pakket in shown:
                for bestand, _, _, data in pakket.stukken:
                    files.add(bestand, data)
    typer.echo(tally.text())


class _Tally:
    """Writes the truth of what passes, and counts."""

    def __init__(self, waarheid: BinaryIO) -> None:
        self._waarheid = waarheid
        self._count: Counter[str] = Counter()
        self._signalen = 0

    def note(self, pakket: Pakket) -> Pakket:
        self._waarheid.write(pakket.waarheid)
        self._count.update(pakket.uitkomsten)
        self._signalen += pakket.signalen
        return pakket

    def text(self) -> str:
        parts = ", ".join(f"{n} {name}" for name, n in sorted(self._count.items()))
        total = self._count.total()
        return f"{total} berichten: {parts}; {self._signalen} Wlz-signalen blijven"


def _open_out(out: Path | None) -> AbstractContextManager[Uitvoer | None]:
    return nullcontext() if out is None else open_uitvoer(out)


def _open_truth(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _per_second(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text.removesuffix("/s"))
    except ValueError:
        number = 0.0
    if not number > 0:
        raise ConfigError(f"--rate: {text} is geen aantal, zoals 1000/s")
    return number


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

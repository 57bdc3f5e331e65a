"""`ibroker status`: the figures of the dashboards, live in the terminal."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from ibroker.cli.listing import FormatOption, as_json_line
from ibroker.cli.report import Format
from ibroker.errors import ConfigError
from ibroker.settings import read_settings
from ibroker.standards import load_catalogue
from ibroker.status.adressen import read_adressen
from ibroker.status.cijfers import Cijfers, make_cijfers
from ibroker.status.meting import Meting
from ibroker.status.ophalen import fetch_all
from ibroker.status.weergave import render

__all__ = ["HELP", "status"]

_FOUND_WRONG = 1
_EVERY = 2.0  # s
_GLANCE = 1.0  # s between the two looks of one that is shown once

HELP = """Toon hoe het gaat: de cijfers van de dashboards, in de terminal.

Leest /metrics van de processen; Prometheus of Grafana is niet nodig. U ziet de keten
(hoeveel er per seconde binnenkomt, wat ervan werd, hoe lang het duurde, wat er ligt),
de brokers, open en te late antwoorden, signalen, de hartslag, en de postvakken waarin
het meeste wacht. Een proces dat niet antwoordt staat er ook bij.

Op een terminal blijft het staan en ververst het (Ctrl-C stopt); anders is het één keer.
Een streepje is wat geen van de processen zegt.

[bold]Voorbeelden[/bold]

  ibroker status                          van wat ibroker demo up startte
  ibroker status --at 127.0.0.1:9464 --at 127.0.0.1:9494
  ibroker status --format json            één keer, voor een programma
  ibroker status --format json --every 60 elke minuut een regel

[bold]Exitcodes[/bold]

  0    alle processen antwoorden
  1    er antwoordt een proces niet
  2    verkeerd gebruik, of geen adres bekend
"""


def status(
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:POORT",
            help="Waar een proces /metrics geeft (IBROKER_METRICS); vaker mag."
            " Standaard wat ibroker demo up startte.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            metavar="SECONDEN",
            help="Hoe vaak opnieuw; standaard elke 2 op een terminal, en anders niet.",
            show_default=False,
        ),
    ] = None,
    output: FormatOption = None,
) -> None:
    """Show the figures, once or again and again."""
    adressen = read_adressen(read_settings().data, at or ())
    if not adressen:
        raise ConfigError("geen adres bekend: geef --at HOST:POORT")
    is_screen = sys.stdout.isatty()
    is_json = output is Format.JSON or (output is None and not is_screen)
    looks = _Looks(adressen)
    if every is None and (is_json or not is_screen):
        _show(looks.pair(), is_json=is_json)
    elif is_json or not is_screen:
        _repeat(looks, every or _EVERY, lambda one: _show(one, is_json=is_json))
    else:
        with Live(render(looks.look()), screen=True, auto_refresh=False) as live:
            seconds = every or _EVERY
            _repeat(looks, seconds, lambda one: live.update(render(one), refresh=True))
    if any(one.waarom is not None for one in looks.last):
        raise typer.Exit(_FOUND_WRONG)


class _Looks:
    """Looks again and again, and computes each with the one before it."""

    def __init__(self, adressen: Mapping[str, str]) -> None:
        self._adressen = adressen
        self._hartslag = load_catalogue().hartslag.type
        self.last: Sequence[Meting] = ()

    def look(self) -> Cijfers:
        metingen = fetch_all(self._adressen)
        cijfers = make_cijfers(metingen, self.last, time.time(), self._hartslag)
        self.last = metingen
        return cijfers

    def pair(self) -> Cijfers:
        """Look twice, so that there is something to say of a second."""
        first = fetch_all(self._adressen)
        time.sleep(_GLANCE)
        self.last = fetch_all(self._adressen)
        return make_cijfers(self.last, first, time.time(), self._hartslag)


def _repeat(looks: _Looks, seconds: float, show: Callable[[Cijfers], None]) -> None:
    """Show until Ctrl-C, which is how one leaves and no fault."""
    try:
        while True:
            show(looks.look())
            time.sleep(seconds)
    except KeyboardInterrupt:
        return


def _show(cijfers: Cijfers, *, is_json: bool) -> None:
    if is_json:
        sys.stdout.buffer.write(as_json_line(asdict(cijfers)))
        sys.stdout.buffer.flush()
    else:
        Console(highlight=False).print(render(cijfers))

"""`ibroker wlz`: signals to gemeenten, and what belongs to that."""

import typer

from ibroker.cli.afstemming import HELP as RECONCILE_HELP
from ibroker.cli.afstemming import reconcile
from ibroker.cli.process import run_process
from ibroker.cli.registertoets import HELP as CHECK_HELP
from ibroker.cli.registertoets import check
from ibroker.wlz import run_wlz, wlz_kinds

__all__ = ["HELP", "wlz", "wlz_app"]

HELP = """Meld gemeenten voor wie met een Wmo-voorziening de Wlz-status verandert.

Zonder opdracht erachter draait dit het proces. Het leest wat de router uit bezorgde
berichten afleidt (ggk.intern.wlz.feiten): toewijzingen, starts en stops van de Wmo,
indicaties van het CIZ, registraties en vragen van gemeenten. Elke gemeente met een
voorziening in de periode van een indicatie krijgt een Wlz-signaal zodra de status
verandert, en nooit twee keer hetzelfde, in welke volgorde de berichten ook komen. Op
een vraag (de Wlz-registertoets) krijgt alleen wie hem stelt antwoord.

Van elk signaal staat op ggk.wlz.signalen waarom het is gegeven: door welke berichten en
met welke regels, zonder te zeggen over wie.

Start het meer dan eens, ook op andere machines, om de partities te verdelen.

[bold]Vooraf[/bold]

  ibroker topics apply                 alle topics moeten bestaan
  ibroker route                        met dezelfde persoonssleutels
  IBROKER_PERSOONSSLEUTELS=MAP         <id>.sleutel, huidig en verdeling, voor elk
                                       proces dezelfde
  IBROKER_WLZ_TABEL=BESTAND            een eigen tabel in plaats van schemas/wlz.toml

[bold]Toezicht[/bold]

  IBROKER_METRICS=127.0.0.1:9462       /metrics voor Prometheus, /livez en /readyz;
                                       elk proces een eigen poort, standaard geen

Ctrl-C of SIGTERM: wat begonnen is wordt binnen 10 seconden afgemaakt.

[bold]Voorbeelden[/bold]

  ibroker wlz                          draai het proces
  ibroker wlz check --as 0344          stel één vraag
  ibroker wlz reconcile                klopt wat er is gemeld met de feiten?

[bold]Einde[/bold]  0 gestopt op verzoek, 2 instelling fout of een feit niet te lezen,
3 Kafka niet te bereiken. Wat 1 betekent zeggen de opdrachten zelf.
"""

wlz_app = typer.Typer(
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@wlz_app.callback(invoke_without_command=True, help=HELP)
def wlz(context: typer.Context) -> None:
    """Run the Wlz stream until it is asked to stop, unless a command follows."""
    if context.invoked_subcommand is None:
        run_process("wlz", wlz_kinds, run_wlz)


wlz_app.command("check", help=CHECK_HELP)(check)
wlz_app.command("reconcile", help=RECONCILE_HELP)(reconcile)

"""`ibroker route`: judge, answer and deliver what comes in."""

from collections.abc import Callable
from typing import Annotated

import typer

from ibroker.cli.process import run_process
from ibroker.kafka.loop import Bounds
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.meter import Meter
from ibroker.routing import router_kinds, run_router
from ibroker.settings import Settings

__all__ = ["HELP", "route"]

HELP = """Beoordeel, beantwoord en bezorg wat op ggk.aanlevering binnenkomt.

Elk bericht krijgt precies één uitkomst: bezorgd, retour, fout of onbestelbaar, ook als
dit proces of een broker op een slecht moment stopt. Start het meer dan eens, ook op
andere machines, om de partities te verdelen: één proces per processorkern.

[bold]Vooraf[/bold]

  ibroker topics apply                 alle topics moeten bestaan
  IBROKER_VERWIJZING_SLEUTEL=BESTAND   ten minste 32 willekeurige bytes, voor elk
                                       proces dezelfde

[bold]Toezicht[/bold]

  IBROKER_METRICS=127.0.0.1:9461       /metrics voor Prometheus, /livez en /readyz;
                                       elk proces een eigen poort, standaard geen

/livez is 503 als het proces hangt: start het opnieuw. /readyz zegt waarom het niet
werkt: geen partities, of er ligt werk waarvan al een minuut niets is vastgelegd. Wie
reserve staat omdat er meer processen dan partities zijn, is gereed.

Ctrl-C of SIGTERM: wat begonnen is wordt binnen 10 seconden afgemaakt.

[bold]Einde[/bold]  0 gestopt op verzoek, 2 instelling fout, 3 Kafka niet te bereiken.
"""


def route(
    records: Annotated[
        int,
        typer.Option(min=1, max=10_000, help="Ten hoogste zoveel berichten per keer."),
    ] = Bounds().records,
) -> None:
    """Run the router until it is asked to stop."""
    bounds = Bounds(records=records)

    async def running(
        settings: Settings, begun: Callable[[KafkaMember], None], meter: Meter
    ) -> None:
        await run_router(settings, bounds, begun, meter)

    run_process("route", router_kinds, running)

"""`ibroker exporter`: the metrics that only the whole chain has."""

import asyncio
import logging

from ibroker.cli.process import run_until_stopped
from ibroker.exporting import run_exporter
from ibroker.settings import Settings

__all__ = ["HELP", "exporter"]

HELP = """Meet de keten als geheel, voor Prometheus.

Per gemeente, voor CAK, SVB en CIZ, en voor alle zorgaanbieders samen: hoeveel er nog
niet is opgehaald, en hoe oud het oudste daarvan is. Voor de processen: hoever ze achter
zijn. Van het cluster: brokers, partities, schijven en certificaten. Er wordt geen
bericht gelezen: het gaat om plaatsen in het log, en om wie tot waar is. Wat voor de
zorgaanbieders ligt telt zolang geen van hen erlangs is gekomen.

Elke minuut gaat er een hartslag door de keten, een bericht van ibroker aan zichzelf.
De leeftijd daarvan zegt per stap of er nog iets doorkomt, ook als het verder stil is.

Eén proces is genoeg. Is het cluster weg, dan draait het door en zegt dat.

[bold]Vooraf[/bold]

  ibroker topics apply                 alle topics moeten bestaan
  IBROKER_METRICS=127.0.0.1:9494       verplicht: /metrics, /livez en /readyz

[bold]Instellingen[/bold]

  IBROKER_EXPORTER_SECONDEN=15         tijd tussen twee rondes langs het cluster
  IBROKER_HARTSLAG_SECONDEN=60         tijd tussen twee hartslagen

/readyz is 503 zolang geen ronde lukt.

[bold]Einde[/bold]  0 gestopt op verzoek, 2 instelling fout.
"""


def exporter() -> None:
    """Run the exporter until it is asked to stop."""
    run_until_stopped(_run)


async def _run(settings: Settings, stopped: asyncio.Event) -> None:
    # Of a cluster that is away it says so itself; the client does many times a second.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    await run_exporter(settings, stopped)

"""`ibroker wlz check`: one question of the Wlz-registertoets."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from getpass import getpass
from typing import Annotated, Any
from uuid import uuid4

import typer

from ibroker.cli.listing import FormatOption, show_record
from ibroker.core.record import Outgoing
from ibroker.core.wlz.registertoets import is_bsn
from ibroker.errors import ConfigError
from ibroker.feiten import load_registertoets
from ibroker.kafka.connection import connection
from ibroker.post.delivered import Delivered
from ibroker.post.kafka_postvak import KafkaPostvak
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.partij import find_partij
from ibroker.post.registertoets import ask
from ibroker.post.submission import Envelope
from ibroker.register import load_register
from ibroker.settings import read_settings
from ibroker.standards import ZONE, load_catalogue

__all__ = ["HELP", "check"]

_FOUND_WRONG = 1

HELP = """Vraag of één inwoner Wlz-zorg heeft (de Wlz-registertoets).

Het burgerservicenummer komt van stdin; op een terminal wordt erom gevraagd, zonder het
te tonen. Geef het nooit als argument mee: dat staat in de geschiedenis van de shell en
in de lijst van processen. Een nummer dat niet bestaan kan wordt niet verstuurd: daarop
volgt een fout, nooit "Nee".

De vraag gaat als bericht naar ggk.aanlevering, en alleen de gemeente die vraagt krijgt
het antwoord, in haar eigen postvak. Dat antwoord blijft daar ook staan voor wie de post
ophaalt (ibroker consume).

Ja: er is een Wlz-indicatie. Nee: er is geen, of niet meer. Onbekend: er is er een
waarnaast Wmo-zorg nog kan.

[bold]Voorbeelden[/bold]

  ibroker wlz check --as 0344
  ibroker wlz check --as 0344 --format json < bsn.txt

[bold]Exitcodes[/bold]

  0    er is antwoord
  1    geen burgerservicenummer, of de vraag is geweigerd
  2    verkeerd gebruik, of een instelling die niet deugt
  3    Kafka is niet te bereiken, of het antwoord bleef uit
"""


def check(
    gemeente: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="CODE",
            help="Welke gemeente vraagt: haar CBS-code.",
            show_default=False,
        ),
    ],
    seconds: Annotated[
        float,
        typer.Option(
            "--wait", min=1, max=600, help="Wacht ten hoogste zoveel seconden."
        ),
    ] = 30.0,
    output: FormatOption = None,
) -> None:
    """Ask one question and show its answer."""
    settings = read_settings()
    register = load_register(settings.partijen)
    partij = find_partij(register, gemeente)
    today = datetime.now(ZONE).date()
    if partij.code not in register.postvakken(today):
        raise ConfigError("--as: alleen een gemeente met een postvak kan dit vragen")
    bsn = _read_bsn()
    if not is_bsn(bsn):
        typer.echo(
            "fout: dit is geen burgerservicenummer: verwacht negen cijfers die aan de"
            " 11-proef voldoen; er is niets gevraagd",
            err=True,
        )
        raise typer.Exit(_FOUND_WRONG)
    toets = load_registertoets(load_catalogue())
    vraag = toets.build_vraag(bsn, partij.code, str(uuid4()), today)
    envelope = Envelope(register.topics.aanlevering, partij.code, None)
    brokers = connection(settings)
    post = asyncio.run(_ask(envelope.enclose(vraag), partij.topic, seconds, brokers))
    antwoord = toets.read_antwoord(post.type, post.data)
    if antwoord is None:
        typer.echo(
            f"fout: de vraag is geweigerd; waarom staat in bericht {post.id} in het"
            " postvak",
            err=True,
        )
        raise typer.Exit(_FOUND_WRONG)
    show_record(
        output,
        {
            "status": antwoord.status.value,
            "afgiftedatum": antwoord.afgifte and antwoord.afgifte.isoformat(),
            "ingangsdatum": antwoord.ingang and antwoord.ingang.isoformat(),
            "einddatum": antwoord.einde and antwoord.einde.isoformat(),
            "vraag": post.inreplyto,
            "antwoord": post.id,
        },
    )


async def _ask(
    vraag: Outgoing, topic: str, seconds: float, brokers: Mapping[str, Any]
) -> Delivered:
    """Ask by Kafka; the answer comes on that topic."""
    async with (
        KafkaPostvak(brokers, topic) as postvak,
        KafkaIntake(brokers, vraag.topic) as intake,
    ):
        return await ask(vraag, intake, postvak, seconds)


def _read_bsn() -> str:
    if sys.stdin.isatty():
        return getpass("Burgerservicenummer: ").strip()
    return sys.stdin.buffer.read(64).decode("ascii", "replace").strip()

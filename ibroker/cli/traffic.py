"""What `ibroker simulate` does with the cluster: send traffic, and check what came."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import typer

from ibroker.kafka.connection import connection
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.simulatie.controle import Plaatsen
from ibroker.simulatie.fabriek import Pakket
from ibroker.simulatie.kafka_verkeer import follow_until, send_all
from ibroker.simulatie.uitvoer import read_waarheid
from ibroker.standards import load_catalogue, own_folder, read_toml
from ibroker.wlz import SIGNALEN

__all__ = ["check_truth", "send_traffic"]

_SHOWN: Final = 20  # differences


def send_traffic(
    settings: Settings, pakketten: Iterable[Pakket], rate: float | None
) -> None:
    """Send all, `rate` a second or as fast as it goes, and say how long it took."""
    topic = load_register(settings.partijen).topics.aanlevering
    sent = asyncio.run(send_all(pakketten, connection(settings), topic, rate))
    typer.echo(
        f"{sent.berichten} verstuurd in {sent.seconden:.1f} s;"
        f" hoogstens {max(0.0, sent.te_laat):.2f} s na hun beurt"
    )


def check_truth(settings: Settings, path: Path, wait: float) -> bool:
    """Compare, and show what differs; it ends as soon as all is as it must be."""
    register, types = load_register(settings.partijen), load_catalogue().by_type
    feiten = read_toml(own_folder() / "feiten.toml")
    plaatsen = Plaatsen(
        gebeurtenissen=register.topics.gebeurtenissen,
        signalen=SIGNALEN,
        signaal=types[feiten["signaal"]].ce_type,
        antwoord=types[feiten["antwoord"]].ce_type,
    )
    waarheid = list(read_waarheid(path))
    found = asyncio.run(follow_until(waarheid, plaatsen, connection(settings), wait))
    for verschil in found[:_SHOWN]:
        typer.echo(
            f"{verschil.van}\n  verwacht: {verschil.verwacht}"
            f"\n  gezien:   {verschil.gezien}"
        )
    if found:
        typer.echo(f"{len(found)} verschillen")
    else:
        typer.echo(f"{len(waarheid)} gecontroleerd: alles is zoals het hoort")
    return not found

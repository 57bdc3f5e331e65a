"""`ibroker kafka`: a local Kafka, started, stopped and looked at."""

from pathlib import Path
from typing import Annotated

import typer

from ibroker.broker.cluster import (
    answers,
    kill_node,
    start_cluster,
    start_node,
    stop_cluster,
    stop_node,
)
from ibroker.broker.jars import version_of
from ibroker.broker.layout import Cluster, read_cluster
from ibroker.broker.node import Node, find_process
from ibroker.broker.probe import any_answer
from ibroker.errors import ClusterUnreachable, ConfigError
from ibroker.kafka.connection import connection
from ibroker.settings import Settings, read_settings

__all__ = ["HELP", "kafka_app", "start", "status", "stop"]

_UNREACHABLE = 3

HELP = """Een eigen Kafka op deze machine, zonder Docker.

De gegevens staan in de map van IBROKER_DATA (standaard .ibroker) en blijven daar als
Kafka stopt. Nodig zijn Java en, alleen de eerste keer, Maven.
Is IBROKER_KAFKA gezet, dan wordt dat cluster gebruikt en start hier niets.

[bold]Voorbeelden[/bold]

  ibroker kafka start                een node op 127.0.0.1:9092
  ibroker kafka start --nodes 3      drie nodes, vanaf 127.0.0.1:9092
  ibroker kafka status               wat draait er?
  ibroker kafka stop --node 2        alleen node 2, zoals bij onderhoud
  ibroker kafka stop                 alles

[bold]Exitcodes[/bold]

  0  goed
  2  verkeerd gebruik, Java of Maven ontbreekt, of een poort is bezet
  3  Kafka antwoordt niet
"""

kafka_app = typer.Typer(
    name="kafka",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help=HELP,
)

_Node = Annotated[
    int | None,
    typer.Option(
        "--node", min=1, metavar="N", help="Alleen deze node.", show_default=False
    ),
]


@kafka_app.command()
def start(
    nodes: Annotated[
        int | None,
        typer.Option(
            metavar="1|3",
            help="Aantal nodes van een nieuw cluster; standaard 1.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Eerste poort, standaard 9092; 0 kiest vrije poorten.",
            show_default=False,
        ),
    ] = None,
    node: _Node = None,
) -> None:
    """Start Kafka en wacht tot het antwoordt; draait het al, dan is dat ook goed."""
    settings = read_settings()
    if node is not None:
        if nodes is not None or port is not None:
            raise ConfigError("--node start wat er al was: zonder --nodes en --port")
        started = _own_cluster(settings)
        start_node(started, node)
        _show(started)
        return
    if _is_elsewhere(settings):
        _check_elsewhere(settings)
        return
    before = _existing(settings)
    ran = before is not None and all(find_process(one) for one in before.nodes)
    cluster = start_cluster(_folder(settings), nodes, port)
    if ran:
        typer.echo("Kafka draaide al.")
    _show(cluster)


@kafka_app.command()
def stop(
    node: _Node = None,
    kill: Annotated[
        bool,
        typer.Option("--kill", help="Niet netjes maar meteen, zoals bij een storing."),
    ] = False,
) -> None:
    """Stop Kafka; de gegevens blijven staan."""
    settings = read_settings()
    if _is_elsewhere(settings):
        typer.echo(f"Het cluster van IBROKER_KAFKA, {settings.kafka}, blijft draaien.")
        return
    cluster = _existing(settings)
    if cluster is None:
        typer.echo(f"Er is geen Kafka in {_folder(settings)}.")
        return
    chosen = cluster.nodes if node is None else (cluster.node(node),)
    if not any(find_process(one) for one in chosen):
        typer.echo("Kafka draait niet.")
        return
    killed: tuple[int, ...] = ()
    if kill:
        for one in chosen:
            kill_node(cluster, one.number)
    elif node is None:
        killed = stop_cluster(cluster)
    elif not stop_node(cluster, node):
        killed = (node,)
    for number in killed:
        typer.echo(f"Node {number} stopte niet op tijd, en is afgebroken.")
    typer.echo("Kafka is gestopt." if node is None else f"Node {node} is gestopt.")


@kafka_app.command()
def status() -> None:
    """Toon van elke node of hij antwoordt, en pid, adres, versie en map."""
    settings = read_settings()
    if _is_elsewhere(settings):
        _check_elsewhere(settings)
        return
    cluster = _existing(settings)
    if cluster is None:
        typer.echo(f"Er is geen Kafka in {_folder(settings)}.")
        raise typer.Exit(_UNREACHABLE)
    _show(cluster)
    if not all(answers(node) for node in cluster.nodes):
        raise typer.Exit(_UNREACHABLE)


def _folder(settings: Settings) -> Path:
    return settings.data / "kafka"


def _existing(settings: Settings) -> Cluster | None:
    return read_cluster(_folder(settings))


def _own_cluster(settings: Settings) -> Cluster:
    cluster = _existing(settings)
    if cluster is None:
        raise ConfigError(
            f"er is geen Kafka in {_folder(settings)}: ibroker kafka start maakt die"
        )
    return cluster


def _is_elsewhere(settings: Settings) -> bool:
    """Whether IBROKER_KAFKA names another cluster than the one in our folder."""
    if "kafka" not in settings.model_fields_set:
        return False
    cluster = _existing(settings)
    own = set() if cluster is None else {node.address for node in cluster.nodes}
    return own.isdisjoint(settings.kafka.split(","))


def _check_elsewhere(settings: Settings) -> None:
    arguments = connection(settings)
    if not any_answer(arguments["bootstrap_servers"], arguments.get("ssl_context")):
        raise ClusterUnreachable(
            f"op {settings.kafka} (IBROKER_KAFKA) antwoordt geen Kafka"
        )
    typer.echo(f"Kafka antwoordt op {settings.kafka} (IBROKER_KAFKA).")


def _show(cluster: Cluster) -> None:
    for node in cluster.nodes:
        typer.echo(_line(node))


def _line(node: Node) -> str:
    process = find_process(node)
    if process is None:
        return f"node {node.number}  staat stil"
    state = "draait" if answers(node) else "antwoordt niet"
    return (
        f"node {node.number}  {state}  pid {process.pid}  {node.address}"
        f"  Kafka {version_of(process.jars)}  {node.folder}"
    )

"""`ibroker topics`: topics.yaml against the cluster, and as resources of Strimzi."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from ibroker.cli.difference import (
    AllOption,
    say_without_authorizer,
    show_made,
    show_plan,
)
from ibroker.cli.listing import FormatOption
from ibroker.errors import ConfigError
from ibroker.kafka.connection import connection
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings
from ibroker.standards import ZONE
from ibroker.topics.applying import apply_plan
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.kafka_admin import KafkaAdmin
from ibroker.topics.model import Replication, TopicsFile
from ibroker.topics.plan import Plan, diff
from ibroker.topics.port import Admin
from ibroker.topics.reading import load_topics
from ibroker.topics.state import Desired, Ours
from ibroker.topics.strimzi import render_topics, render_users

__all__ = ["HELP", "apply", "plan", "strimzi", "topics_app"]

_DRIFT = 2

HELP = """De topics, wie wat mag en hoeveel: topics.yaml tegen het cluster.

Wat erin staat geldt voor alle topics die met ggk. beginnen, en voor de
principals van ibroker. De rest van het cluster blijft onaangeroerd. Elke
gemeente uit het register heeft een eigen topic, en een principal die alleen
dat topic leest.

[bold]Voorbeelden[/bold]

  ibroker topics plan                         wat is er anders?
  ibroker topics apply                        maak het zo
  ibroker topics render strimzi --out k8s/    voor Kubernetes met Strimzi

IBROKER_TOPICS wijst een ander bestand aan dan het meegeleverde topics.yaml.

[bold]Exitcodes[/bold]

  0  het cluster is zoals topics.yaml het wil
  2  het wijkt af; of verkeerd gebruik, of een bestand dat niet deugt
  3  Kafka is niet te bereiken
"""

_PLAN_HELP = """Toon wat er op het cluster anders is dan topics.yaml wil.

Er verandert niets. Een regel begint met + (erbij), ~ (anders), - (weg) of
! (dat kan of mag ibroker niet zelf: het staat er om u te waarschuwen).

[bold]Voorbeelden[/bold]

  ibroker topics plan
  ibroker topics plan --all --format json | jq -r .soort | sort | uniq -c
"""

_APPLY_HELP = """Maak het cluster zoals topics.yaml het wil.

Toont eerst het plan en voert het dan uit. Wat mislukt houdt de rest niet
tegen en wordt gemeld. Twee keer uitvoeren doet niets extra.

Toegang die er niet hoort wordt ingetrokken. Een topic verdwijnt nooit zonder
--allow-delete: daarmee gaat alles wat erin staat verloren.

[bold]Voorbeelden[/bold]

  ibroker topics apply
  ibroker topics apply --allow-delete
"""

_STRIMZI_HELP = """Schrijf topics.yaml als KafkaTopic en KafkaUser voor Strimzi.

De operators van Strimzi doen daarmee wat anders `apply` doet. Elke KafkaUser
krijgt een certificaat met zijn naam als CN.

[bold]Voorbeelden[/bold]

  ibroker topics render strimzi --cluster postkantoor | kubectl apply -f -
  ibroker topics render strimzi --out k8s/    een bestand voor elk van beide
"""

_ReplicationOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Exemplaren van elk topic; standaard wat bij het aantal brokers past.",
        show_default=False,
    ),
]

topics_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP)
_render_app = typer.Typer(
    no_args_is_help=True, help="Schrijf topics.yaml in een andere vorm."
)
topics_app.add_typer(_render_app, name="render")


@topics_app.command("plan", help=_PLAN_HELP)
def plan(
    output: FormatOption = None,
    replication: _ReplicationOption = None,
    *,
    every: AllOption = False,
) -> None:
    """Show the difference; end with 2 where there is any."""
    settings = read_settings()
    file = load_topics(settings.topics)
    with KafkaAdmin(connection(settings)) as admin:
        _desired, found = _compare(admin, settings, file, replication)
    show_plan(found, output, every=every)
    say_without_authorizer(found)
    if not found.is_empty:
        raise typer.Exit(_DRIFT)


@topics_app.command("apply", help=_APPLY_HELP)
def apply(
    output: FormatOption = None,
    replication: _ReplicationOption = None,
    *,
    allow_delete: Annotated[
        bool,
        typer.Option(
            "--allow-delete",
            help="Verwijder ook topics die er niet horen, met alles wat erin staat.",
        ),
    ] = False,
    every: AllOption = False,
) -> None:
    """Show the difference, make it so, and end with 2 where any is left."""
    settings = read_settings()
    file = load_topics(settings.topics)
    with KafkaAdmin(connection(settings)) as admin:
        desired, found = _compare(admin, settings, file, replication)
        if not found.is_empty:
            show_plan(found, output, every=every, is_first=True)
        made = apply_plan(admin, desired, found, allow_delete=allow_delete)
    show_made(found, made, output, every=every)
    say_without_authorizer(found)
    if not made.left.is_empty:
        raise typer.Exit(_DRIFT)


@_render_app.command("strimzi", help=_STRIMZI_HELP)
def strimzi(
    cluster: Annotated[
        str, typer.Option(metavar="NAAM", help="De naam van de Kafka-resource.")
    ] = "ibroker",
    replication: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Exemplaren van elk topic; standaard het meeste van topics.yaml.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Schrijf in deze map in plaats van op stdout.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the resources; no cluster is needed for it."""
    settings = read_settings()
    file = load_topics(settings.topics)
    most = file.replication[-1]
    chosen = most if replication is None else _chosen(file, replication)
    desired = expand(file, _postvakken(settings), chosen)
    files = {
        "kafkatopics.yaml": _dump(render_topics(desired, cluster)),
        "kafkausers.yaml": _dump(render_users(desired, cluster)),
    }
    if out is None:
        sys.stdout.buffer.write("---\n".join(files.values()).encode())
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out}: {error.strerror}") from error


def _compare(
    admin: Admin, settings: Settings, file: TopicsFile, factor: int | None
) -> tuple[Desired, Plan]:
    """Say what the cluster must have, with copies by its size, and how it differs."""
    actual = admin.observe(Ours(file.prefix, file.principals))
    chosen = fitting(file, actual.brokers) if factor is None else _chosen(file, factor)
    desired = expand(file, _postvakken(settings), chosen)
    return desired, diff(desired, actual)


def _chosen(file: TopicsFile, factor: int) -> Replication:
    for row in file.replication:
        if row.factor == factor:
            return row
    known = ", ".join(str(row.factor) for row in file.replication)
    raise ConfigError(f"--replication {factor}: topics.yaml heeft {known}")


def _postvakken(settings: Settings) -> tuple[str, ...]:
    today = datetime.now(ZONE).date()
    return load_register(settings.partijen).postvakken(today)


def _dump(resources: Any) -> str:  # noqa: ANN401 - plain values for YAML
    return yaml.safe_dump_all(resources, sort_keys=False, allow_unicode=True)

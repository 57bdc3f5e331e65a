"""`ibroker deadletter replay`: first a plan, and then exactly that plan."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from ibroker.cli.errand import Errand
from ibroker.cli.letters import RedenOption, SinceOption, read_letters, select
from ibroker.cli.listing import Column, FormatOption, make_listing, show_record
from ibroker.errors import ClusterUnreachable, ConfigError, DeliveryFailed, Fenced
from ibroker.kafka.connection import connection
from ibroker.post.deadletter import DeadLetter
from ibroker.post.kafka_replay import KafkaArchive, KafkaRestorer
from ibroker.post.partij import find_partij
from ibroker.post.plan import Plan, Request, Waarom, make_plan, plan_hash, read_plan
from ibroker.post.replay import HERSTEL, Outcome, Restored, apply_plan
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings

__all__ = ["HELP", "apply_replay", "plan_replay", "replay_app"]

_FOUND_WRONG = 1

HELP = """Zet terug wat onbestelbaar was: eerst een plan, dan precies dat plan.

Het plan is een bestand dat u leest en aan een ander kunt laten zien; zijn
hash zegt welk plan u bedoelt. Elk bericht komt hoogstens één keer terug, ook
bij twee keer apply, twee mensen tegelijk of een stroomstoring halverwege.
"""

_PLAN_HELP = """Schrijf op wat er terug zou gaan naar ggk.aanlevering. Dit doet niets.

Wat niet terug kan, staat in het plan met de reden erbij.

[bold]Voorbeelden[/bold]

  ibroker deadletter replay plan --id 5d6c1e0a-... --as 0344 --out plan.json
  ibroker deadletter replay plan --since 2026-11-24 --reden ZENDER_ONBEKEND \\
      --out plan.json

[bold]Exitcodes[/bold]

  0  alles wat u koos kan terug
  1  iets niet; het plan zegt wat en waarom
  2  verkeerd gebruik, of een instelling die niet deugt
  3  Kafka is niet te bereiken
"""

_APPLY_HELP = """Voer een plan uit: zet de berichten terug, elk precies één keer.

Breekt dit af, doe het dan gewoon nog eens: wat al terug is, wordt
overgeslagen. Elk teruggezet bericht draagt de header herstel_van met zijn
oude bericht-id.

[bold]Voorbeeld[/bold]

  ibroker deadletter replay apply plan.json --hash HASH

[bold]Exitcodes[/bold]

  0    alles is terug, nu of al eerder
  1    iets niet: het staat er niet meer, of het is niet wat het plan zegt
  2    dit is niet het plan van die hash
  3    Kafka is niet te bereiken, nam iets niet zeker aan, of een ander zet op
       hetzelfde moment terug
  130  onderbroken met Ctrl-C, tussen twee groepen berichten
"""

_COLUMNS = (
    Column("bericht-id", 36, lambda row: row["id"]),
    Column("uitkomst", 22, lambda row: row["uitkomst"]),
    Column("plaats", 0, lambda row: row["plaats"]),
)

replay_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=HELP)


@replay_app.command("plan", help=_PLAN_HELP)
def plan_replay(
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Het plan.", show_default=False),
    ],
    since: SinceOption = None,
    reden: RedenOption = None,
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="Alleen dit bericht; mag vaker.",
            show_default=False,
        ),
    ] = None,
    zender: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="CODE",
            help="Wie de zender van alles is; standaard wie er als zender staat.",
            show_default=False,
        ),
    ] = None,
    output: FormatOption = None,
) -> None:
    """Write the plan of a replay, and say what its hash is."""
    settings = read_settings()
    register = load_register(settings.partijen)
    request = Request(
        register.topics.onbestelbaar,
        register.topics.aanlevering,
        select(since, reden, ids),
        None if zender is None else find_partij(register, zender).code,
    )
    letters: list[DeadLetter] = []
    restored: set[str] = set()
    with Errand() as errand:
        for letter, place in errand.each(read_letters(settings, register.topics)):
            if errand.is_stopping():
                break
            if request.selection.takes(letter):
                letters.append(letter)
            if place is not None and letter.id is not None:
                restored.add(letter.id)
    errand.check_signal()
    plan = make_plan(
        letters, request, restored, lambda code: register.partij(code) is not None
    )
    data = plan.encode()
    try:
        out.write_bytes(data)
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}") from error
    show_record(
        output,
        {
            "plan": str(out),
            "hash": plan_hash(data),
            "terug": len(plan.berichten),
            "niet_terug": len(plan.overgeslagen),
        },
    )
    for waarom, count in Counter(one.waarom for one in plan.overgeslagen).items():
        typer.echo(f"niet terug: {count} keer {waarom}", err=True)
    if any(one.waarom is not Waarom.AL_TERUGGEZET for one in plan.overgeslagen):
        raise typer.Exit(_FOUND_WRONG)


@replay_app.command("apply", help=_APPLY_HELP)
def apply_replay(
    path: Annotated[
        Path,
        typer.Argument(metavar="PLAN", help="Het plan.", show_default=False),
    ],
    hash_: Annotated[
        str,
        typer.Option(
            "--hash",
            metavar="HASH",
            help="De hash die replay plan noemde.",
            show_default=False,
        ),
    ],
    output: FormatOption = None,
) -> None:
    """Do what a plan says, and show what came of it."""
    settings = read_settings()
    try:
        plan = read_plan(path.read_bytes(), hash_)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    listing = make_listing(output, _COLUMNS)
    tally: Counter[Outcome] = Counter()
    with Errand() as errand:
        for batch in errand.each(_apply(plan, settings, errand.is_stopping)):
            for one in batch:
                tally[one.outcome] += 1
                listing.add(_row(one))
            listing.flush()
    parts = [f"{count} {outcome}" for outcome, count in tally.items()]
    listing.close(", ".join(parts) or "niets te doen")
    if tally.total() < len(plan.berichten):
        errand.check_signal()
    if tally[Outcome.WEG] or tally[Outcome.ANDERS]:
        raise typer.Exit(_FOUND_WRONG)


async def _apply(
    plan: Plan, settings: Settings, is_stopping: Callable[[], bool]
) -> AsyncGenerator[Sequence[Restored], None]:
    arguments = connection(settings)
    archive = KafkaArchive(arguments)
    again = "doe dit plan nog eens, wat al terug is wordt overgeslagen"
    try:
        async with KafkaRestorer(arguments, [plan.doel, HERSTEL]) as restorer:
            batches = apply_plan(plan, archive, restorer, is_stopping)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch
    except Fenced as error:
        raise Fenced(f"een ander is ook aan het terugzetten; {again}") from error
    except DeliveryFailed as error:
        raise ClusterUnreachable(
            f"Kafka nam de laatste berichten niet zeker aan ({error}); {again}"
        ) from error


def _row(one: Restored) -> dict[str, object]:
    place = one.place
    return {
        "id": one.id,
        "uitkomst": one.outcome.value,
        "plaats": None
        if place is None
        else f"{place.topic}/{place.partition}/{place.offset}",
    }

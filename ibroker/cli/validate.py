"""`ibroker validate`: judges berichten offline, as the broker would."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ibroker.cli.answer_file import make_folder, plan_names
from ibroker.cli.judge import Assignment, Oordeel, Task
from ibroker.cli.pool import jobs_for, judge_all
from ibroker.cli.progress import with_progress
from ibroker.cli.report import Format, make_report
from ibroker.cli.source import STDIN, Source, Unreadable, find_sources
from ibroker.cli.text import printable
from ibroker.core.fout import Uitkomst
from ibroker.errors import ConfigError
from ibroker.settings import read_settings
from ibroker.standards import ZONE

__all__ = ["HELP", "validate"]

_FOUND_WRONG = 1

HELP = """Beoordeel berichten zoals de broker dat doet: lezen, XSD en regels.

Er is geen netwerk en geen Kafka voor nodig. Van een bericht komen alleen
plaatsen en regels in beeld, nooit waarden.

[bold]Voorbeelden[/bold]

  ibroker validate bericht.xml                één bericht
  ibroker validate uit/ aanlevering.zip       alles in een map en in een zip
  cat bericht.xml | ibroker validate -        van stdin
  ibroker validate uit/ --answer antwoord/    schrijf ook retouren en Fo01's
  ibroker validate bericht.xml --explain      wat verwacht het XSD daar?
  ibroker validate uit/ --format json         één JSON-object per regel

[bold]Exitcodes[/bold]

  0  alles is geldig
  1  er is iets niet geldig, of niet te lezen
  2  verkeerd gebruik, of een instelling of XSD die niet deugt
"""


def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Bestand, map (met alle *.xml en *.zip erin), zip, of - voor stdin.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="table of json; standaard table op een terminal en anders json.",
            show_default=False,
        ),
    ] = None,
    answer: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Schrijf hier elk antwoord dat de broker zou sturen.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Toon bij een fout op het XSD wat er hoort."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            metavar="N",
            help="Aantal processen; standaard één voor weinig en alle voor veel werk.",
            show_default=False,
        ),
    ] = None,
    max_bytes: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Grootste bericht in bytes; standaard IBROKER_MAX_BYTES of 25000000.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Judge berichten, show the verdicts and end with the exit code they ask."""
    settings = read_settings()
    _check_paths(paths)
    if answer is not None:
        make_folder(answer)
    sources: list[Source] = []
    unreadable = 0
    for item in find_sources(paths):
        if isinstance(item, Source):
            sources.append(item)
        else:
            _say_unreadable(item)
            unreadable += 1
    names = [""] * len(sources) if answer is None else plan_names(sources, answer)
    tasks = [Task(source, name) for source, name in zip(sources, names, strict=True)]
    assignment = Assignment(
        max_bytes=settings.max_bytes if max_bytes is None else max_bytes,
        schemas=settings.schemas,
        answers=answer,
        tijdstip=datetime.now(ZONE),
        explain=explain,
    )
    report = make_report(output)
    tally: Counter[Uitkomst] = Counter()
    results = judge_all(tasks, assignment, jobs_for(tasks) if jobs is None else jobs)
    for result in with_progress(results, len(tasks)):
        if isinstance(result, Oordeel):
            tally[result.uitkomst] += 1
            report.add(result)
        else:
            _say_unreadable(result)
            unreadable += 1
    report.close(tally, unreadable)
    if unreadable or tally.total() != tally[Uitkomst.GELDIG]:
        raise typer.Exit(_FOUND_WRONG)


def _check_paths(paths: list[str]) -> None:
    """Refuse paths that do not exist before anything is judged."""
    for path in paths:
        try:
            if path != STDIN:
                Path(path).stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ConfigError(f"{printable(path)} bestaat niet") from error
        except OSError:
            continue  # it is there, but not to be read: that is said of the input
    if paths.count(STDIN) > 1:
        raise ConfigError("stdin (-) kan maar één keer worden gelezen")


def _say_unreadable(item: Unreadable) -> None:
    typer.echo(f"fout: {item.bestand}: {item.reden}", err=True)

"""`ibroker publish`: hands in berichten, with a receipt of each."""

import hashlib
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ibroker.cli.errand import Errand
from ibroker.cli.listing import Column, FormatOption, as_json_line, make_listing
from ibroker.cli.progress import with_progress
from ibroker.cli.source import STDIN, Reader, Source, Unreadable, find_sources
from ibroker.cli.text import printable
from ibroker.core.aanlevering import read_aanlevering
from ibroker.errors import ClusterUnreachable, ConfigError
from ibroker.kafka.connection import connection
from ibroker.post.kafka_submission import KafkaIntake
from ibroker.post.partij import find_partij
from ibroker.post.submission import (
    LARGEST,
    Envelope,
    NotSubmitted,
    Receipt,
    Refusal,
    Submission,
    is_unanswered,
    submit_all,
)
from ibroker.register import load_register
from ibroker.settings import Settings, read_settings

__all__ = ["HELP", "publish"]

_FOUND_WRONG = 1

HELP = """Lever berichten aan bij het postkantoor.

Elk bericht gaat ongewijzigd naar het topic ggk.aanlevering, in de volgorde
waarin u ze noemt. U krijgt er een ontvangstbewijs van: het bericht-id, de
SHA-256 van de inhoud en de plaats in het topic. Dat betekent dat het is
aangenomen, niet dat het geldig is: dat oordeelt de broker, en van een fout
krijgt de zender antwoord in zijn eigen postvak (zie ibroker consume).

Kwam er op een bericht geen antwoord, dan staat het misschien al op het topic.
Wat u nog eens aanlevert, wordt ook nog eens bezorgd.

[bold]Voorbeelden[/bold]

  ibroker publish bericht.xml --as 0344        als gemeente Utrecht
  ibroker publish uit/ post.zip --as 01234567  map en zip, als aanbieder
  cat bericht.xml | ibroker publish - --as CAK
  ibroker publish uit/ --as 0344 --kenmerk week-48 --receipts bewijzen.jsonl

[bold]Exitcodes[/bold]

  0    alles is aangeleverd
  1    iets is niet te lezen of te groot; al het andere is aangeleverd
  2    verkeerd gebruik, of een instelling die niet deugt
  3    Kafka is niet te bereiken, of hield op met antwoorden
  130  onderbroken met Ctrl-C; de getoonde ontvangstbewijzen gelden
"""

_COLUMNS = (
    Column("bericht-id", 36, lambda row: row["id"]),
    Column("bytes", 9, lambda row: row["grootte"]),
    Column("plaats", 26, lambda row: "{topic}/{partition}/{offset}".format(**row)),
    Column("bestand", 0, lambda row: row["bestand"]),
)


def publish(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Bestand, map (met alle *.xml en *.zip erin), zip, of - voor stdin.",
            show_default=False,
        ),
    ],
    zender: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="CODE",
            help="Wie aanlevert: CBS-code, AGB-code, CAK, SVB of CIZ.",
            show_default=False,
        ),
    ],
    kenmerk: Annotated[
        str | None,
        typer.Option(
            metavar="TEKST",
            help="Uw eigen kenmerk: 1 tot 64 zichtbare ASCII-tekens, geen spaties.",
            show_default=False,
        ),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Schrijf de ontvangstbewijzen ook achteraan in dit bestand, als JSON.",
            show_default=False,
        ),
    ] = None,
    output: FormatOption = None,
) -> None:
    """Hand in berichten, show the receipts and end with the exit code they ask."""
    settings = read_settings()
    envelope = _make_envelope(settings, zender, kenmerk)
    found = _find(paths)
    items = _read_all(found)
    listing = make_listing(output, _COLUMNS)
    done = good = 0
    with _open_receipts(receipts) as proof, Errand() as errand:
        batches = errand.each(_submit(items, envelope, settings, errand.is_stopping))
        try:
            for result in with_progress(_flat(batches, listing.flush), len(found)):
                done += 1
                if isinstance(result, NotSubmitted):
                    typer.echo(f"fout: {result.bestand}: {result.reden}", err=True)
                    continue
                good += 1
                row = asdict(result)
                listing.add(row)
                if proof is not None:
                    proof.write(as_json_line(row))
        finally:
            listing.flush()
            if done < len(found) and (done or errand.is_stopping()):
                typer.echo(
                    f"gestopt: {good} van {len(found)} aangeleverd; de"
                    " ontvangstbewijzen gelden",
                    err=True,
                )
    listing.close(f"{good} aangeleverd, {len(found) - good} niet")
    if done < len(found):
        errand.check_signal()
    if good < len(found):
        raise typer.Exit(_FOUND_WRONG)


def _make_envelope(settings: Settings, code: str, kenmerk: str | None) -> Envelope:
    register = load_register(settings.partijen)
    partij = find_partij(register, code)
    if kenmerk is not None:
        header = ("kenmerk", os.fsencode(kenmerk))
        if not read_aanlevering((header,)).kenmerk_goed:
            raise ConfigError(
                "--kenmerk: 1 tot 64 zichtbare ASCII-tekens, geen spaties"
            )
    return Envelope(register.topics.aanlevering, partij.code, kenmerk)


def _find(paths: Sequence[str]) -> Sequence[Source | Unreadable]:
    """Find what to hand in. Refuses a path that does not exist before anything is."""
    for path in paths:
        if path != STDIN and not os.path.lexists(path):
            raise ConfigError(f"{printable(path)} bestaat niet")
    if paths.count(STDIN) > 1:
        raise ConfigError("stdin (-) kan maar één keer worden gelezen")
    return list(find_sources(paths))


def _read_all(
    found: Sequence[Source | Unreadable],
) -> Iterator[Submission | NotSubmitted]:
    """Read each when its turn comes; stdin at once, as someone may be typing it.

    Once the errand has begun, Ctrl-C would wait for the end of stdin.
    """
    reader = Reader(LARGEST + 1)
    typed = {
        item: _read(item, reader)
        for item in found
        if isinstance(item, Source) and item.path == STDIN
    }

    def reading() -> Iterator[Submission | NotSubmitted]:
        for item in found:
            if isinstance(item, Unreadable):
                yield NotSubmitted(item.bestand, item.reden)
            else:
                yield typed[item] if item in typed else _read(item, reader)
        reader.close()

    return reading()


def _read(source: Source, reader: Reader) -> Submission | NotSubmitted:
    data = reader.read(source)
    if isinstance(data, Unreadable):
        return NotSubmitted(data.bestand, data.reden)
    if len(data) > LARGEST:
        return NotSubmitted(source.bestand, Refusal.TE_GROOT)
    return Submission(source.bestand, data, hashlib.sha256(data).hexdigest())


async def _submit(
    items: Iterator[Submission | NotSubmitted],
    envelope: Envelope,
    settings: Settings,
    is_stopping: Callable[[], bool],
) -> AsyncGenerator[Sequence[Receipt | NotSubmitted], None]:
    arguments = connection(settings)
    async with KafkaIntake(arguments, envelope.topic) as intake:
        batches = submit_all(items, intake, envelope, is_stopping)
        async with aclosing(batches):
            async for batch in batches:
                yield batch
                if any(is_unanswered(result) for result in batch):
                    raise ClusterUnreachable(f"{settings.kafka} antwoordt niet meer")


def _flat(
    batches: Iterable[Sequence[Receipt | NotSubmitted]], flush: Callable[[], None]
) -> Iterator[Receipt | NotSubmitted]:
    for batch in batches:
        yield from batch
        flush()


def _open_receipts(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    if path is None:
        return nullcontext()
    try:
        return path.open("ab")
    except OSError as error:
        raise ConfigError(f"--receipts {path}: {error.strerror}") from error

"""The dead letters that someone at the command line means."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import typer

from ibroker.core.aanlevering import Reden
from ibroker.core.record import Position
from ibroker.core.register import Topics
from ibroker.errors import ConfigError
from ibroker.kafka.connection import connection
from ibroker.post.deadletter import DeadLetter, Selection, read_dead_letter
from ibroker.post.delivered import message_uuid
from ibroker.post.kafka_replay import KafkaArchive
from ibroker.post.replay import read_restored
from ibroker.settings import Settings
from ibroker.standards import ZONE

__all__ = ["RedenOption", "SinceOption", "check_id", "read_letters", "select"]


SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIJD",
        help="Wat sindsdien binnenkwam: 2026-11-24 of 2026-11-24T09:00.",
        show_default=False,
    ),
]

RedenOption = Annotated[
    list[Reden] | None,
    typer.Option(
        "--reden",
        metavar="REDEN",
        help="Alleen met deze reden; mag vaker.",
        show_default=False,
    ),
]


def select(
    since: str | None, redenen: Sequence[Reden] | None, ids: Sequence[str] | None = None
) -> Selection:
    """Read what someone typed. A time without a zone is Dutch.

    Raises ConfigError where it is no time, or no id.
    """
    moment = None
    if since is not None:
        try:
            moment = datetime.fromisoformat(since)
        except ValueError as error:
            raise ConfigError("--since: verwacht 2026-11-24 of 2026-11-24T09:00") from (
                error
            )
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZONE)
    for identity in ids or ():
        check_id(identity)
    return Selection(
        moment, frozenset(reden.value for reden in redenen or ()), frozenset(ids or ())
    )


def check_id(identity: str) -> None:
    """Raise ConfigError where it is no message id."""
    if message_uuid(identity) is None:
        raise ConfigError(
            "een bericht-id is een UUID, zoals `deadletter list` die toont"
        )


async def read_letters(
    settings: Settings, topics: Topics
) -> AsyncGenerator[tuple[DeadLetter, Position | None], None]:
    """Give every dead letter, and where it was put back if it was."""
    archive = KafkaArchive(connection(settings))
    restored = await read_restored(archive)
    async with aclosing(archive.read(topics.onbestelbaar)) as records:
        async for record in records:
            letter = read_dead_letter(record)
            yield letter, restored.get(letter.id or "")

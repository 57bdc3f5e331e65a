"""The router at work: its pure step, on a log, with what an installation set."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ibroker.core.aanlevering import Reden
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.reading import Limits
from ibroker.core.record import Handled, Record, Unreadable
from ibroker.core.step import Outcome, RouteTables, set_aside, step
from ibroker.errors import ConfigError
from ibroker.kafka.connection import connection
from ibroker.kafka.loop import Bounds, Loop
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.meter import SILENT, Meter
from ibroker.kafka.warming import warm
from ibroker.metrics import Kinds
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.standards import load_catalogue, load_standards

__all__ = [
    "RouterSteps",
    "load_tables",
    "make_sleutel",
    "read_sleutel",
    "router_kinds",
    "run_router",
]

_SLEUTEL_BYTES = 32
_APP = "ibroker.route"
_BRON = "urn:ibroker:route"
_ZONE = ZoneInfo("Europe/Amsterdam")
_UITKOMSTEN = {one: one.rpartition(".")[2] for one in Uitkomsttype}


@dataclass(frozen=True, slots=True)
class RouterSteps:
    """The router's steps as the loop asks for them."""

    tables: RouteTables

    def step(self, record: Record) -> Handled:
        """See `ibroker.core.step.step`."""
        return step(record, self.tables)

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        """For operators: no one can decode it."""
        return set_aside(lost, Reden.ONLEESBAAR, self.tables)

    def set_aside_refused(self, record: Record) -> Handled:
        """For operators: the log does not take its outcome."""
        return set_aside(record, Reden.TE_GROOT, self.tables)


def read_sleutel(path: Path | None) -> bytes:
    """Read the key that hides the references in events.

    Raises ConfigError where none is set, or it is too short to hide anything.
    """
    if path is None:
        raise ConfigError(
            "IBROKER_VERWIJZING_SLEUTEL ontbreekt: een bestand met een sleutel, "
            f"ten minste {_SLEUTEL_BYTES} willekeurige bytes"
        )
    try:
        sleutel = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"IBROKER_VERWIJZING_SLEUTEL: {path}: {error.strerror}"
        ) from error
    if len(sleutel) < _SLEUTEL_BYTES:
        raise ConfigError(
            f"IBROKER_VERWIJZING_SLEUTEL: {path} is korter dan {_SLEUTEL_BYTES} bytes"
        )
    return sleutel


def make_sleutel(path: Path) -> None:
    """Make a key at `path`, for the owner's eyes only; one that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(secrets.token_bytes(_SLEUTEL_BYTES))
    except FileExistsError:
        return


def load_tables(settings: Settings) -> RouteTables:
    """Load all that routing knows. Raises ConfigError."""
    return RouteTables(
        standards=load_standards(settings.schemas),
        register=load_register(settings.partijen),
        limits=Limits(max_bytes=settings.max_bytes),
        sleutel=read_sleutel(settings.verwijzing_sleutel),
        bron=_BRON,
        zone=_ZONE,
        venster=settings.dubbel_dagen,
    )


def router_kinds() -> Kinds:
    """What the router makes of a record, as labels. Raises ConfigError."""
    types = load_catalogue().by_type
    return Kinds(
        of=_kind_of,
        uitkomsten=tuple(_UITKOMSTEN.values()),
        versies={name: one.standaard.versie for name, one in types.items()},
    )


def _kind_of(handled: Handled) -> tuple[str, str | None]:
    if not isinstance(handled, Outcome):
        return "", None
    return _UITKOMSTEN[handled.gebeurtenis.type], handled.gebeurtenis.berichttype


async def run_router(
    settings: Settings,
    bounds: Bounds,
    begun: Callable[[KafkaMember], None],
    meter: Meter = SILENT,
) -> None:
    """Route until the member, that `begun` is given, is stopped.

    Raises ConfigError, or LogError where Kafka does not do what we need.
    """
    register = load_register(settings.partijen)
    today = datetime.now(_ZONE).date()
    recipients = (
        *register.recipient_topics(today),
        register.topics.onbestelbaar,
        register.topics.gebeurtenissen,
    )
    to_kafka = connection(settings)
    member = KafkaMember(
        _APP, register.topics.aanlevering, recipients, to_kafka, meter=meter
    )
    begun(member)
    # Loaded for each thread of the loop: it has validators of its own.
    loop = Loop(lambda: RouterSteps(load_tables(settings)), bounds, meter)
    await warm(_APP, recipients, to_kafka)
    await member.run(loop)

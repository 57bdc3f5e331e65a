"""The router at work: its pure step, on a log, with what an installation set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ibroker.core.aanlevering import Reden
from ibroker.core.bestemming import label_topics
from ibroker.core.dubbel import clear_away
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.reading import Limits
from ibroker.core.record import Handled, Record, Unreadable
from ibroker.core.state import State
from ibroker.core.step import Outcome, RouteTables, set_aside, step
from ibroker.feiten import load_afleiding, load_feiten_topic
from ibroker.kafka.connection import connection
from ibroker.kafka.loop import Bounds
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.meter import SILENT, Kind, Meter
from ibroker.kafka.stateful import StatefulLoop
from ibroker.kafka.warming import warm
from ibroker.metrics import Kinds
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.sleutels import read_persoonssleutels, read_sleutel
from ibroker.standards import ZONE, load_catalogue, load_standards
from ibroker.states import changelog_of, keep_state

__all__ = [
    "RouterSteps",
    "load_tables",
    "router_kinds",
    "run_router",
]

_APP = "ibroker.route"
_BRON = "urn:ibroker:route"
_UITKOMSTEN = {one: one.rpartition(".")[2] for one in Uitkomsttype}


@dataclass(frozen=True, slots=True)
class RouterSteps:
    """The router's steps as the loop asks for them; they remember what was accepted."""

    tables: RouteTables

    def step(self, record: Record, state: State) -> Handled:
        """See `ibroker.core.step.step`."""
        return step(record, self.tables, state)

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        """For operators: no one can decode it."""
        return set_aside(lost, Reden.ONLEESBAAR, self.tables)

    def set_aside_refused(self, record: Record) -> Handled:
        """For operators: the log does not take its outcome."""
        return set_aside(record, Reden.TE_GROOT, self.tables)

    def wake(self, state: State, moment: int) -> Iterator[Handled]:
        """Forget what was accepted longer ago than the window, a little at a time."""
        return islice(clear_away(state, moment, self.tables.venster), 1)

    def kind_of(self, handled: Handled) -> Kind:
        """Its uitkomst and its berichttype."""
        return _kind_of(handled)


def load_tables(settings: Settings) -> RouteTables:
    """Load all that routing knows. Raises ConfigError.

    Without keys that hide people it derives no facts for the Wlz stream, and refuses
    what is addressed to that alone.
    """
    standards = load_standards(settings.schemas)
    register = load_register(settings.partijen)
    afleiding = None
    if settings.persoonssleutels is not None:
        afleiding = load_afleiding(
            standards, register, read_persoonssleutels(settings.persoonssleutels)
        )
    return RouteTables(
        standards=standards,
        register=register,
        limits=Limits(max_bytes=settings.max_bytes),
        sleutel=read_sleutel(settings.verwijzing_sleutel),
        bron=_BRON,
        zone=ZONE,
        venster=settings.dubbel_dagen,
        afleiding=afleiding,
    )


def router_kinds(settings: Settings) -> Kinds:
    """What the router makes of a record, as labels. Raises ConfigError."""
    catalogue = load_catalogue()
    types = catalogue.by_type
    return Kinds(
        of=_kind_of,
        uitkomsten=tuple(_UITKOMSTEN.values()),
        versies={name: one.standaard.versie for name, one in types.items()},
        bestemmingen=label_topics(load_register(settings.partijen), {}),
        hartslag=(_UITKOMSTEN[Uitkomsttype.BEZORGD], catalogue.hartslag.type),
    )


def _kind_of(handled: Handled) -> Kind:
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
    today = datetime.now(ZONE).date()
    recipients = (
        *register.recipient_topics(today),
        register.topics.onbestelbaar,
        register.topics.gebeurtenissen,
        register.topics.hartslag,
        changelog_of(_APP),
        *(() if settings.persoonssleutels is None else (load_feiten_topic(),)),
    )
    to_kafka = connection(settings)
    member = KafkaMember(
        _APP, register.topics.aanlevering, recipients, to_kafka, meter=meter
    )
    begun(member)
    keeper = keep_state(settings, _APP, register.topics.aanlevering)
    # Loaded for each thread of the loop: it has validators of its own.
    loop = StatefulLoop(
        lambda: RouterSteps(load_tables(settings)), keeper, bounds, meter=meter
    )
    await warm(_APP, recipients, to_kafka)
    await member.run(loop)

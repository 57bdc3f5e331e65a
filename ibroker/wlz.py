"""The Wlz stream at work: its pure step, on a log, with what an installation set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ibroker.core.bestemming import label_topics
from ibroker.core.record import Handled, Record, Unreadable
from ibroker.core.state import State
from ibroker.core.wlz.gevolg import Gevolg, WlzTables
from ibroker.core.wlz.herindeling import build_herindeling
from ibroker.core.wlz.step import find_due, take_fact
from ibroker.errors import FeitError
from ibroker.feiten import load_feiten_topic, load_uitgaand, load_wlztabel
from ibroker.kafka.connection import connection
from ibroker.kafka.loop import Bounds
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.meter import SILENT, Kind, Meter
from ibroker.kafka.stateful import StatefulLoop, WakeBounds
from ibroker.kafka.warming import warm
from ibroker.metrics import Kinds
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.sleutels import read_persoonssleutels
from ibroker.standards import ZONE, load_catalogue
from ibroker.states import changelog_of, keep_state

__all__ = [
    "SIGNALEN",
    "WLZ_GROUP",
    "WlzSteps",
    "load_wlz_tables",
    "run_wlz",
    "wlz_kinds",
]

WLZ_GROUP = "ibroker.wlz"
"""The consumer group of the process."""
_BRON = "urn:ibroker:wlz"
SIGNALEN = "ggk.wlz.signalen"
"""Where it stands why each signal was given."""

# What a fact or a day came to, as operators see it.
_SIGNAAL, _ANTWOORD, _NIETS = "signaal", "antwoord", "niets"
_ONBESTELBAAR, _DOORGEGEVEN = "onbestelbaar", "doorgegeven"


@dataclass(frozen=True, slots=True)
class WlzSteps:
    """The steps of the Wlz stream as the loop asks for them."""

    tables: WlzTables

    def step(self, record: Record, state: State) -> Handled:
        """See `take_fact`."""
        return take_fact(record, state, self.tables)

    def set_aside_unreadable(self, lost: Unreadable) -> Handled:
        """Stop: without this fact a signal may be missed, and no sender can mend it."""
        raise FeitError(f"{lost.topic}/{lost.partition}/{lost.offset} is onleesbaar")

    def set_aside_refused(self, record: Record) -> Handled:
        """Stop, for the same reason."""
        place = f"{record.topic}/{record.partition}/{record.offset}"
        raise FeitError(f"wat volgt uit {place} wordt niet aangenomen")

    def wake(self, state: State, moment: int) -> Iterator[Handled]:
        """See `find_due`."""
        return find_due(state, moment, self.tables)

    def kind_of(self, handled: Handled) -> Kind:
        """What it came to."""
        return _kind_of(handled, self.tables.uitgaand.hartslag.type)


def load_wlz_tables(settings: Settings) -> WlzTables:
    """Load all that the Wlz stream knows. Raises ConfigError."""
    register = load_register(settings.partijen)
    herindeling = build_herindeling(register.opvolgers())
    return WlzTables(
        register=register,
        tabel=replace(load_wlztabel(settings.wlz_tabel), herindeling=herindeling),
        uitgaand=load_uitgaand(load_catalogue()),
        sleutels=read_persoonssleutels(settings.persoonssleutels),
        signalen=SIGNALEN,
        bron=_BRON,
        zone=ZONE,
    )


def wlz_kinds(settings: Settings) -> Kinds:
    """What is made of a fact, as labels. Raises ConfigError."""
    register = load_register(settings.partijen)
    hartslag = load_catalogue().hartslag
    return Kinds(
        of=lambda handled: _kind_of(handled, hartslag.type),
        uitkomsten=(_SIGNAAL, _ANTWOORD, _ONBESTELBAAR, _NIETS, _DOORGEGEVEN),
        versies={hartslag.type: hartslag.standaard.versie},
        bestemmingen=label_topics(register, {SIGNALEN: "signalen"}),
        hartslag=(_DOORGEGEVEN, hartslag.type),
    )


def _kind_of(handled: Handled, hartslag: str) -> Kind:
    """Give what a fact came to; of what people send the berichttype is not known."""
    if isinstance(handled, Gevolg) and handled.hartslag:
        return _DOORGEGEVEN, hartslag
    if isinstance(handled, Gevolg) and handled.onbestelbaar:
        return _ONBESTELBAAR, None
    if isinstance(handled, Gevolg) and handled.signalen:
        return _SIGNAAL, None
    return (_ANTWOORD if handled.outgoing else _NIETS), None


async def run_wlz(
    settings: Settings, begun: Callable[[KafkaMember], None], meter: Meter = SILENT
) -> None:
    """Join facts until the member, that `begun` is given, is stopped.

    Raises ConfigError, FeitError, or LogError where Kafka does not do what we need.
    """
    tables = load_wlz_tables(settings)
    today = datetime.now(ZONE).date()
    postvakken = tables.register.postvak_topics(today)
    hartslagen = tables.register.topics.hartslag
    recipients = (*postvakken, SIGNALEN, hartslagen, changelog_of(WLZ_GROUP))
    to_kafka = connection(settings)
    source = load_feiten_topic()
    member = KafkaMember(WLZ_GROUP, source, recipients, to_kafka, meter=meter)
    begun(member)
    loop = StatefulLoop(
        lambda: WlzSteps(tables),
        keep_state(settings, WLZ_GROUP, source),
        Bounds(),
        WakeBounds(),
        meter,
    )
    await warm(WLZ_GROUP, recipients, to_kafka)
    await member.run(loop)

"""The examination: all that is looked at, in order, and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from ibroker.doctor.bevinding import Bevinding, Gevolg, fout
from ibroker.doctor.cluster import Waarnemer, check_cluster
from ibroker.doctor.instellingen import check_instellingen
from ibroker.doctor.omgeving import check_omgeving
from ibroker.doctor.processen import check_processen
from ibroker.doctor.sleutels import check_sleutels
from ibroker.doctor.tabellen import check_tabellen
from ibroker.doctor.topics import check_topics, compare_topics
from ibroker.errors import ClusterUnreachable, IbrokerError, LogError
from ibroker.settings import Settings
from ibroker.standards import ZONE
from ibroker.status.meting import Meting
from ibroker.topics.plan import Plan
from ibroker.topics.port import Admin

__all__ = ["Onderzoek", "Toegang"]


@dataclass(frozen=True, slots=True)
class Toegang:
    """How the cluster is reached: what looks at it, and what administers it.

    Opening either raises ConfigError where the settings are no good, LogError where
    the cluster does not answer.
    """

    waarnemer: Callable[[], AbstractContextManager[Waarnemer]]
    admin: Callable[[], AbstractContextManager[Admin]]


@dataclass(slots=True)
class Onderzoek:
    """One examination; `now` bears a time zone. `plan` is there once `run` found it."""

    settings: Settings
    toegang: Toegang
    metingen: Sequence[Meting]
    now: datetime
    plan: Plan | None = field(default=None, init=False)

    def run(self) -> Iterator[Bevinding]:
        """Look at everything; what cannot be looked at is a fault, and no end."""
        today = self.now.astimezone(ZONE).date()
        yield from check_instellingen(self.settings)
        yield from check_sleutels(self.settings, self.now)
        yield from check_tabellen(self.settings, today)
        yield from check_omgeving(self.settings.data)
        yield from self._look()
        yield from check_processen(self.metingen, version("ibroker"))

    def _look(self) -> Iterator[Bevinding]:
        try:
            with self.toegang.waarnemer() as waarnemer:
                beeld = waarnemer.look()
        except IbrokerError as error:
            yield _refused("cluster", "bereikbaar", error)
            return
        yield from check_cluster(beeld)
        try:
            with self.toegang.admin() as admin:
                today = self.now.astimezone(ZONE).date()
                self.plan = compare_topics(admin, self.settings, today)
        except IbrokerError as error:
            yield _refused("topics", "topics.yaml", error)
            return
        yield from check_topics(self.plan)


def _refused(onderdeel: str, naam: str, error: IbrokerError) -> Bevinding:
    if isinstance(error, ClusterUnreachable):
        gevolg = Gevolg.CLUSTER
    else:
        is_found = isinstance(error, LogError)
        gevolg = Gevolg.GEVONDEN if is_found else Gevolg.CONFIGURATIE
    return fout(onderdeel, naam, str(error), gevolg)

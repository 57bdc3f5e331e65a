"""What the watch knows beforehand: the table of answers, the calendar, its topics."""

from collections.abc import Iterator
from dataclasses import dataclass

import holidays

from ibroker.core.catalogue import Catalogue
from ibroker.core.watch.antwoordtabel import Antwoordtabel, parse_antwoordtabel
from ibroker.core.watch.termijn import Kalender
from ibroker.errors import WatchTableError
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.standards import ZONE, load_catalogue, own_folder, read_toml
from ibroker.states import changelog_of

__all__ = ["WATCH_GROUP", "WatchTables", "WatchTopics", "load_watch_tables"]

WATCH_GROUP = "ibroker.watch"
"""The consumer group of the process."""


@dataclass(frozen=True, slots=True)
class WatchTopics:
    """Where the watch reads and what it keeps: all with as many partitions.

    `verwijzingen` is what it sends to itself, so that all of one reference comes
    together; `stand` the changelog of what is known of references, and `week` that of
    the counts.
    """

    gebeurtenissen: str
    verwijzingen: str = "ggk.intern.watch.verwijzing"
    stand: str = changelog_of(WATCH_GROUP)
    week: str = "ggk.intern.watch.week"

    def __iter__(self) -> Iterator[str]:
        return iter((self.gebeurtenissen, self.verwijzingen, self.stand, self.week))


@dataclass(frozen=True, slots=True)
class WatchTables:
    """All that the watch knows beforehand."""

    antwoorden: Antwoordtabel
    kalender: Kalender
    catalogue: Catalogue
    topics: WatchTopics


def load_watch_tables(settings: Settings) -> WatchTables:
    """Load it. Raises ConfigError where a table is missing or not usable."""
    catalogue = load_catalogue()
    antwoorden = parse_antwoordtabel(
        read_toml(own_folder() / "antwoorden.toml"), catalogue
    )
    try:
        feestdagen = holidays.country_holidays("NL", categories=antwoorden.feestdagen)
    except ValueError as error:
        raise WatchTableError(f"antwoorden.toml: feestdagen: {error}") from error
    register = load_register(settings.partijen)
    return WatchTables(
        antwoorden,
        Kalender(feestdagen, ZONE),
        catalogue,
        WatchTopics(register.topics.gebeurtenissen),
    )

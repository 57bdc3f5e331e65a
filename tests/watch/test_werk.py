"""The work of the watch, on tables in memory: crashes, and what is no post."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random

import pytest

from ibroker.core.step import step
from ibroker.core.watch.doorlooptijd import spreid
from ibroker.core.watch.draad import klokken
from ibroker.core.watch.vorm import decode_draad, split_weeksleutel
from ibroker.core.watch.weekoverzicht import read_weekstand
from ibroker.metrics.watch import WatchMeter
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables
from ibroker.watch.werk import Kanalen, Werk
from tests.core.routed import record_of, sample, tables
from tests.watch.events import Gebeurd, make_events

TABLES = load_watch_tables(Settings())
UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Tafel:
    """A table of one partition, that may lose the last of what was put in it."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self._before: list[tuple[bytes, bytes | None]] = []

    def get(self, partition: int, key: bytes) -> bytes | None:
        del partition
        return self.kept.get(key)

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        del partition
        self._before.append((key, self.kept.get(key)))
        self._set(key, value)

    def scan(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        del partition
        return tuple(self.kept.items())

    def lose(self, number: int) -> None:
        """Take back the last so many puts."""
        for _ in range(min(number, len(self._before))):
            self._set(*self._before.pop())

    def commit(self) -> None:
        """Lose nothing of what was put until now."""
        self._before.clear()

    def _set(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.kept.pop(key, None)
        else:
            self.kept[key] = value


class Watch:
    """A watch of one partition that is killed, and begins anew with what was kept."""

    def __init__(self) -> None:
        self.draden, self.weken = Tafel(), Tafel()
        self.sent: list[tuple[bytes, bytes]] = []
        self.begin()

    def begin(self, clock: Callable[[], float] = UNTIL.timestamp) -> None:
        kanalen = Kanalen(
            self.draden, self.weken, lambda key, value: self.sent.append((key, value))
        )
        self.meter = WatchMeter([], [], [])
        self.werk = Werk(TABLES, kanalen, self.meter, clock)
        self.werk.vergeet()
        for _ in self.werk.begin(0):
            pass
        self.werk.schrijf()

    def lees(self, events: Iterable[Gebeurd], begin: int = 0) -> None:
        for offset, event in enumerate(events, begin):
            self.werk.lees(0, offset, event.value)

    def volg(self, begin: int, end: int) -> None:
        for key, value in self.sent[begin:end]:
            self.werk.volg(0, key, value)

    def commit(self) -> None:
        """Write what was counted, which is then not lost."""
        self.werk.schrijf()
        self.draden.commit()
        self.weken.commit()


@pytest.fixture(scope="module")
def events() -> list[Gebeurd]:
    """Questions and answers of some weeks."""
    return make_events(300, until=UNTIL, days=20)


def test_the_turnaround_is_that_of_the_draden(events: list[Gebeurd]) -> None:
    """What is kept of weeks is what all draden say, as long as they are there."""
    watch = Watch()
    watch.lees(events)
    watch.volg(0, len(watch.sent))
    watch.commit()
    running = [
        klok
        for value in watch.draden.kept.values()
        for klok in klokken(decode_draad(value), TABLES.antwoorden, TABLES.kalender)
    ]

    wanted = spreid(running, TABLES.kalender)

    assert len(wanted) > 10
    assert wanted == read_weekstand(watch.weken.kept.items()).spreidingen


@pytest.mark.parametrize("seed", range(20))
def test_a_crash_changes_nothing(events: list[Gebeurd], seed: int) -> None:
    """Of each table the last may be lost, of one more than of the other.

    What was not committed comes again, and in the end all is as without a crash.
    """
    whole, crashed = Watch(), Watch()
    for watch in (whole, crashed):
        watch.lees(events)
        watch.commit()
    whole.volg(0, len(whole.sent))
    whole.commit()
    random, place = Random(seed), 0  # noqa: S311 - no secret

    while place < len(crashed.sent):
        end = place + random.randint(1, 60)
        crashed.volg(place, end)
        if random.random() < 0.5:  # written, and never committed
            crashed.werk.schrijf()
        if random.random() < 0.5:
            crashed.draden.lose(random.randint(0, 20))
            crashed.weken.lose(random.randint(0, 20))
            crashed.begin()
        else:
            place = end
        crashed.commit()

    assert whole.draden.kept == crashed.draden.kept
    assert whole.weken.kept == crashed.weken.kept


def test_turnaround_that_was_never_kept(events: list[Gebeurd]) -> None:
    """A watch that did not keep it leaves draden, and the next one counts them."""
    watch = Watch()
    watch.lees(events)
    watch.commit()
    counts = dict(watch.weken.kept)
    watch.volg(0, len(watch.sent))
    watch.commit()
    wanted = dict(watch.weken.kept)
    assert counts != wanted

    watch.weken.kept = counts
    watch.begin()

    assert wanted == watch.weken.kept


@pytest.mark.parametrize(
    "name,zender,newest,events",
    [("HARTSLAG", "GGK", 1_790_000_000.5, 0), ("WMO305", "98000011", 0, 1)],
)
def test_a_heartbeat_is_seen_and_not_counted(
    name: str, zender: str, newest: float, events: int
) -> None:
    """Nor is what another sender calls by its kenmerk seen for one."""
    kenmerk = b"hartslag-1790000000500"
    outcome = step(record_of(sample(name), zender, kenmerk=kenmerk), tables())
    (event,) = outcome.follow_up([])
    watch = Watch()

    watch.werk.lees(0, 0, event.value)
    watch.commit()

    value = watch.meter.registry.get_sample_value
    assert newest == value("ibroker_heartbeat_timestamp_seconds")
    assert events == value("ibroker_watch_events_total")
    assert events == len(watch.weken.kept) == len(watch.sent)


@pytest.mark.parametrize("seed", range(5))
def test_an_event_counts_once(events: list[Gebeurd], seed: int) -> None:
    """Also where it comes again, and what was counted of it was written or not."""
    whole, again = Watch(), Watch()
    whole.lees(events)
    whole.commit()
    random, place = Random(seed), 0  # noqa: S311 - no secret

    while place < len(events):
        end = place + random.randint(1, 40)
        again.lees(events[place:end], place)
        if random.random() < 0.5:
            again.werk.schrijf()
        if random.random() < 0.5:
            again.weken.lose(random.randint(0, 5))
            again.begin()
        else:
            place = end
        again.commit()

    assert whole.weken.kept == again.weken.kept


def test_old_weeks_are_forgotten(events: list[Gebeurd]) -> None:
    """Those of before what is remembered, and no others."""
    watch = Watch()
    watch.lees(events)
    watch.commit()
    counts = dict(watch.weken.kept)
    long_ago = UNTIL.timestamp() + TABLES.antwoorden.bewaren / 1000 - 9 * 86_400

    watch.begin(lambda: long_ago)
    watch.werk.ruim_weken_op(0)

    assert 0 < len(watch.weken.kept) < len(counts)
    assert watch.weken.kept.items() <= counts.items()
    assert "2026-W46" == min(split_weeksleutel(key)[0] for key in watch.weken.kept)

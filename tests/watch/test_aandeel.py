"""The share of a watch: counted where it begins, written unless it ended meanwhile."""

import asyncio
from datetime import UTC, datetime

import pytest

from ibroker.core.watch.vorm import split_weeksleutel
from ibroker.metrics.watch import WatchMeter
from ibroker.settings import Settings
from ibroker.watch.aandeel import Aandeel
from ibroker.watch.tabellen import load_watch_tables
from ibroker.watch.werk import Kanalen, Werk
from tests.watch.events import PARTITIONS, make_events
from tests.watch.uninterrupted import Kept, Table, uninterrupted

UNTIL = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = load_watch_tables(Settings())
ALL = range(PARTITIONS)


@pytest.fixture(scope="module")
def kept() -> tuple[Kept, Kept]:
    """The draden and the weken of a run over some events."""
    events = (
        (one.partition, offset, one.value)
        for offset, one in enumerate(make_events(600, until=UNTIL))
    )
    return uninterrupted(events, TABLES, UNTIL.timestamp)


def share(kept: tuple[Kept, Kept]) -> tuple[Aandeel, Table]:
    """A share of a watch that begins with what was kept, and its weken."""
    draden, weken = Table(), Table()
    draden.kept, weken.kept = (dict(one) for one in kept)
    kanalen = Kanalen(draden, weken, lambda *_: None)
    return Aandeel(Werk(TABLES, kanalen, WatchMeter([], [], []))), weken


def is_turnaround(key: bytes) -> bool:
    """Whether it is of what answers took."""
    return split_weeksleutel(key)[2] is not None


async def test_it_mends_what_a_crash_left(kept: tuple[Kept, Kept]) -> None:
    """What answers took follows from the draden."""
    draden, weken = kept
    some = {key: v for key, v in weken.items() if not is_turnaround(key[1])}
    aandeel, found = share((draden, some))

    assert await aandeel.begin(ALL)

    assert len(some) < len(weken)
    assert weken == found.kept


@pytest.mark.parametrize("turns", [1, 2, PARTITIONS // 2, PARTITIONS])
async def test_it_writes_nothing_once_it_ended(
    kept: tuple[Kept, Kept], turns: int
) -> None:
    """Another may have the partitions by then: that one's counts must stay."""
    aandeel, found = share(kept)
    beginning = asyncio.create_task(aandeel.begin(ALL))
    for _ in range(turns):
        await asyncio.sleep(0)

    aandeel.end()

    assert not await beginning
    assert kept[1] == found.kept
    assert await aandeel.begin(ALL)
    assert kept[1] == found.kept

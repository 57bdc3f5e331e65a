"""What the watch does with the event of a heartbeat, which is no post."""

import pytest

from ibroker.core.step import step
from ibroker.metrics.watch import WatchMeter
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables
from ibroker.watch.werk import Kanalen, Werk
from tests.core.routed import record_of, sample, tables
from tests.watch.test_watch_process import Table


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
    weken, sent = Table(), list[tuple[bytes, bytes]]()
    meter = WatchMeter([], [], [])
    kanalen = Kanalen(Table(), weken, lambda key, value: sent.append((key, value)))

    Werk(load_watch_tables(Settings()), kanalen, meter).lees(3, 0, event.value)

    value = meter.registry.get_sample_value
    assert newest == value("ibroker_heartbeat_timestamp_seconds")
    assert events == value("ibroker_watch_events_total")
    assert events == len(weken.kept) == len(sent)

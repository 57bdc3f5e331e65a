"""Runs the watch until it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from ibroker.core.watch.draad import Stand
from ibroker.errors import IbrokerError, LogError
from ibroker.health import Health
from ibroker.kafka.changelog import check_counts
from ibroker.kafka.connection import connection
from ibroker.metrics.watch import WatchMeter
from ibroker.post.cluster import count_partitions
from ibroker.probes import ProbeApp, serve_app
from ibroker.settings import Settings
from ibroker.watch.app import Place, build_app
from ibroker.watch.mended import MendedApp, quiet_faust
from ibroker.watch.plaats import open_place
from ibroker.watch.tabellen import (
    WATCH_GROUP,
    WatchTables,
    WatchTopics,
    load_watch_tables,
)

__all__ = ["check_topics", "run_watch", "state_folder"]

_DRAIN: Final = 10.0  # s

_log = structlog.get_logger()


def state_folder(settings: Settings) -> Path:
    """Give the folder in which each process on this machine has a place."""
    return settings.data.resolve() / "state" / WATCH_GROUP


async def check_topics(settings: Settings, topics: WatchTopics) -> int:
    """Check that all topics are there, and give how many partitions each has.

    Raises ClusterUnreachable, TopicMissing, and LogError where they differ in that.
    """
    counts = await count_partitions(connection(settings), tuple(topics))
    count = counts[topics.gebeurtenissen]
    for topic in topics:
        check_counts(topic, counts[topic], topics.gebeurtenissen, count)
    return count


async def run_watch(settings: Settings, stopping: asyncio.Event) -> None:
    """Watch until `stopping` is set.

    Raises ConfigError, GebeurtenisError, StateError, or LogError where Kafka does not
    do what we need.
    """
    quiet_faust()
    tables = load_watch_tables(settings)
    partitions = await check_topics(settings, tables.topics)
    meter, health = _meter(tables), Health()
    with open_place(state_folder(settings)) as folder:
        async with _serving(settings, meter, health):
            app = build_app(settings, tables, Place(folder, partitions), meter, health)
            quiet_faust()  # what it made meanwhile
            await app.start()
            await _until(stopping, app.wait_until_stopped())
            crash = app.crash_reason
            fault = await _stop(app, _DRAIN)
        # What comes of a stop after a crash tells less than the crash itself.
        fault = fault if crash is None else crash
        if isinstance(fault, IbrokerError):
            raise fault
        if fault is not None:
            raise LogError(f"ibroker watch: {type(fault).__name__}") from fault


def _meter(tables: WatchTables) -> WatchMeter:
    return WatchMeter(
        sorted(
            (termijn.antwoord, vraag)
            for termijn in tables.antwoorden.termijnen.values()
            for vraag in termijn.vragen
        ),
        tables.catalogue.by_type,
        (Stand.OP_TIJD, Stand.TE_LAAT),
    )


@asynccontextmanager
async def _serving(
    settings: Settings, meter: WatchMeter, health: Health
) -> AsyncIterator[None]:
    if settings.metrics is None:
        yield
        return
    async with serve_app(settings.metrics, ProbeApp(meter.app, health), health):
        yield


async def _stop(app: MendedApp, patience: float) -> BaseException | None:
    """Stop the app; gives what went wrong, also that it takes longer than that, in s.

    It goes on then: Faust takes no notice of being cancelled while it stops.
    """
    stopping = asyncio.ensure_future(app.stop())
    done, _ = await asyncio.wait({stopping}, timeout=patience)
    if done:
        return stopping.exception()
    # What it did since it committed last is done again, as after a crash.
    return LogError(f"ibroker watch stond na {patience:.0f} s nog niet stil")


async def _until(stopping: asyncio.Event, ended: Awaitable[object]) -> None:
    """Wait until someone wants it to stop, or it ends by itself."""
    waits = [asyncio.ensure_future(stopping.wait()), asyncio.ensure_future(ended)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()

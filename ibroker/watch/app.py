"""The Faust app: events in, by reference to the clocks, by week to the counts.

    ggk.gebeurtenissen ─► lees ─┬─► ggk.intern.watch.verwijzing ─► volg ─┬─► draden
                                └─► weken                                └─► weken

Both tables take the same again without a change, so that at-least-once is enough: a
draad is a set of facts, a count knows the place of its last event, and turnaround is
counted from draden. What weken hold is written before each commit, and what waits to be
sent is sent. No windows, no sets, no transactions of Faust, and no topic that it makes
itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import faust
from faust.types import StreamT, TopicT

from ibroker.core.watch.vorm import decode_bundel
from ibroker.health import Health
from ibroker.kafka.connection import connection
from ibroker.kafka.meter import Assigned, Revoked
from ibroker.metrics.watch import WatchMeter
from ibroker.settings import Settings
from ibroker.watch.aandeel import Aandeel
from ibroker.watch.bundel import Bundels
from ibroker.watch.mended import MendedApp, PartitionTable
from ibroker.watch.tabellen import WATCH_GROUP, WatchTables
from ibroker.watch.werk import Kanalen, Werk

__all__ = ["Place", "build_app"]

_SWEEP: Final = 86_400.0  # s between two times that what is old is looked for
_SESSION, _HEARTBEAT, _REBALANCE = 10.0, 3.0, 60.0  # s
_LINGER: Final = 0.05  # s: without it each record is a request by itself
_WAIT: Final = 0.1  # s that a fact waits for others, which then share a record
# Bytes of each store: there are two for each partition, so not what Faust takes.
_STORE: Final = {
    "write_buffer_size": 4 * 1024 * 1024,
    "max_write_buffer_number": 2,
    "block_cache_size": 4 * 1024 * 1024,
    "max_open_files": 64,
    "bloom_filter_size": 10,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a watch is: the folder of its state, and how many partitions there are."""

    folder: Path
    partitions: int


def build_app(
    settings: Settings,
    tables: WatchTables,
    place: Place,
    meter: WatchMeter,
    health: Health,
) -> MendedApp:
    """Build the app, for the event loop that runs."""
    app = MendedApp(
        WATCH_GROUP,
        canonical_url=f"http://{uuid4()}",  # of each process another one
        datadir=place.folder,
        store="rocksdb://",
        processing_guarantee="at_least_once",
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        web_enabled=False,
        autodiscover=False,
        producer_threaded=False,
        producer_linger=_LINGER,
        broker_session_timeout=_SESSION,
        broker_heartbeat_interval=_HEARTBEAT,
        broker_rebalance_timeout=_REBALANCE,
        stream_recovery_delay=0.0,
        **_broker(settings),
    )
    topics = tables.topics
    gebeurtenissen = _topic(app, topics.gebeurtenissen)
    verwijzingen = _topic(app, topics.verwijzingen)
    draden = _table(app, "draden", topics.stand)
    weken = _table(app, "weken", topics.week)

    def verzend(partition: int, bundel: bytes) -> None:
        verwijzingen.send_soon(key=None, value=bundel, partition=partition)

    bundels = Bundels(place.partitions, verzend)

    def stuur(key: bytes, value: bytes) -> None:
        if bundels.neem(key, value):
            app.loop.call_later(_WAIT, bundels.stuur_op)

    werk = Werk(tables, Kanalen(draden, weken, stuur), meter)

    def before_commit() -> None:
        werk.schrijf()
        bundels.stuur_op()

    app.before_commit = before_commit
    meter.show(werk)
    _add_agents(app, werk, gebeurtenissen, verwijzingen)
    _add_partitions(app, werk, (verwijzingen, bundels), health)
    return app


def _add_agents(
    app: MendedApp, werk: Werk, gebeurtenissen: TopicT, verwijzingen: TopicT
) -> None:
    async def lees(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            try:
                werk.lees(message.partition, message.offset, message.value)
            except Exception as error:  # noqa: BLE001 - it ends the process
                await app.fail(error)

    async def volg(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            try:
                for key, post in _posts(message.key, message.value):
                    werk.volg(message.partition, key, post)
            except Exception as error:  # noqa: BLE001 - it ends the process
                await app.fail(error)

    app.agent(gebeurtenissen, name="lees")(lees)
    app.agent(verwijzingen, name="volg")(volg)


def _posts(key: bytes | None, value: bytes | None) -> list[tuple[bytes, bytes]]:
    """What a record tells of references: a bundle, or as it was before, of one."""
    return decode_bundel(value) if key is None else [(key, value or b"")]


def _add_partitions(
    app: MendedApp, werk: Werk, own: tuple[TopicT, Bundels], health: Health
) -> None:
    """See to it that what is shown is of the partitions that are ours.

    `own` is what the watch sends to itself, and by what.
    """
    verwijzingen, bundels = own
    aandeel = Aandeel(werk)

    def ours() -> frozenset[int]:
        topic = verwijzingen.get_topic_name()
        return frozenset(
            place.partition
            for place in app.consumer.assignment()
            if place.topic == topic
        )

    async def begin(*_: object, **__: object) -> None:
        partitions = ours()
        if await aandeel.begin(partitions):
            health.tell(Assigned(partitions))

    async def end(*_: object, **__: object) -> None:
        bundels.stuur_op()  # whoever has the partitions now, a fact is one
        aandeel.end()
        health.tell(Revoked())

    async def ruim_op() -> None:
        for partition in sorted(ours()):
            werk.ruim_weken_op(partition)
            for number, (key, value) in enumerate(werk.ruim_op(partition)):
                bundels.leg(partition, key, value)
                if number % 100 == 0:
                    await app.producer.flush()
            bundels.stuur_op()

    app.on_rebalance_complete.connect(begin)
    app.on_partitions_revoked.connect(end)
    app.timer(interval=_SWEEP)(ruim_op)


def _table(app: MendedApp, name: str, changelog: str) -> PartitionTable:
    table: Any = app.Table(
        name,
        key_type=bytes,
        value_type=bytes,
        changelog_topic=_topic(app, changelog, is_changelog=True),
        options=dict(_STORE),
    )
    return PartitionTable(table)


def _topic(app: MendedApp, name: str, *, is_changelog: bool = False) -> TopicT:
    kept: dict[str, Any] = (
        {"acks": False, "internal": True, "compacting": True, "maxsize": 131_072}
        if is_changelog
        else {}
    )
    return app.topic(
        name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
        **kept,
    )


def _broker(settings: Settings) -> dict[str, Any]:
    arguments = connection(settings)
    found: dict[str, Any] = {
        "broker": [f"kafka://{one}" for one in arguments["bootstrap_servers"]]
    }
    context = arguments.get("ssl_context")
    if context is not None:
        found["broker_credentials"] = faust.SSLCredentials(context=context)
    return found

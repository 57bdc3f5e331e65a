"""Puts the exporter together: the cluster, its figures and its heartbeats."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from datetime import datetime
from functools import partial

from ibroker.core.hartslag import build_hartslag
from ibroker.errors import ConfigError
from ibroker.exporter.beating import Beat, Beating
from ibroker.exporter.certificates import find_expiries
from ibroker.exporter.freshness import Freshness
from ibroker.exporter.heartbeats import Heartbeats
from ibroker.exporter.kafka_cluster import KafkaWatched
from ibroker.exporter.kafka_pulse import KafkaPulse
from ibroker.exporter.readers import Reader, find_readers, own_readers
from ibroker.exporter.rounds import Rounds
from ibroker.exporter.survey import Survey
from ibroker.feiten import load_feiten_topic
from ibroker.kafka.connection import connection
from ibroker.metrics.exporter import ExporterMetrics
from ibroker.probes import ProbeApp, serve_app
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.standards import ZONE, load_catalogue

__all__ = ["run_exporter"]


async def run_exporter(settings: Settings, stopped: asyncio.Event) -> None:
    """Export until `stopped`.

    Raises ConfigError. A cluster that is away is none: that is what it must tell.
    """
    if settings.metrics is None:
        raise ConfigError("IBROKER_METRICS: de exporter heeft host:poort nodig")
    register = load_register(settings.partijen)
    topics = register.topics
    to_kafka = connection(settings)
    inputs = {
        "ibroker.route": topics.aanlevering,
        "ibroker.wlz": load_feiten_topic(),
        "ibroker.watch": topics.gebeurtenissen,
    }

    def parties() -> Sequence[Reader]:
        return find_readers(register, datetime.now(ZONE).date())

    ours = own_readers(inputs, topics.aanlevering)
    heartbeats = Heartbeats(time.time())
    metrics = ExporterMetrics(heartbeats)
    build = partial(build_hartslag, berichttype=load_catalogue().hartslag)
    beat = Beat(topics.aanlevering, build, settings.hartslag_seconden)
    freshness = Freshness(settings.exporter_seconden)
    rounds = Rounds(
        lambda: KafkaWatched(to_kafka),
        Survey(topics.onbestelbaar, parties, ours, time.time),
        lambda: find_expiries(settings),
        metrics,
        freshness,
    )
    async with (
        serve_app(settings.metrics, ProbeApp(metrics.app, freshness), freshness),
        KafkaPulse(to_kafka, topics.aanlevering, topics.hartslag) as pulse,
    ):
        beating = Beating(pulse, heartbeats, beat)
        await _until(
            stopped,
            rounds.run(settings.exporter_seconden),
            beating.send(),
            beating.listen(),
        )


async def _until(stopped: asyncio.Event, *running: Coroutine[None, None, None]) -> None:
    """Run until told to stop, or until one of them fails. Raises what it raised."""
    tasks = [asyncio.create_task(one) for one in (stopped.wait(), *running)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()

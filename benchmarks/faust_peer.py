"""A peer of `ibroker route`: a Faust app that validates by lxml and routes.

    python benchmarks/faust_peer.py GROUP

There are no rules, answers or events. It is at least once: Faust's exactly_once sends
what goes to topics that the app does not read outside of any transaction. It runs on
Faust as `ibroker watch` mends it, which waits for what is under way before it commits.
It stops at SIGTERM.
"""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

import faust
from bare import BATCH, INPUT, RECORDS, address, make_check
from broker import Broker
from faust.types import StreamT, TopicT

from ibroker.kafka.connection import connection
from ibroker.settings import read_settings
from ibroker.watch.mended import MendedApp

INVALID: Final = "ggk.onbestelbaar"
COMMIT: Final = 0.25  # s; Faust would wait ten times as long


def build_app(group: str, folder: Path, topics: frozenset[str]) -> MendedApp:
    """Build the app; `topics` are those of the cluster."""
    servers = connection(read_settings())["bootstrap_servers"]
    app = MendedApp(
        group,
        broker=[f"kafka://{one}" for one in servers],
        datadir=folder,
        processing_guarantee="at_least_once",
        broker_commit_every=RECORDS,
        broker_commit_interval=COMMIT,
        producer_max_batch_size=BATCH,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        web_enabled=False,
        autodiscover=False,
    )
    outputs = {name: make_topic(app, name) for name in topics}
    check = make_check()

    async def route(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            topic, key = INVALID, message.key
            if check(message.value):
                topic, key = address(message, topics)
            await outputs[topic].send(
                key=key, value=message.value, headers=message.headers
            )

    app.agent(outputs[INPUT], name="route")(route)
    return app


def make_topic(app: faust.App, name: str) -> TopicT:
    """Name a topic whose bytes stay as they are."""
    return app.topic(
        name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )


async def run(group: str, folder: Path) -> None:
    """Route until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with Broker() as broker:
        topics = frozenset(await broker.counts())
    app = build_app(group, folder, topics)
    await app.start()
    await stopping.wait()
    await app.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(sys.argv[1], Path(name)))

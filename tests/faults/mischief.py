"""The faults: what goes wrong in a storm, each as one function that does it once."""

import asyncio
import signal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from ibroker.broker.cluster import kill_node, start_node, stop_node
from ibroker.broker.layout import Cluster
from tests.faults.ledger import INPUT, Sent
from tests.faults.storm import Storm
from tests.kafka import proxy as kinds
from tests.kafka.proxy import Cut, Fate, Held, Late, Request
from tests.kafka.raw_batches import build, junk_gzip, put_batch, spoil_names

_GARBLED = [b"een", b"twee", b"drie"]
_ZENDER = "0344"
_COMMITS = {
    kinds.ADD_PARTITIONS,
    kinds.ADD_OFFSETS,
    kinds.TXN_OFFSET_COMMIT,
    kinds.END_TXN,
}


async def kill_router(storm: Storm) -> None:
    """End a process of ours with SIGKILL."""
    _signal(storm, signal.SIGKILL)


async def drain_router(storm: Storm) -> None:
    """Ask a process of ours to stop."""
    _signal(storm, signal.SIGTERM)


async def pause_past_the_session(storm: Storm) -> None:
    """Let a process of ours stand still until its partitions are given away."""
    await _pause(storm, storm.chance.uniform(12, 14))


async def pause_past_the_transaction(storm: Storm) -> None:
    """Let a process of ours stand still until its transaction is undone as well."""
    await _pause(storm, storm.chance.uniform(42, 45))


async def kill_broker(storm: Storm) -> None:
    """Kill a broker, and start it again."""
    number = storm.chance.choice(storm.cluster.nodes).number
    await asyncio.to_thread(kill_node, storm.cluster, number)
    await asyncio.sleep(storm.chance.uniform(0, 3))
    await asyncio.to_thread(start_node, storm.cluster, number)
    await in_sync(storm.cluster)


async def restart_broker(storm: Storm) -> None:
    """Stop a broker in an orderly way, and start it again."""
    number = storm.chance.choice(storm.cluster.nodes).number
    await asyncio.to_thread(stop_node, storm.cluster, number)
    await asyncio.to_thread(start_node, storm.cluster, number)
    await in_sync(storm.cluster)


async def cut_commits(storm: Storm) -> None:
    """Cut connections in the middle of commits, or let these arrive late."""
    await _proxied(storm, share=0.02, seconds=4)


async def delay_commits(storm: Storm) -> None:
    """Let commits wait for longer than a router does."""
    held = Held()
    await _proxied(storm, share=0.02, seconds=17, fate=held)
    held.released.set()


async def poison(storm: Storm) -> None:
    """Put batches on the input that are broken, or lie."""
    for batch, outcomes in [
        (build(_GARBLED), ["fout"] * 3),
        (
            spoil_names(build(_GARBLED), _GARBLED[1]),
            ["fout", "onbestelbaar", "fout"],
        ),
        (junk_gzip(_GARBLED), ["onbestelbaar"] * 3),
        (build(_GARBLED, places=(0, 1, 5000)), ["fout", "fout", "onbestelbaar"]),
    ]:
        base = await put_batch(storm.cluster.address, INPUT, batch)
        storm.sent += [
            Sent(0, base + number, _ZENDER, None, outcome)
            for number, outcome in enumerate(outcomes)
        ]


async def bound(address: str, topic: str, size: int | None) -> None:
    """Have a topic take no larger batches than `size`, or what it took before."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.alter_configs(
            [
                ConfigResource(
                    ConfigResourceType.TOPIC,
                    topic,
                    {"max.message.bytes": str(size or 28_311_552)},
                )
            ]
        )
    finally:
        await admin.close()


async def in_sync(cluster: Cluster) -> None:
    """Wait until each partition has all its replicas: one broker may fail, not two."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.address)
    await admin.start()
    try:
        for _ in range(600):
            topics = await admin.describe_topics()
            behind = [
                one
                for topic in topics
                for one in topic["partitions"]
                if len(one["isr"]) < len(one["replicas"])
            ]
            if topics and not behind:
                return
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    raise TimeoutError("replicas do not catch up")


def _signal(storm: Storm, number: signal.Signals) -> None:
    if storm.fleet.running:
        storm.chance.choice(storm.fleet.running).send_signal(number)


async def _pause(storm: Storm, seconds: float) -> None:
    if storm.fleet.running:
        process = storm.chance.choice(storm.fleet.running)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)


async def _proxied(
    storm: Storm, share: float, seconds: float, fate: Fate = None
) -> None:
    """For so many seconds let a share of the requests of transactions go wrong."""
    if storm.proxy is None:
        return
    chance, late, hurt = storm.chance, Late(), list[int]()
    fates: list[Fate] = [Cut.BEFORE, Cut.AFTER, late] if fate is None else [fate]

    def decide(request: Request) -> Fate:
        if request.api not in _COMMITS or chance.random() > share:
            return None
        chosen = chance.choice(fates)
        if chosen is late:
            fates.remove(late)
        storm.done[f"request {request.api}"] += 1
        hurt.append(request.api)
        return chosen

    storm.proxy.decide = decide
    await asyncio.sleep(seconds)
    for _ in range(200):  # where no router was at work there was nothing to cut
        if hurt:
            break
        await asyncio.sleep(0.1)
    storm.proxy.decide = lambda _: None
    late.released.set()

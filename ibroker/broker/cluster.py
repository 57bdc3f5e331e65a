"""A local Kafka of one or three nodes in a folder: start it, stop it, hurt it.

The nodes outlive the process that starts them, and a later one finds
them by the folder.
Everything here blocks; in a coroutine use `asyncio.to_thread`.
"""

import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ibroker.broker.jars import deploy_folder, fetch_jars, find_java
from ibroker.broker.layout import Cluster, check_ports, cluster_of, decide
from ibroker.broker.node import (
    Node,
    Process,
    find_process,
    format_node,
    has_ended,
    launch,
    send_signal,
    why_not,
)
from ibroker.broker.probe import brokers_seen_by
from ibroker.broker.properties import node_settings, properties_text, read_table
from ibroker.broker.record import locked, read_record, write_record
from ibroker.errors import ClusterUnreachable, ConfigError

__all__ = [
    "answers",
    "kill_node",
    "pause_node",
    "resume_node",
    "start_cluster",
    "start_node",
    "stop_cluster",
    "stop_node",
]

_START_TIME = 90.0  # seconds; some two are normal, on a busy machine more
_STOP_TIME = 30.0  # seconds after which a node that does not stop is killed
_ALONE_TIME = 10.0  # seconds for a node that has no majority to ask; five are normal
# Seconds in which the others give up a node that died: nine after it was last heard of,
# and some where it was the one that hears the others.
_LEAVE_TIME = 30.0
_STEP = 0.05  # seconds between two questions


def answers(node: Node) -> bool:
    """Whether a node takes part in the cluster and answers now."""
    return node.number in (brokers_seen_by(node.address) or ())


def start_cluster(
    folder: Path,
    nodes: int | None = None,
    port: int | None = None,
    extra: Mapping[str, str] | None = None,
) -> Cluster:
    """Start what does not run yet of the cluster in a folder, and wait for its answer.

    What is None is as before; for a new cluster that is one node, port 9092 and nothing
    extra. Node k listens at port + k - 1; behind those come the ports of the
    controllers. With FREE each gets a port that is free. `extra` are settings of the
    brokers over ours.

    Raises ConfigError where Java or Maven is missing, a port is taken, or the folder
    holds a cluster that is otherwise; ClusterUnreachable where a node does not come up.
    """
    folder = folder.resolve()
    table = read_table(deploy_folder() / "broker.toml")
    with locked(folder):
        record = decide(folder, table.sizes(), nodes, port)
        if extra is not None:
            record = record.model_copy(update={"extra": dict(extra)})
        cluster = cluster_of(folder, record.seats)
        idle = [node for node in cluster.nodes if find_process(node) is None]
        if idle:
            # What is missing is said before anything is written.
            find_java()
            fetch_jars()
            check_ports(record.seats, idle)
            write_record(folder, record)
        for node in idle:
            settings = node_settings(table, record.seats, node.number, node.data)
            node.folder.mkdir(exist_ok=True)
            node.properties.write_text(
                properties_text({**settings, **record.extra}), encoding="utf-8"
            )
        _await_leave(idle, cluster.nodes)
        _bring_up(idle, cluster.nodes, record.cluster_id, table.jvm)
    return cluster


def start_node(cluster: Cluster, number: int) -> None:
    """Start one node of a cluster that was started before, and wait for its answer.

    Does nothing where it runs. It needs a majority of the nodes to answer, so that a
    cluster that stands still is started as a whole. Raises as `start_cluster` does.
    """
    node = cluster.node(number)
    with locked(cluster.folder):
        record = read_record(cluster.folder)
        if record is None:
            raise ConfigError(f"er is geen Kafka in {cluster.folder}")
        idle = [node] if find_process(node) is None else []
        check_ports(record.seats, idle)
        jvm = read_table(deploy_folder() / "broker.toml").jvm
        _await_leave(idle, cluster.nodes)
        _bring_up(idle, [node], record.cluster_id, jvm)


def stop_cluster(cluster: Cluster, seconds: float = _STOP_TIME) -> tuple[int, ...]:
    """Stop every node, and give the numbers of those that had to be killed.

    A node first asks the controllers for leave, and waits five minutes where a majority
    of them is gone. So of three nodes the last one may have to be killed, whatever
    `seconds`; it has written all that it acknowledged.
    """
    with locked(cluster.folder):
        return _stop(cluster, cluster.nodes, seconds)


def stop_node(cluster: Cluster, number: int, seconds: float = _STOP_TIME) -> bool:
    """Stop one node with SIGTERM; after `seconds` with SIGKILL, and then False."""
    with locked(cluster.folder):
        return not _stop(cluster, [cluster.node(number)], seconds)


def kill_node(cluster: Cluster, number: int) -> None:
    """End a node with SIGKILL, as a power cut does, and wait until it is gone."""
    with locked(cluster.folder):
        for process in _running([cluster.node(number)]):
            _kill(process)


def pause_node(cluster: Cluster, number: int) -> None:
    """Let a node stand still with SIGSTOP: its port is open, and nobody answers.

    Returns once each of its threads does: until then it may still answer.
    """
    for process in _running([cluster.node(number)]):
        send_signal(process, signal.SIGSTOP)
        while not all(_stands_still(task) for task in _tasks(process.pid)):
            time.sleep(_STEP)


def resume_node(cluster: Cluster, number: int) -> None:
    """Let a node that was paused go on."""
    for process in _running([cluster.node(number)]):
        send_signal(process, signal.SIGCONT)


def _tasks(pid: int) -> list[Path]:
    """The threads of a process; none once it is gone."""
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _stands_still(task: Path) -> bool:
    """Whether a thread is stopped, or gone."""
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0] in "TtZX"
    except OSError:
        return True


def _running(nodes: Sequence[Node]) -> list[Process]:
    return [process for node in nodes if (process := find_process(node)) is not None]


def _await_leave(idle: Sequence[Node], nodes: Sequence[Node]) -> None:
    """Wait until the nodes that run have given up those that are about to start.

    One that died and is back before that still leads what it led. Where it died while a
    commit was written on its own disk alone it tells partitions of that commit, which
    the others know nothing of and abort: half a transaction (Kafka 4.3.1). Without a
    majority no one is given up, and nothing runs before they start.
    """
    others = [node for node in nodes if node not in idle and find_process(node)]
    if len(others) * 2 <= len(nodes):
        return
    gone = {node.number for node in idle}
    deadline = time.monotonic() + _LEAVE_TIME
    while time.monotonic() < deadline:
        if not any(gone & (brokers_seen_by(node.address) or set()) for node in others):
            return
        time.sleep(_STEP)


def _bring_up(
    idle: Sequence[Node], wanted: Sequence[Node], cluster_id: str, jvm: Sequence[str]
) -> None:
    """Start the idle nodes, and wait until each of the wanted sees all of them.

    Where that fails the nodes that were started here are ended again.
    """
    launched: dict[int, Process] = {}
    if idle:
        java, jars = find_java(), fetch_jars()
        for node in idle:
            format_node(node, java, jars, cluster_id)
        logging = deploy_folder() / "log4j2.properties"
        for node in idle:
            launched[node.number] = launch(node, java, jars, jvm, logging)
    numbers = {node.number for node in wanted}
    try:
        for node in wanted:
            _await_answer(node, launched.get(node.number), numbers)
    except BaseException:  # also Ctrl-C: nothing half started stays behind
        for process in launched.values():
            _kill(process)
        raise


def _await_answer(node: Node, launched: Process | None, numbers: set[int]) -> None:
    deadline = time.monotonic() + _START_TIME
    while not numbers <= (brokers_seen_by(node.address) or set()):
        if launched is not None and has_ended(launched):
            raise ClusterUnreachable(why_not(node))
        if time.monotonic() > deadline:
            raise ClusterUnreachable(
                f"Kafka node {node.number} antwoordt na {_START_TIME:.0f} seconden"
                f" niet: zie {node.log}"
            )
        time.sleep(_STEP)


def _stop(cluster: Cluster, nodes: Sequence[Node], seconds: float) -> tuple[int, ...]:
    """Stop nodes, all at once, so that they still have each other's controllers."""
    running = {
        node.number: process for node in nodes if (process := find_process(node))
    }
    for process in running.values():
        send_signal(process, signal.SIGTERM)
        # One that was paused hears it only when it goes on.
        send_signal(process, signal.SIGCONT)
    deadline = time.monotonic() + seconds
    has_majority = True
    while running and time.monotonic() < deadline:
        for number, process in [*running.items()]:
            if has_ended(process, _STEP):
                del running[number]
        if has_majority and len(_running(cluster.nodes)) * 2 < len(cluster.nodes):
            has_majority = False
            deadline = min(deadline, time.monotonic() + _ALONE_TIME)
    for process in running.values():
        _kill(process)
    return tuple(running)


def _kill(process: Process) -> None:
    send_signal(process, signal.SIGKILL)
    has_ended(process, _STOP_TIME)

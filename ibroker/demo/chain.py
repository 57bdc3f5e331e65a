"""Brings the chain up and down: Kafka, the topics, the router and the Wlz stream."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import FREE, read_cluster
from ibroker.broker.ports import free_ports, is_taken
from ibroker.demo.processes import (
    PROCESSES,
    find_process,
    start_process,
    stop_process,
)
from ibroker.demo.toezicht import (
    read_addresses,
    start_prometheus,
    stop_prometheus,
    write_addresses,
)
from ibroker.errors import LogError
from ibroker.settings import Settings
from ibroker.sleutels import make_persoonssleutels, make_sleutel

__all__ = ["Chain", "bring_down", "bring_up"]

_PORT = 9092


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that runs; `environment` is what other commands need to find it.

    `logs` are those of its processes; `metrics` has the host:port where each tells its
    metrics, and `prometheus` that of Prometheus, None where it is not installed.
    """

    address: str
    environment: dict[str, str]
    logs: tuple[Path, ...]
    metrics: dict[str, str]
    prometheus: str | None


def bring_up(settings: Settings) -> Chain:
    """Start what does not run yet.

    Raises ConfigError where something is missing, LogError where it does not start.
    """
    folder = settings.data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    environment: dict[str, str] = {}
    address = settings.kafka
    if "kafka" not in settings.model_fields_set:
        address = _start_kafka(folder / "kafka")
        if address != Settings.model_fields["kafka"].default:
            environment["IBROKER_KAFKA"] = address
    if settings.verwijzing_sleutel is None:
        sleutel = folder / "verwijzing.sleutel"
        make_sleutel(sleutel)
        environment["IBROKER_VERWIJZING_SLEUTEL"] = str(sleutel)
    if settings.persoonssleutels is None:
        persoonssleutels = folder / "persoonssleutels"
        make_persoonssleutels(persoonssleutels)
        environment["IBROKER_PERSOONSSLEUTELS"] = str(persoonssleutels)
    _apply_topics(environment)
    metrics = _assign_ports(settings, folder)
    write_addresses(folder, metrics)
    logs = tuple([_start(name, folder, environment, metrics) for name in PROCESSES])
    return Chain(address, environment, logs, metrics, start_prometheus(folder))


def bring_down(settings: Settings) -> None:
    """Stop our processes, and Kafka where it is our own; what it holds stays."""
    folder = settings.data.resolve()
    stop_prometheus(folder)
    # The exporter first: a heartbeat after the router would lie there until next time.
    for name in reversed(PROCESSES):
        stop_process(name, folder)
    cluster = read_cluster(folder / "kafka")
    if cluster is not None:
        stop_cluster(cluster)


def _assign_ports(settings: Settings, folder: Path) -> dict[str, str]:
    """A port for each process; what runs keeps the one that it has."""
    known = read_addresses(folder)
    ports = free_ports(len(PROCESSES))
    found: dict[str, str] = {}
    for name, port in zip(PROCESSES, ports, strict=True):
        if find_process(name, folder) is not None:
            if name in known:
                found[name] = known[name]
        # The port that is set is for one process: the first has it.
        elif name == PROCESSES[0] and settings.metrics is not None:
            found[name] = settings.metrics
        else:
            found[name] = f"127.0.0.1:{port}"
    return found


def _start(
    name: str, folder: Path, environment: dict[str, str], metrics: dict[str, str]
) -> Path:
    if find_process(name, folder) is not None:
        return folder / f"{name}.log"
    own = {"IBROKER_METRICS": metrics[name]}
    return start_process(name, folder, environment | own)


def _start_kafka(folder: Path) -> str:
    """On the usual port, or on free ones where that is taken by another."""
    is_new = read_cluster(folder) is None
    port = (FREE if is_taken(_PORT) else _PORT) if is_new else None
    return start_cluster(folder, port=port).address


def _apply_topics(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ibroker", "topics", "apply", "--format", "json"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LogError(f"ibroker topics apply: {done.stderr.strip()}")

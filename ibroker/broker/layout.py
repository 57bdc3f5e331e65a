"""How a local cluster is laid out in its folder, and what a start may change of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ibroker.broker.node import Node, find_process
from ibroker.broker.ports import free_ports, is_taken
from ibroker.broker.properties import Seat
from ibroker.broker.record import ClusterRecord, new_cluster_id, read_record
from ibroker.errors import ConfigError

__all__ = [
    "FIRST_PORT",
    "FREE",
    "Cluster",
    "check_ports",
    "cluster_of",
    "decide",
    "read_cluster",
]

FIRST_PORT = 9092
FREE = 0  # as a port: any that is free
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in a folder, whether it runs or not."""

    folder: Path
    nodes: tuple[Node, ...]

    @property
    def address(self) -> str:
        """The bootstrap address: host:port of each node, with commas between."""
        return ",".join(node.address for node in self.nodes)

    def node(self, number: int) -> Node:
        """Node `number`, from 1. Raises ConfigError where there is no such node."""
        for node in self.nodes:
            if node.number == number:
                return node
        raise ConfigError(
            f"er is geen node {number}: het cluster heeft er {len(self.nodes)}"
        )


def read_cluster(folder: Path) -> Cluster | None:
    """The cluster in a folder, None where none was ever started there."""
    folder = folder.resolve()
    record = read_record(folder)
    return None if record is None else cluster_of(folder, record.seats)


def cluster_of(folder: Path, seats: Sequence[Seat]) -> Cluster:
    """The cluster whose nodes have these seats; each has a folder in that of all."""
    return Cluster(
        folder,
        tuple(
            Node(seat.number, folder / f"node-{seat.number}", seat.port)
            for seat in seats
        ),
    )


def decide(
    folder: Path, sizes: Sequence[int], nodes: int | None, port: int | None
) -> ClusterRecord:
    """The cluster that is to run: that of before with what is asked of it, or new.

    `sizes` are the numbers of nodes that there may be. Raises ConfigError where the
    folder has a cluster of another size, or one that runs at another port.
    """
    record = read_record(folder)
    if record is None:
        size = 1 if nodes is None else nodes
        if size not in sizes:
            allowed = " of ".join(str(one) for one in sizes)
            raise ConfigError(f"een cluster heeft {allowed} nodes, niet {size}")
        seats = _seats(size, FIRST_PORT if port is None else port)
        return ClusterRecord(cluster_id=new_cluster_id(), seats=seats)
    size = len(record.seats)
    if nodes not in (None, size):
        raise ConfigError(
            f"in {folder} staat een cluster van {size} node(s), niet van {nodes};"
            " kies een andere map met IBROKER_DATA"
        )
    if port in (None, record.seats[0].port):
        return record
    for node in cluster_of(folder, record.seats).nodes:
        if find_process(node) is not None:
            if port == FREE:
                return record
            raise ConfigError(
                f"Kafka draait al, op poort {record.seats[0].port}; stop die eerst"
            )
    return record.model_copy(update={"seats": _seats(size, port)})


def _seats(size: int, port: int) -> tuple[Seat, ...]:
    if port == FREE:
        ports: Sequence[int] = free_ports(2 * size)
    else:
        ports = range(port, port + 2 * size)
        if ports[-1] > _LAST_PORT:
            raise ConfigError(f"{2 * size} poorten vanaf {port} zijn er niet")
    return tuple(
        Seat(number + 1, ports[number], ports[size + number]) for number in range(size)
    )


def check_ports(seats: Sequence[Seat], idle: Sequence[Node]) -> None:
    """Raise ConfigError where a port of a node that is to start is taken."""
    numbers = {node.number for node in idle}
    for seat in seats:
        for port in (seat.port, seat.controller_port):
            if seat.number in numbers and is_taken(port):
                raise ConfigError(
                    f"poort {port} is in gebruik; kies een andere met --port"
                )

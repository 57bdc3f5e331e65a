"""What each node is told: the table of deploy/kafka, and its place in the cluster."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ibroker.errors import ConfigError

__all__ = [
    "HOST",
    "BrokerTable",
    "Seat",
    "node_settings",
    "properties_text",
    "read_table",
]

HOST = "127.0.0.1"  # a local broker has no TLS and no ACLs: nobody else may reach it


class BrokerTable(BaseModel):
    """broker.toml: options of the JVM, settings of all brokers, and by cluster size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jvm: tuple[str, ...]
    settings: Mapping[str, str]
    nodes: Mapping[str, Mapping[str, str]]

    def sizes(self) -> tuple[int, ...]:
        """The numbers of nodes that a cluster may have."""
        return tuple(sorted(int(size) for size in self.nodes))


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of a node in its cluster: its number from 1, and its two ports."""

    number: int
    port: int
    controller_port: int


def read_table(path: Path) -> BrokerTable:
    """Read broker.toml. Raises ConfigError that says what is wrong with it."""
    try:
        loaded: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return BrokerTable.model_validate(loaded)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ConfigError(f"{path}: {where}: {fault['msg']}") from error


def node_settings(
    table: BrokerTable, seats: tuple[Seat, ...], number: int, data: Path
) -> dict[str, str]:
    """The settings of node `number` in the cluster of `seats`.

    The voters are a fixed list and not a dynamic quorum, which keeps addresses in its
    log: so the ports of a cluster that stands still may change.
    """
    own = next(seat for seat in seats if seat.number == number)
    voters = ",".join(f"{seat.number}@{HOST}:{seat.controller_port}" for seat in seats)
    return {
        **table.settings,
        **table.nodes[str(len(seats))],
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{HOST}:{own.port},"
        f"CONTROLLER://{HOST}:{own.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{own.port}",
        "log.dirs": str(data),
    }


def properties_text(settings: Mapping[str, str]) -> str:
    r"""Write settings as a file of java.util.Properties, which reads `\` as escape."""
    return "".join(
        f"{name}={value.replace(chr(92), chr(92) * 2)}\n"
        for name, value in sorted(settings.items())
    )

"""What is kept of a local cluster between two commands: its id and its ports."""

import base64
import fcntl
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ibroker.broker.properties import Seat
from ibroker.errors import ConfigError

__all__ = ["ClusterRecord", "locked", "new_cluster_id", "read_record", "write_record"]

_NAME = "cluster.json"


class ClusterRecord(BaseModel):
    """A cluster as it was last started. The id and the number of nodes never change.

    `extra` are settings of the brokers that its caller gave over ours.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cluster_id: str
    seats: tuple[Seat, ...]
    extra: Mapping[str, str] = {}


def read_record(folder: Path) -> ClusterRecord | None:
    """Read the record of the cluster in a folder, None where there never was one.

    Raises ConfigError where it is not readable.
    """
    path = folder / _NAME
    try:
        return ClusterRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        raise ConfigError(f"{path} is niet te lezen") from error


def write_record(folder: Path, record: ClusterRecord) -> None:
    """Write the record, at once: a reader sees the old one or the new one."""
    fresh = folder / f"{_NAME}.new"
    fresh.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    fresh.replace(folder / _NAME)


def new_cluster_id() -> str:
    """Make an id in the form that Kafka wants: 16 random bytes in base64."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other commands off what is in a folder; waits for one under way.

    Makes the folder where it is missing. Raises ConfigError where it may not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("wb")
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Where the processes serve their metrics, by name."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ibroker.errors import ConfigError

__all__ = ["PROCESSES_FILE", "check_address", "read_adressen"]

_HIGHEST = 65_535  # of ports

PROCESSES_FILE = "processes.json"
"""Written by `ibroker demo up` under IBROKER_DATA: name -> host:port."""


def read_adressen(data: Path, given: Sequence[str]) -> dict[str, str]:
    """Give the addresses: those that were given, else those of processes.json.

    One that was given is called by its address. Empty where there are none. Raises
    ConfigError where an address or the file is no good.
    """
    if given:
        return {check_address(one): one for one in given}
    path = data / PROCESSES_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is geen JSON"
        raise ConfigError(f"{path}: {reason}") from error
    if not isinstance(found, Mapping):
        raise ConfigError(f"{path}: verwacht een object van naam naar host:poort")
    return {str(name): check_address(str(found[name])) for name in found}


def check_address(address: str) -> str:
    """Give an address, host:port, as it is. Raises ConfigError where it is none."""
    host, _, port = address.rpartition(":")
    is_host = bool(host) and not set(host) & set("/@?# ")
    if is_host and port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST:
        return address
    raise ConfigError(f"{address!r} is geen host:poort")

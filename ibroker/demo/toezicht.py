"""Prometheus beside the chain, where it is installed: it watches what the demo runs."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ibroker.broker.ports import free_ports, is_taken
from ibroker.demo.processes import answers, end_process, find_started
from ibroker.errors import ConfigError, LogError

__all__ = [
    "config_folder",
    "read_addresses",
    "start_prometheus",
    "stop_prometheus",
    "write_addresses",
]

_HOST: Final = "127.0.0.1"
_PORT: Final = 9090
_START_TIME: Final = 60.0  # s; it reads back what it kept
_STEP: Final = 0.05  # s
_EVERY: Final = "5s"  # whoever tries it out does not wait for long


def config_folder() -> Path:
    """`deploy/prometheus` inside the installed package, or beside it in a checkout.

    Raises ConfigError where it is in neither.
    """
    package = Path(__file__).parents[1]
    for root in (package, package.parent):
        folder = root / "deploy" / "prometheus"
        if (folder / "prometheus.yml").is_file():
            return folder
    raise ConfigError(f"de map deploy/prometheus ontbreekt bij {package}")


def read_addresses(folder: Path) -> dict[str, str]:
    """Where each process of the demo tells its metrics: its name, host:port."""
    try:
        found: dict[str, str] = json.loads(_addresses(folder).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def write_addresses(folder: Path, addresses: Mapping[str, str]) -> None:
    """Write them, and what Prometheus must scrape by them."""
    _put(_addresses(folder), dict(addresses))
    targets = [
        {"labels": {"process": name}, "targets": [address]}
        for name, address in addresses.items()
    ]
    _put(_home(folder) / "targets" / "ibroker.json", targets)


def start_prometheus(folder: Path) -> str | None:
    """Start Prometheus for what `write_addresses` wrote, unless it runs.

    Returns its host:port, None where it is not installed. On this machine alone, and
    on a free port where 9090 is taken. Raises LogError where it does not start.
    """
    program = shutil.which("prometheus")
    if program is None:
        return None
    home = _home(folder)
    own = home / "targets" / "own" / "prometheus.json"
    if find_started(_pid(folder), _words(folder)) is not None:
        return str(json.loads(own.read_text("utf-8"))[0]["targets"][0])
    source = config_folder()
    home.mkdir(parents=True, exist_ok=True)
    text = (source / "prometheus.yml").read_text(encoding="utf-8")
    (home / "prometheus.yml").write_text(
        re.sub(r"(?m)^(  \w+_(?:interval|timeout)): .*", rf"\1: {_EVERY}", text),
        encoding="utf-8",
    )
    shutil.copytree(source / "rules", home / "rules", dirs_exist_ok=True)
    port = free_ports(1)[0] if is_taken(_PORT) else _PORT
    address = f"{_HOST}:{port}"
    _put(own, [{"targets": [address]}])
    log = folder / "prometheus.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the program is on the PATH
            [
                program,
                *(word.decode() for word in _words(folder)),
                f"--storage.tsdb.path={home / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    _pid(folder).write_text(str(process.pid), encoding="ascii")
    deadline = time.monotonic() + _START_TIME
    while not answers(address, "/-/ready"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LogError(f"prometheus is niet gestart: zie {log}")
        time.sleep(_STEP)
    return address


def stop_prometheus(folder: Path) -> None:
    """Stop it where we started it; what it measured stays."""
    end_process(_pid(folder), _words(folder))


def _home(folder: Path) -> Path:
    return folder / "prometheus"


def _addresses(folder: Path) -> Path:
    return folder / "processes.json"


def _pid(folder: Path) -> Path:
    return folder / "prometheus.pid"


def _words(folder: Path) -> list[bytes]:
    """What tells its process from any other Prometheus."""
    return [f"--config.file={_home(folder) / 'prometheus.yml'}".encode()]


def _put(path: Path, value: object) -> None:
    """Whole or not at all: Prometheus reads it as soon as it changes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)

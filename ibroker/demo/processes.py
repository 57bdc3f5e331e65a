"""Our processes as the demo starts them, found again by the files that name them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from ibroker.errors import LogError

__all__ = ["PROCESSES", "find_process", "start_process", "stop_process"]

PROCESSES = ("route", "wlz")
"""In the order in which they start: each takes what the one before it makes."""

_READY = '"assigned"'
_START_TIME = 180.0  # s; a busy machine touches some 350 topics slowly
_STOP_TIME = 20.0  # s; it drains in 10
_STEP = 0.05  # s


def start_process(name: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """Start `ibroker <name>`, that outlives this process, and wait for its partitions.

    Returns its log. Raises LogError where it ends before that.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - a command of ours
            [sys.executable, "-m", "ibroker", name],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    _pid(name, folder).write_text(str(process.pid), encoding="ascii")
    deadline = time.monotonic() + _START_TIME
    while _READY not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LogError(f"ibroker {name} is niet gestart: zie {log}")
        time.sleep(_STEP)
    return log


def find_process(name: str, folder: Path) -> int | None:
    """The process id of what was started for this folder, if it runs."""
    try:
        pid = int(_pid(name, folder).read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    is_zombie = state.rpartition(")")[2].split()[0] == "Z"
    is_ours = command[1:4] == [b"-m", b"ibroker", name.encode()]
    return pid if is_ours and not is_zombie else None


def stop_process(name: str, folder: Path) -> bool:
    """Stop it; False where it had to be killed."""
    pid = find_process(name, folder)
    if pid is None:
        return True
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_TIME
    while find_process(name, folder) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(_STEP)
    _pid(name, folder).unlink(missing_ok=True)
    return True


def _pid(name: str, folder: Path) -> Path:
    return folder / f"{name}.pid"

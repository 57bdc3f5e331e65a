"""The router as a process of its own, found again by the file that names it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from ibroker.errors import LogError

__all__ = ["find_router", "start_router", "stop_router"]

_PID = "route.pid"
_LOG = "route.log"
_READY = '"assigned"'
_START_TIME = 60.0  # s
_STOP_TIME = 20.0  # s; it drains in 10
_STEP = 0.05  # s


def start_router(folder: Path, environment: Mapping[str, str]) -> Path:
    """Start a router that outlives this process, and wait until it has partitions.

    Returns its log. Raises LogError where it ends before that.
    """
    log = folder / _LOG
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ibroker", "route"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    (folder / _PID).write_text(str(process.pid), encoding="ascii")
    deadline = time.monotonic() + _START_TIME
    while _READY not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LogError(f"de router is niet gestart: zie {log}")
        time.sleep(_STEP)
    return log


def find_router(folder: Path) -> int | None:
    """The process id of the router that was started for this folder, if it runs."""
    try:
        pid = int((folder / _PID).read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    is_zombie = state.rpartition(")")[2].split()[0] == "Z"
    is_router = command[1:4] == [b"-m", b"ibroker", b"route"]
    return pid if is_router and not is_zombie else None


def stop_router(folder: Path) -> bool:
    """Stop it; False where it had to be killed."""
    pid = find_router(folder)
    if pid is None:
        return True
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_TIME
    while find_router(folder) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(_STEP)
    (folder / _PID).unlink(missing_ok=True)
    return True

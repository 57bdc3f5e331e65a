"""Our processes as the demo starts them, found again by the files that name them."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ibroker.errors import LogError

__all__ = [
    "PROCESSES",
    "answers",
    "end_process",
    "find_process",
    "find_started",
    "start_process",
    "stop_process",
]

PROCESSES = ("route", "wlz", "watch", "exporter")
"""In the order in which they start: each takes or sees what those before it make."""

_START_TIME = 180.0  # s; a busy machine touches some 350 topics slowly
_STOP_TIME = 20.0  # s; it drains in 10
_STEP = 0.05  # s
_PATIENCE = 5.0  # s; for one answer
_OK = 200


def start_process(name: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """Start `ibroker <name>`, that outlives this process, and wait until it is ready.

    Its IBROKER_METRICS is in `environment`: there it says so. Returns its log. Raises
    LogError where it ends before that.
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
    while not answers(environment["IBROKER_METRICS"], "/readyz"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LogError(f"ibroker {name} is niet gestart: zie {log}")
        time.sleep(_STEP)
    return log


def find_process(name: str, folder: Path) -> int | None:
    """The process id of what was started for this folder, if it runs."""
    return find_started(_pid(name, folder), _words(name))


def stop_process(name: str, folder: Path) -> bool:
    """Stop it; False where it had to be killed."""
    return end_process(_pid(name, folder), _words(name))


def answers(address: str, page: str) -> bool:
    """Whether `host:port` answers 200 to a GET of this page."""
    connection = http.client.HTTPConnection(address, timeout=_PATIENCE)
    try:
        connection.request("GET", page)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def find_started(path: Path, words: Sequence[bytes]) -> int | None:
    """The process id in a file, if a process with these first arguments has it."""
    try:
        pid = int(path.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    is_zombie = state.rpartition(")")[2].split()[0] == "Z"
    is_ours = command[1 : 1 + len(words)] == [*words]
    return pid if is_ours and not is_zombie else None


def end_process(path: Path, words: Sequence[bytes]) -> bool:
    """Stop what `find_started` finds; False where it had to be killed."""
    pid = find_started(path, words)
    if pid is None:
        return True
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_TIME
    while find_started(path, words) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(_STEP)
    path.unlink(missing_ok=True)
    return True


def _words(name: str) -> list[bytes]:
    return [b"-m", b"ibroker", name.encode()]


def _pid(name: str, folder: Path) -> Path:
    return folder / f"{name}.pid"

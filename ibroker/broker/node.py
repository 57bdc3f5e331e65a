"""One node of a local Kafka: a process of its own, known by its command line.

No file keeps its pid: a number that is written down may be that of another process by
the time it is read. The process that runs the properties file of a node is that node.
"""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ibroker.broker.properties import HOST
from ibroker.errors import ConfigError

__all__ = [
    "Node",
    "Process",
    "find_process",
    "format_node",
    "has_ended",
    "launch",
    "send_signal",
    "why_not",
]

_MAIN = b"kafka.Kafka"
_PROC = Path("/proc")
_FORMAT_TIME = 60  # seconds; about one is normal


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its number from 1, the folder that is its own, and its port."""

    number: int
    folder: Path
    port: int

    @property
    def address(self) -> str:
        """Where clients reach it, host:port."""
        return f"{HOST}:{self.port}"

    @property
    def data(self) -> Path:
        """The folder of its records and metadata."""
        return self.folder / "data"

    @property
    def properties(self) -> Path:
        """The file with its settings, which also tells its process from others."""
        return self.folder / "server.properties"

    @property
    def log(self) -> Path:
        """What the broker logs."""
        return self.folder / "server.log"

    @property
    def output(self) -> Path:
        """What Java says before and beside the log."""
        return self.folder / "java.log"


@dataclass(frozen=True, slots=True)
class Process:
    """The process of a node: its pid, and the folder of the jars that it runs."""

    pid: int
    jars: Path


def find_process(node: Node) -> Process | None:
    """The process that runs this node, None where there is none.

    None too in the instant that one begins or ends: then it has no command line.
    """
    with os.scandir(_PROC) as entries:
        for entry in entries:
            if entry.name.isdigit():
                jars = _jars_that_run(int(entry.name), node)
                if jars is not None:
                    return Process(int(entry.name), jars)
    return None


def _jars_that_run(pid: int, node: Node) -> Path | None:
    """The jars of a process where it runs this node."""
    try:
        words = Path(_PROC, str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None  # it ended as we looked, or is not ours to see
    match words:
        case [*_, b"-cp", jars, main, properties, b""] if (
            main == _MAIN and properties == os.fsencode(node.properties)
        ):
            return Path(os.fsdecode(jars)).parent
    return None


def format_node(node: Node, java: str, jars: Path, cluster_id: str) -> None:
    """Make the data folder of a node, once. Raises ConfigError where Java cannot."""
    if (node.data / "meta.properties").is_file():
        return
    command = [
        java,
        "-cp",
        f"{jars}/*",
        "kafka.tools.StorageTool",
        "format",
        "--ignore-formatted",
        f"--cluster-id={cluster_id}",
        f"--config={node.properties}",
    ]
    with node.output.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - the command is our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_FORMAT_TIME,
            check=False,
        )
    if done.returncode != 0:
        raise ConfigError(why_not(node))


def launch(
    node: Node, java: str, jars: Path, jvm: Sequence[str], logging: Path
) -> Process:
    """Start the process of a node, in a session of its own; it outlives us.

    `logging` is the log4j2 configuration. Nothing is waited for.
    """
    arguments = [
        java,
        *jvm,
        f"-XX:ErrorFile={node.folder}/hs_err.log",
        f"-Dlog4j2.configurationFile={logging}",
        f"-Dibroker.log={node.log}",
        "-cp",
        f"{jars}/*",
        _MAIN.decode(),
        str(node.properties),
    ]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    # Not subprocess: that warns of a child which it has not waited for at its end.
    pid = os.posix_spawn(
        java,
        arguments,
        os.environ,
        setsid=True,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.fspath(node.output), flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    return Process(pid, jars)


def why_not(node: Node) -> str:
    """Say why a node did not come up, as far as Java told it, or where to look."""
    said = b""
    with contextlib.suppress(OSError):
        said = node.output.read_bytes()
    if b"UnsupportedClassVersionError" in said:
        return "deze java is te oud voor Kafka; installeer openjdk-17-jre-headless"
    # What is said beside the log was said before there was one.
    seen = node.output if said else node.log
    return f"Kafka node {node.number} start niet: zie {seen}"


def send_signal(process: Process, number: signal.Signals) -> None:
    """Send a signal to a process; nothing happens where it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)


def has_ended(process: Process, seconds: float = 0) -> bool:
    """Whether a process has ended, or does so within `seconds`; waits for a child.

    By a pidfd, which says so only when the last thread has closed its files: before
    that, ports and locks may still be held.
    """
    try:
        watched = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        ended = bool(poll.poll(seconds * 1000))
    finally:
        os.close(watched)
    if ended:
        with contextlib.suppress(ChildProcessError):  # a child of another process
            os.waitpid(process.pid, os.WNOHANG)
    return ended

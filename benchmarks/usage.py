"""What processes use, by /proc: CPU time and memory."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = [
    "busy_seconds",
    "cpu_seconds",
    "listeners",
    "memory_now",
    "peak_memory",
]

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")  # in a second
LISTENING: Final = "0A"


def busy_seconds() -> float:
    """The CPU time that all processes of this machine had so far, in seconds."""
    fields = (PROC / "stat").read_text().split(maxsplit=9)[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / TICKS


def cpu_seconds(pids: Iterable[int]) -> float:
    """The CPU time that these processes had so far, in seconds."""
    ticks = 0
    for pid in pids:
        # The name of the program, in brackets, may hold a space.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def peak_memory(pids: Iterable[int]) -> int:
    """The most memory that these processes had, together, in bytes."""
    return sum(_memory(str(pid), "VmHWM:") for pid in pids)


def memory_now(pid: int | None = None) -> int:
    """The memory that a process has now, in bytes; ours where none is given."""
    return _memory("self" if pid is None else str(pid), "VmRSS:")


def _memory(process: str, what: str) -> int:
    lines = (PROC / process / "status").read_text().splitlines()
    return int(next(one for one in lines if one.startswith(what)).split()[1]) * 1024


def listeners(ports: Iterable[int]) -> list[int]:
    """The processes of this machine that listen on these TCP ports."""
    wanted = {f"{port:04X}" for port in ports}
    sockets = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[1].rpartition(":")[2] in wanted:
                sockets.add(f"socket:[{fields[9]}]")
    return sorted(
        int(folder.name)
        for folder in PROC.iterdir()
        if folder.name.isdigit() and sockets & _links(folder / "fd")
    )


def _links(folder: Path) -> set[str]:
    """The open files of a process; none where that is not ours to see."""
    found = set()
    try:
        for link in folder.iterdir():
            with suppress(FileNotFoundError):  # closed since
                found.add(str(link.readlink()))
    except OSError:
        return set()
    return found

"""Router, Wlz stream and watch as one chain, and what each of them uses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from drain import broker_pids
from dubbelen import size_of
from usage import cpu_seconds, memory_now, peak_memory

from ibroker.broker.ports import free_ports
from ibroker.demo.processes import find_process, start_process, stop_process

__all__ = ["STAGES", "Usage", "chain", "disk_of"]

STAGES: Final = ("route", "wlz", "watch")
INTERN: Final = "ggk.intern."


@contextmanager
def chain(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """Start all, and stop them; gives the process id of each, and of a broker."""
    pids: dict[str, int] = {}
    try:
        for name, port in zip(STAGES, free_ports(len(STAGES)), strict=True):
            own = {**environment, "IBROKER_METRICS": f"127.0.0.1:{port}"}
            start_process(name, folder, own)
            pid = find_process(name, folder)
            if pid is None:
                raise SystemExit(f"{name} ended: {folder}")
            pids[name] = pid
        [pids["broker"]] = broker_pids()
        yield pids
    finally:
        for name in STAGES:
            stop_process(name, folder)


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU time so far in s, and memory now and at its highest in bytes, by process."""

    cpu: Mapping[str, float]
    memory: Mapping[str, int]
    highest: Mapping[str, int]

    @classmethod
    def read(cls, pids: Mapping[str, int]) -> Self:
        """Read it now."""
        return cls(
            {name: cpu_seconds([pid]) for name, pid in pids.items()},
            {name: memory_now(pid) for name, pid in pids.items()},
            {name: peak_memory([pid]) for name, pid in pids.items()},
        )

    def since(self, before: Self, berichten: int) -> dict[str, Any]:
        """What was used for so many berichten."""
        return {
            name: {
                "cpu_us_each": round(
                    (self.cpu[name] - before.cpu[name]) / berichten * 1e6, 1
                ),
                "memory_mb": round(self.memory[name] / 1e6),
                "highest_mb": round(self.highest[name] / 1e6),
            }
            for name in self.cpu
        }


def disk_of(data: Path, kafka: Path) -> dict[str, float]:
    """What takes room on disk, in MB: the state of each process, each kind of log."""
    found: dict[str, float] = {
        f"state of {folder.name}": size_of(folder) / 1e6
        for folder in sorted((data / "state").iterdir())
    }
    for folder in kafka.rglob("ggk.*"):
        name = f"log of {_kind(folder.name.rpartition('-')[0])}"
        found[name] = found.get(name, 0.0) + size_of(folder) / 1e6
    return {name: round(size, 1) for name, size in found.items()}


def _kind(topic: str) -> str:
    """Put the topics of receivers together."""
    apart = topic in {"ggk.aanlevering", "ggk.gebeurtenissen", "ggk.wlz.signalen"}
    return topic if apart or topic.startswith(INTERN) else "postvakken"

"""Our programs as processes, with a supervisor that starts again what ended."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_WATCH = 0.2  # s between two looks
_DRAIN = 40.0  # s; the stated ten, leaving the group, and a busy machine
KILLED, DRAINED, UNREACHABLE = -signal.SIGKILL, 0, 3
NOT_BEGUN = -signal.SIGTERM  # asked to stop before it could do so in its own way


@dataclass(frozen=True)
class Program:
    """What one process of the fleet is to run: arguments for Python, and settings."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def routers(size: int, environment: Mapping[str, str]) -> list[Program]:
    """Give so many routers."""
    arguments = ("-m", "ibroker", "route")
    return [Program(f"router{n}", arguments, environment) for n in range(size)]


class Fleet:
    """One process for each program; what they say goes to files in `logs`."""

    def __init__(self, programs: Sequence[Program], logs: Path) -> None:
        self._programs = programs
        self._logs = logs
        self._held: set[str] = set()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._started = 0
        self.ends: Counter[int] = Counter()

    async def __aenter__(self) -> Self:
        """Start them, and watch over them."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._watch = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let each finish what it has begun."""
        if self._watch is not None:
            self._watch.cancel()
        for process in self.running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running:
            try:
                code = await asyncio.to_thread(process.wait, _DRAIN)
            except subprocess.TimeoutExpired:
                process.kill()
                code = await asyncio.to_thread(process.wait)
            self.ends[code] += 1
        self._running.clear()

    @property
    def running(self) -> tuple[subprocess.Popen[bytes], ...]:
        """Those that run."""
        return tuple(self._running.values())

    @asynccontextmanager
    async def down(self, name: str) -> AsyncIterator[None]:
        """Kill the process of a program, and start it again only afterwards."""
        self._held.add(name)
        try:
            process = self._running.get(name)
            if process is not None:
                process.kill()
                await asyncio.to_thread(process.wait)
            yield
        finally:
            self._held.discard(name)

    def strange_ends(self) -> dict[int, int]:
        """Exit codes that nothing explains, and how often."""
        explained = {KILLED, DRAINED, UNREACHABLE, NOT_BEGUN}
        return {code: n for code, n in self.ends.items() if code not in explained}

    def said(self) -> str:
        """The last that they said, for who must find out what was wrong."""
        files = sorted(self._logs.iterdir())
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}"
            for path in files
        )

    async def _supervise(self) -> None:
        while True:
            for name, process in tuple(self._running.items()):
                code = process.poll()
                if code is not None:
                    del self._running[name]
                    self.ends[code] += 1
            for program in self._programs:
                if program.name not in self._running.keys() | self._held:
                    self._running[program.name] = self._start(program)
            await asyncio.sleep(_WATCH)

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        self._started += 1
        name = f"{program.name}-{self._started:03}"
        with (self._logs / name).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *program.arguments],
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

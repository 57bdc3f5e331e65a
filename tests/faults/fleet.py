"""Routers as processes, with a supervisor that starts again what ended."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Self

_WATCH = 0.2  # s between two looks
_DRAIN = 40.0  # s; the stated ten, leaving the group, and a busy machine
KILLED, DRAINED, UNREACHABLE = -signal.SIGKILL, 0, 3
NOT_BEGUN = -signal.SIGTERM  # asked to stop before it could do so in its own way


class Fleet:
    """So many routers as there should be; what they say goes to files in `logs`."""

    def __init__(self, size: int, environment: Mapping[str, str], logs: Path) -> None:
        self._size = size
        self._environment = environment
        self._logs = logs
        self._running: list[subprocess.Popen[bytes]] = []
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
        for process in self._running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._running:
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
        return tuple(self._running)

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
            for process in self.running:
                code = process.poll()
                if code is not None:
                    self._running.remove(process)
                    self.ends[code] += 1
            while len(self._running) < self._size:
                self._running.append(self._start())
            await asyncio.sleep(_WATCH)

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        with (self._logs / f"router-{self._started:03}").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ibroker", "route"],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

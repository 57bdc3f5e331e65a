"""Looks where processes spend their time, by samples of their stacks (py-spy)."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from flamegraph import draw

__all__ = ["at_work", "profile", "shares"]

PY_SPY: Final = str(Path(sys.executable).with_name("py-spy"))
RATE: Final = 100  # samples a second
LEAST: Final = 0.01  # of the samples; a frame that has less is not named
MOST: Final = 20  # frames of each process
LOOP: Final = "asyncio/runners.py:Runner.run"
# Where a thread waits for work, which py-spy cannot always see.
WAITING: Final = frozenset(
    {
        "concurrent/futures/thread.py:_worker",
        "selectors.py:EpollSelector.select",
        "selectors.py:_PollLikeSelector.select",
    }
)
FRAME: Final = re.compile(r"(?P<name>.+) \((?P<file>.+?):\d+\)")


async def profile(
    pids: Mapping[str, int], seconds: float, stacks: Path, pictures: Path
) -> dict[str, Any]:
    """Sample each process for so many seconds; gives `shares` of each, by its name.

    The flame graph of each is `flame-<name>.svg` in `pictures`; what was sampled goes
    to the folder `stacks`.
    """
    sampled = {name: stacks / name for name in pids}
    await asyncio.gather(
        *(_record(pids[name], seconds, path) for name, path in sampled.items())
    )
    found = {name: at_work(path.read_text("utf-8")) for name, path in sampled.items()}
    for name, some in found.items():
        draw(some, f"ibroker {name}", pictures / f"flame-{name}.svg")
    return {name: shares(some) for name, some in found.items()}


def at_work(stacks: str) -> list[tuple[list[str], int]]:
    """Read stacks, but for those of a thread that waits.

    `stacks` has a line for each: its frames from the outermost on, with ; between them,
    and how often it was seen. Gives the functions, without their lines, from what the
    event loop calls on. Where it called nothing it waits, or is at work in C: that is
    left out with the waiting.
    """
    found = []
    for line in stacks.splitlines():
        text, _, count = line.rpartition(" ")
        frames = [_named(frame) for frame in text.split(";")]
        if LOOP in frames:
            frames = frames[frames.index(LOOP) + 1 :]
        if frames and frames[-1] not in WAITING:
            found.append((frames, int(count)))
    return found


def shares(stacks: Iterable[tuple[list[str], int]]) -> dict[str, Any]:
    """What each function took, itself and with all that it called."""
    own, whole = Counter[str](), Counter[str]()
    for frames, count in stacks:
        own[frames[-1]] += count
        whole.update(dict.fromkeys(frames, count))
    total = own.total()
    return {
        kind: {
            name: round(count / total, 3)
            for name, count in found.most_common(MOST)
            if count >= LEAST * total
        }
        for kind, found in (("self", own), ("whole", whole))
    }


def _named(frame: str) -> str:
    """Name a function with its file, without the line."""
    found = FRAME.fullmatch(frame)
    return f"{found['file']}:{found['name']}" if found else frame


async def _record(pid: int, seconds: float, path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(PY_SPY, "record", "--pid", str(pid), "--duration", str(round(seconds))),
        *("--rate", str(RATE), "--format", "raw", "--output", path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise SystemExit(f"py-spy: {said.decode()}")

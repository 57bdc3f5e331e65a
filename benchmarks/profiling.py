"""Looks where processes spend their time, by samples of their stacks (py-spy)."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["profile", "shares"]

PY_SPY: Final = str(Path(sys.executable).with_name("py-spy"))
RATE: Final = 100  # samples a second
LEAST: Final = 0.01  # of the samples; a frame that has less is not named
MOST: Final = 20  # frames of each process
TITLE: Final = re.compile(r'(id="title"[^>]*>)[^<]*<')
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

    The flame graph of each is of as many seconds after, as `flame-<name>.svg` in
    `pictures`; what was sampled goes to the folder `stacks`.
    """
    drawn = {name: pictures / f"flame-{name}.svg" for name in pids}
    sampled = {name: stacks / name for name in pids}
    for form, paths in (("raw", sampled), ("flamegraph", drawn)):
        await asyncio.gather(
            *(_record(pids[name], seconds, form, path) for name, path in paths.items())
        )
    for name, path in drawn.items():
        _name_picture(path, name)
    return {name: shares(path.read_text()) for name, path in sampled.items()}


def shares(stacks: str) -> dict[str, Any]:
    """What each function took, itself and with all that it called.

    `stacks` has a line for each stack: its frames from the outermost on, with ; between
    them, and how often it was seen.
    """
    own, whole = Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        text, _, count = line.rpartition(" ")
        frames = [_named(frame) for frame in text.split(";")]
        if frames[-1] in WAITING:
            continue
        own[frames[-1]] += int(count)
        whole.update(dict.fromkeys(frames, int(count)))
    total = own.total()
    return {
        kind: {
            name: round(count / total, 3)
            for name, count in found.most_common(MOST)
            if count >= LEAST * total
        }
        for kind, found in (("self", own), ("whole", whole))
    }


def _name_picture(path: Path, name: str) -> None:
    """Have a picture say whose it is, not how it was made."""
    text = path.read_text(encoding="utf-8")
    path.write_text(TITLE.sub(rf"\g<1>ibroker {name}<", text, count=1), "utf-8")


def _named(frame: str) -> str:
    """Name a function with its file, without the line."""
    found = FRAME.fullmatch(frame)
    return f"{found['file']}:{found['name']}" if found else frame


async def _record(pid: int, seconds: float, form: str, path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(PY_SPY, "record", "--pid", str(pid), "--duration", str(round(seconds))),
        *("--rate", str(RATE), "--format", form, "--output", path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise SystemExit(f"py-spy: {said.decode()}")

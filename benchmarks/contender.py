"""Who takes part: how each is started, and what it must make of the traffic."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from ibroker.settings import read_settings

__all__ = [
    "CONTENDERS",
    "PEERS",
    "Contender",
    "Guarantee",
    "Work",
    "is_running",
    "running",
]

HERE: Final = Path(__file__).parent
PEERS: Final = HERE / "peers" / "target"
LEAVING: Final = 45.0  # s
GROUP: Final = "{group}"
KAFKA: Final = "{kafka}"
CORES: Final = os.cpu_count() or 1


class Work(Enum):
    """What is done with a bericht besides bringing it to its receiver."""

    NOTHING = auto()
    XSD = auto()
    EVERYTHING = auto()


class Guarantee(Enum):
    """How often each bericht comes out, whatever crashes."""

    EXACTLY_ONCE = "exactly once"
    AT_LEAST_ONCE = "at least once"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to route.

    `command` starts one of `processes` processes; in it `{group}` is the consumer group
    and `{kafka}` the bootstrap address. `group` is the one that it always has; without
    it each run has its own.
    """

    name: str
    command: tuple[str, ...]
    work: Work
    processes: int = 1
    group: str | None = None
    guarantee: Guarantee = Guarantee.EXACTLY_ONCE


_ROUTE = (sys.executable, "-m", "ibroker", "route")
_BARE = (sys.executable, str(HERE / "bare.py"), GROUP)
_FAUST = (sys.executable, str(HERE / "faust_peer.py"), GROUP)
_JAVA = ("java", "-Xms512m", "-Xmx512m", "-cp", f"{PEERS}/peers.jar:{PEERS}/lib/*")
_ARGUMENTS = (
    *(KAFKA, GROUP, "ggk.aanlevering"),
    *(str(HERE.parent / "schemas"), str(CORES)),
)
_STREAMS = (*_JAVA, "nl.ibroker.peers.StreamsPeer", *_ARGUMENTS)
_CAMEL = (*_JAVA, "nl.ibroker.peers.CamelPeer", *_ARGUMENTS)

CONTENDERS: Final = {
    one.name: one
    for one in (
        Contender("ibroker", _ROUTE, Work.EVERYTHING, 1, "ibroker.route"),
        Contender("ibroker-2", _ROUTE, Work.EVERYTHING, 2, "ibroker.route"),
        Contender("streams", _STREAMS, Work.XSD),
        Contender("camel", _CAMEL, Work.XSD, guarantee=Guarantee.AT_LEAST_ONCE),
        Contender("faust", _FAUST, Work.XSD, guarantee=Guarantee.AT_LEAST_ONCE),
        Contender("bare", _BARE, Work.NOTHING, guarantee=Guarantee.NONE),
        Contender("bare-xsd", (*_BARE, "xsd"), Work.XSD, guarantee=Guarantee.NONE),
    )
}


@asynccontextmanager
async def running(
    contender: Contender, group: str, environment: Mapping[str, str], log: Path
) -> AsyncIterator[tuple[int, ...]]:
    """Run a contender; gives its process ids. What it says goes to the file `log`."""
    values = {GROUP: group, KAFKA: read_settings().kafka}
    command = [values.get(part, part) for part in contender.command]
    with log.open("ab") as file:
        processes = [
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **environment},
            )
            for _ in range(contender.processes)
        ]
    try:
        yield tuple(process.pid for process in processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                async with asyncio.timeout(LEAVING):
                    await process.wait()
            except TimeoutError:
                process.kill()


def is_running(pid: int) -> bool:
    """Whether a process that was started has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

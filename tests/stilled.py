"""Lets a process of the demo stand still for a while, so that nothing comes of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ibroker.demo.processes import find_process

__all__ = ["stilled"]


@contextmanager
def stilled(folder: Path, name: str) -> Iterator[None]:
    """Stop the process of that name, of the demo in `folder`, until the end of this.

    Of the exporter that means: no heartbeat comes meanwhile, however long it takes.
    """
    pid = find_process(name, folder)
    assert pid is not None, name
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)

"""The Kafka that a benchmark runs on: for it alone, with the topics of topics.yaml."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from broker import Broker

from ibroker.broker.cluster import start_cluster, stop_cluster
from ibroker.broker.layout import FREE

__all__ = ["cluster", "renew_topics"]

TIMES: Final = 10  # that topics are applied, where not all show
DIFFERS: Final = 2  # the exit code of `ibroker topics apply`


@contextmanager
def cluster(
    folder: Path, *, wipe: bool | None = None, nodes: int = 1
) -> Iterator[None]:
    """Have a cluster for this alone: started here, or the one that is set.

    Where IBROKER_KAFKA is set, `wipe` says that its topics may go; None says that only
    one that is started here will do.
    """
    if os.environ.get("IBROKER_KAFKA"):
        if wipe is None:
            sys.exit("IBROKER_KAFKA is set, and this needs a cluster of its own")
        if not wipe:
            sys.exit("IBROKER_KAFKA is set: --wipe deletes all topics of it")
        yield
        return
    started = start_cluster(folder, nodes, port=FREE)
    os.environ["IBROKER_KAFKA"] = started.address
    try:
        yield
    finally:
        del os.environ["IBROKER_KAFKA"]
        stop_cluster(started)


async def renew_topics(broker: Broker) -> None:
    """Make all topics anew, as they are after `ibroker topics apply`."""
    await broker.delete()
    command = (sys.executable, "-m", "ibroker", "topics", "apply")
    for number in range(TIMES):
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, said = await process.communicate()
        if not process.returncode:
            return
        # Thousands of topics take a broker longer than the command waits.
        if process.returncode != DIFFERS or number == TIMES - 1:
            raise SystemExit(f"{' '.join(command)}: {said.decode()}")

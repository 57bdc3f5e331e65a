"""What every process that runs on does: log, probes, and a drain when asked to stop."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog

from ibroker.cli.app import NO_CLUSTER
from ibroker.eventloop import EventLoop
from ibroker.kafka.member import KafkaMember
from ibroker.kafka.meter import Meter
from ibroker.log import configure_log
from ibroker.metrics import Kinds
from ibroker.probes import serve_probes
from ibroker.settings import Settings, read_settings

__all__ = ["Running", "run_process", "run_until_stopped"]

_CLOSING: Final = 5.0  # s

Running = Callable[[Settings, Callable[[KafkaMember], None], Meter], Awaitable[None]]
"""A process: it tells who must be stopped, and what it does, until it is stopped."""


def run_process(
    name: str, kinds: Callable[[Settings], Kinds], running: Running
) -> None:
    """Run a process until SIGINT or SIGTERM; `name` is that in its metrics.

    Raises what it raises, and ConfigError where a setting is wrong.
    """
    configure_log()
    _run_loop(_run(name, kinds, running))


async def _run(name: str, kinds: Callable[[Settings], Kinds], running: Running) -> None:
    loop = asyncio.get_running_loop()
    settings = read_settings()

    def stop_on_signal(member: KafkaMember) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, member.stop)

    log = structlog.get_logger()
    log.info("started")
    async with serve_probes(settings.metrics, name, kinds(settings)) as meter:
        await running(settings, stop_on_signal, meter)
    log.info("stopped")


def run_until_stopped(
    running: Callable[[Settings, asyncio.Event], Awaitable[None]],
) -> None:
    """Run what is no member of a group, until SIGINT or SIGTERM sets the event.

    Raises what it raises, and ConfigError where a setting is wrong.
    """
    configure_log()
    _run_loop(_run_until_stopped(running))


async def _run_until_stopped(
    running: Callable[[Settings, asyncio.Event], Awaitable[None]],
) -> None:
    loop = asyncio.get_running_loop()
    settings = read_settings()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    log = structlog.get_logger()
    log.info("started")
    await running(settings, stopped)
    log.info("stopped")


def _run_loop(running: Coroutine[Any, Any, None]) -> None:
    """Run it to its end, on the loop that costs least for each record.

    Of what it leaves nothing keeps the process here: a task of a library that waits for
    a broker may ignore that it is cancelled, and its thread that all else has ended.
    """
    runner = asyncio.Runner(loop_factory=EventLoop)
    try:
        runner.run(running)
    finally:
        if _end_tasks(runner.get_loop()):
            runner.close()
        else:
            cut_off = threading.Timer(_CLOSING, os._exit, (NO_CLUSTER,))
            cut_off.daemon = True
            cut_off.start()


def _end_tasks(loop: asyncio.AbstractEventLoop) -> bool:
    """Cancel what still runs; False where some of it does not end by that."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if not tasks:
        return True
    _, pending = loop.run_until_complete(asyncio.wait(tasks, timeout=_CLOSING))
    return not pending

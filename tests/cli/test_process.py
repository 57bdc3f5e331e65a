"""What runs on ends when it must, whatever it leaves."""

import subprocess
import sys
import time

import pytest

_PROGRAM = """
import asyncio, sys, threading
from ibroker.cli.process import run_until_stopped
from ibroker.errors import LogError

async def stay():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def wait():
    await asyncio.sleep(60)

async def running(settings, stopped):
    if "task" in sys.argv:
        running.task = asyncio.create_task(stay())
    if "thread" in sys.argv:
        threading.Thread(target=threading.Event().wait).start()
    running.other = asyncio.create_task(wait())
    await asyncio.sleep(0.01)
    raise LogError("Kafka is weg")

try:
    run_until_stopped(running)
except LogError as error:
    print(error, flush=True)
    sys.exit(3)
"""


@pytest.mark.parametrize("left", [[], ["task"], ["task", "thread"]])
def test_nothing_that_it_leaves_holds_it(left: list[str]) -> None:
    """It says what was wrong, and ends with the code for that, within seconds."""
    began = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *left],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert "Kafka is weg" in done.stdout
    assert 3 == done.returncode
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 40

"""`ibroker validate`: how it ends when someone else ends it."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

IBROKER = [sys.executable, "-m", "ibroker", "validate"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_with_130(goed: Path, tmp_path: Path, jobs: str) -> None:
    """SIGINT to the whole process group ends with 130, without a traceback."""
    with (tmp_path / "stderr").open("w+b") as stderr:
        running = subprocess.Popen(
            [*IBROKER, *[str(goed)] * 3000, "--jobs", jobs],
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        assert running.stdout is not None
        with running.stdout:
            running.stdout.read(1)  # the first verdict is out
            os.killpg(running.pid, signal.SIGINT)
            # Not read further, so that it would otherwise wait for us.
            time.sleep(0.2)
            running.stdout.read()
        code = running.wait(timeout=60)
        stderr.seek(0)

        assert (130, b"") == (code, stderr.read())


# `ibroker`, to which Ctrl-C comes while libxml2 asks for an import of an XSD.
_INTERRUPTED = """
import os, signal
from ibroker.core import schema

resolve = schema._Resolver.resolve

def interrupted(*asked):
    os.kill(os.getpid(), signal.SIGINT)
    return resolve(*asked)

schema._Resolver.resolve = interrupted
from ibroker.cli import main
main()
"""


def test_ctrl_c_while_an_xsd_is_compiled_is_no_fault_of_the_xsd(goed: Path) -> None:
    """Lxml drops what is raised while it resolves an import, and says it fails."""
    ran = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, "validate", str(goed)],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (130, b"", b"") == (ran.returncode, ran.stdout, ran.stderr)


def test_a_closed_pipe_is_quiet(goed: Path) -> None:
    """When the reader stops, as `head` does, there is nothing on stderr."""
    with subprocess.Popen(
        [*IBROKER, *[str(goed)] * 300],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()

        assert b"" == running.stderr.read()
        assert running.wait(timeout=60) in {1, 141}


def test_on_a_terminal_it_is_a_table(goed: Path) -> None:
    """Where a person reads stdout, the default is the table."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*IBROKER, str(goed / "WMO319.xml")], stdout=slave, stderr=subprocess.PIPE
    ) as running:
        os.close(slave)
        running.wait(timeout=60)
        text = os.read(master, 10_000)
    os.close(master)

    assert b"geldig" in text
    assert b"{" not in text


def test_progress_is_for_a_person_only(goed: Path) -> None:
    """With stderr on a terminal and stdout in a file there is a bar, on stderr."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*IBROKER, *[str(goed)] * 10], stdout=subprocess.DEVNULL, stderr=slave
    ) as running:
        os.close(slave)
        shown = b""
        while True:
            try:
                part = os.read(master, 10_000)
            except OSError:  # Linux says EIO when the other side is closed
                break
            if not part:
                break
            shown += part
        assert 0 == running.wait(timeout=60)
    os.close(master)

    assert b"470" in shown

"""`make run` as a newcomer does it: the whole chain, and Ctrl-C at the end."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ibroker.demo.processes import find_process
from ibroker.demo.verkeer import read_verkeer
from ibroker.errors import ConfigError

VERKEER = Path(__file__).parents[1] / "berichten" / "verkeer.toml"
_BSN = re.compile(rb"<(?:\w+:)?Bsn>(\d{9})</")


def numbers_of_people() -> set[str]:
    """Every BSN in the sample traffic."""
    return {
        number.decode()
        for zending in read_verkeer(VERKEER)
        for number in _BSN.findall(zending.path.read_bytes())
    }


@pytest.mark.kafka
def test_the_whole_chain(kafka: str, tmp_path: Path) -> None:
    """Each bericht ends where it must, no one's number is shown, and Ctrl-C ends all.

    Started on a terminal it stays up until Ctrl-C; then the router is drained and gone.
    """
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ibroker", "demo", "run", str(VERKEER)],
        stdin=end,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "IBROKER_KAFKA": kafka, "IBROKER_DATA": str(tmp_path)},
        text=True,
    )
    assert process.stdout is not None
    shown: list[str] = []
    while not any("Ctrl-C" in line for line in shown):
        line = process.stdout.readline()
        assert line, "".join(shown)
        shown.append(line)
    assert find_process("route", tmp_path) is not None
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    os.close(end)
    os.close(terminal)
    output = "".join(shown) + rest
    log = (tmp_path / "route.log").read_text(encoding="utf-8")

    assert 0 == process.returncode, output
    count = len(read_verkeer(VERKEER))
    assert f"{count} aangeleverd = " in output
    assert "46 van 46 doorgegeven berichten zijn byte voor byte" in output
    assert "Zo hoort het" in output
    assert "Traceback" not in output + log
    assert '"stopped"' in log
    assert find_process("route", tmp_path) is None
    people = numbers_of_people()
    assert people
    assert [] == [number for number in people if number in output + log]


@pytest.mark.kafka
def test_a_router_that_was_up_stays_up(kafka: str, tmp_path: Path) -> None:
    """Up leaves it running, a run beside it too, and down stops it."""
    environment = {**os.environ, "IBROKER_KAFKA": kafka, "IBROKER_DATA": str(tmp_path)}

    def demo(*arguments: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "ibroker", "demo", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            check=False,
            timeout=120,
        ).returncode

    assert 0 == demo("up")
    router = find_process("route", tmp_path)
    assert router is not None
    assert 0 == demo("run", str(VERKEER))
    assert router == find_process("route", tmp_path)
    began = time.monotonic()
    assert 0 == demo("down")
    assert time.monotonic() - began < 20  # seconds: it says that it drains in 10
    assert find_process("route", tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "bericht = 1", 'bericht = [["a.xml", "0344"]]', "bericht = ["]
)
def test_a_table_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    """What is no table of traffic is a fault in the words of the file."""
    path = tmp_path / "verkeer.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"verkeer\.toml"):
        read_verkeer(path)

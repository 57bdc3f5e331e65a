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

from ibroker.core.fout import Uitkomst
from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.registertoets import is_bsn
from ibroker.demo.processes import PROCESSES, find_process
from ibroker.demo.verhaal import make_bsn, read_verhalen
from ibroker.demo.verkeer import read_verkeer, rename
from ibroker.errors import ConfigError
from tests.cli.tutorial import follow_tutorial
from tests.loaded import standards

BERICHTEN = Path(__file__).parents[1] / "berichten"
VERKEER = BERICHTEN / "verkeer.toml"
EERDER = BERICHTEN / "eerder.toml"
VERHALEN = BERICHTEN / "wlz.toml"
_BSN = re.compile(rb"<(?:\w+:)?Bsn>(\d{9})</")
_MADE = re.compile(r"\b9999[5-9]\d{4}\b")  # as `make_bsn` makes them


def numbers_of_people() -> set[str]:
    """Every BSN in the sample traffic."""
    return {
        number.decode()
        for zending in read_verkeer(VERKEER)
        for number in _BSN.findall(zending.path.read_bytes())
    }


def environment_of(kafka: str, folder: Path, persoonssleutels: Path) -> dict[str, str]:
    """The environment of a demo in a folder of its own."""
    return {
        **os.environ,
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(folder),
        "IBROKER_PERSOONSSLEUTELS": str(persoonssleutels),
    }


@pytest.mark.kafka
def test_the_whole_chain(kafka: str, tmp_path: Path, persoonssleutels: Path) -> None:
    """Each bericht ends where it must, no one's number is shown, and Ctrl-C ends all.

    Started on a terminal it stays up until Ctrl-C; then all processes are drained and
    gone.
    """
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "ibroker", "demo", "run"]
    process = subprocess.Popen(
        [*command, VERKEER, EERDER, "--wlz", VERHALEN],
        stdin=end,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment_of(kafka, tmp_path, persoonssleutels),
        text=True,
    )
    assert process.stdout is not None
    shown: list[str] = []
    while not any("Ctrl-C" in line for line in shown):
        line = process.stdout.readline()
        assert line, "".join(shown)
        shown.append(line)
    assert None not in [find_process(name, tmp_path) for name in PROCESSES]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    os.close(end)
    os.close(terminal)
    output = "".join(shown) + rest
    logs = [(tmp_path / f"{one}.log").read_text(encoding="utf-8") for one in PROCESSES]
    log = "".join(logs)

    assert 0 == process.returncode, output
    count = len(read_verkeer(VERKEER))
    assert f"{count} aangeleverd = " in output
    assert "\n42 van 42 doorgegeven berichten zijn byte voor byte" in output
    assert "\n3 van 3 doorgegeven berichten zijn byte voor byte" in output
    told = 2 + len(read_verhalen(VERHALEN))
    assert told == output.count("Zo hoort het")
    assert 2 == output.count("Wlz-signaal gegeven: Ja")
    assert 1 == output.count("Wlz-signaal ingetrokken: Ja, herroept signaal ")
    assert ["Nee", "Ja", "Ja"] == re.findall(r"antwoord: (\w+)", output)
    assert "Traceback" not in output + log
    assert [] == [one for one in logs if '"stopped"' not in one]
    assert {None} == {find_process(name, tmp_path) for name in PROCESSES}
    people = numbers_of_people()
    assert people
    assert [] == [number for number in people if number in output + log]
    assert [] == _MADE.findall(output + log)


@pytest.mark.kafka
def test_what_was_up_stays_up(
    kafka: str, tmp_path: Path, persoonssleutels: Path
) -> None:
    """Up leaves all running, a second run of the same too, and down stops them.

    On it the tutorial can be followed. What the first run had accepted is no duplicate
    in the second.
    """
    environment = environment_of(kafka, tmp_path, persoonssleutels)

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
    up = [find_process(name, tmp_path) for name in PROCESSES]
    assert None not in up
    follow_tutorial(tmp_path, environment)
    assert 0 == demo("run", str(EERDER), "--wlz", str(VERHALEN))
    assert 0 == demo("run", str(EERDER), "--wlz", str(VERHALEN))
    assert up == [find_process(name, tmp_path) for name in PROCESSES]
    began = time.monotonic()
    assert 0 == demo("down")
    assert time.monotonic() - began < 40  # seconds: each says that it drains in 10
    assert {None} == {find_process(name, tmp_path) for name in PROCESSES}


@pytest.mark.parametrize(
    "text", ["", "bericht = 1", 'bericht = [["a.xml", "0344"]]', "bericht = ["]
)
def test_a_table_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    """What is no table of traffic is a fault in the words of the file."""
    path = tmp_path / "verkeer.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"verkeer\.toml"):
        read_verkeer(path)


def test_a_run_has_names_of_its_own() -> None:
    """Another run gives another name and no other length; what was equal stays so."""
    data = (
        b"<a:Identificatie>W301-0001</a:Identificatie><Identificatie>X</Identificatie>"
    )

    one, other = rename(data, "1"), rename(data + data, "2")

    names = re.findall(rb"<(?:a:)?Identificatie>([0-9a-f]{12})</", one)
    others = re.findall(rb"<(?:a:)?Identificatie>([0-9a-f]{12})</", other)
    assert 2 == len({*names})
    assert others[:2] == others[2:]
    assert 4 == len({*names, *others})


def test_a_renamed_bericht_is_still_valid() -> None:
    """Every bericht of goed/ is geldig under the name of a run."""
    files = sorted((BERICHTEN / "goed").glob("*.xml"))

    verdicts = {
        path.name: validate_bericht(
            rename(path.read_bytes(), "1"), standards()
        ).uitkomst
        for path in files
    }

    assert len(files) > 40
    assert {Uitkomst.GELDIG} == {*verdicts.values()}, verdicts


def test_people_of_stories_can_be() -> None:
    """Their numbers pass the 11-proef, and no two of a hundred runs share one."""
    numbers = [make_bsn(10 * number) for number in range(500)]

    assert 500 == len({*numbers})
    assert all(is_bsn(number) and _MADE.fullmatch(number) for number in numbers)
    assert {*()} == {*numbers} & numbers_of_people()


@pytest.mark.parametrize("text", ["", "verhaal = 1", "[[verhaal]]\ntitel = 'x'"])
def test_a_table_of_stories_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    """What is no table of stories is a fault in the words of the file."""
    path = tmp_path / "wlz.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"wlz\.toml"):
        read_verhalen(path)

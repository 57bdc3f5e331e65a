"""The units are what systemd takes, and what ibroker asks for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ibroker.kafka.member import Patience
from tests.deploy.units import UNITS, read_unit, units
from tests.kafka.broker_address import give_up

ROUTE = UNITS / "ibroker-route@.service"
STATEFUL = [ROUTE, UNITS / "ibroker-wlz@.service", UNITS / "ibroker-watch@.service"]
PROCESSES = [*STATEFUL, UNITS / "ibroker-exporter.service"]
each_process = pytest.mark.parametrize("unit", PROCESSES, ids=lambda path: path.stem)
# What is read of a folder of keys: all of it are credentials.
KEYS = re.compile(r"huidig|verdeling|.+\.sleutel")
# Of ten; systemd calls up to 2.0 safe enough to say OK.
EXPOSED = "20"


@pytest.fixture(scope="module")
def systemd() -> str:
    """The program that checks units; without it a test is skipped, and fails on CI."""
    found = shutil.which("systemd-analyze")
    if found is None:
        give_up("systemd-analyze ontbreekt; installeer het Debian-pakket systemd")
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are installed, with a program that is there."""
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    for path in units():
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", text)
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def verify(systemd: str, folder: Path) -> tuple[int, str]:
    """What systemd says of all units in a folder: exit code and complaints."""
    done = subprocess.run(
        [systemd, "verify", "--man=no", *sorted(folder.glob("*.service"))],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_systemd_takes_them(systemd: str, installed: Path) -> None:
    """Systemd has nothing to say of the units and what is dropped in."""
    assert (0, "") == verify(systemd, installed)


@pytest.mark.parametrize(
    "file", [ROUTE.name, f"{ROUTE.name}.d/tls.conf", "ibroker-topics.service"]
)
def test_systemd_refuses_a_misspelled_key(
    systemd: str, installed: Path, file: str
) -> None:
    """The check sees a key that systemd does not know, in a unit and in a drop-in."""
    path = installed / file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[Service]", "[Service]\nMemoryMux=1G"), "utf-8")

    _, said = verify(systemd, installed)

    assert "'MemoryMux'" in said


@pytest.mark.parametrize("unit", units(), ids=lambda path: path.stem)
def test_little_is_exposed(systemd: str, unit: Path) -> None:
    """By systemd's own count a unit can do little harm."""
    done = subprocess.run(
        [systemd, "security", "--offline=yes", f"--threshold={EXPOSED}", unit],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("unit", units(), ids=lambda path: path.stem)
def test_credentials_are_those_that_are_used(unit: Path) -> None:
    """Each setting that names a credential finds it, and none is given for nothing."""
    found = read_unit(unit)
    given = [value.partition(":")[0] for value in found["LoadCredential"]]
    used = [
        name
        for value in found["Environment"]
        for name in re.findall(r"=%d/(\S+)", value)
    ]
    if "IBROKER_PERSOONSSLEUTELS=%d" in found["Environment"]:
        used += [name for name in given if KEYS.fullmatch(name)]

    assert sorted(given) == sorted(used)
    assert given


@each_process
def test_a_process_has_time_to_drain(unit: Path) -> None:
    """On SIGTERM a process drains, and systemd waits longer than that takes."""
    found = read_unit(unit)

    assert ["SIGTERM"] == found["KillSignal"]
    assert Patience().drain < int(found["TimeoutStopSec"][0])


@each_process
def test_a_wrong_setting_is_not_tried_again(unit: Path) -> None:
    """After exit code 2 the unit stays down; killed or without Kafka it goes on."""
    found = read_unit(unit)

    assert ["on-failure"] == found["Restart"]
    assert ["2"] == found["RestartPreventExitStatus"]


@each_process
def test_no_watchdog_that_nobody_feeds(unit: Path) -> None:
    """A process does not speak to systemd, so systemd does not wait for its word."""
    found = read_unit(unit)

    assert ["exec"] == found["Type"]
    assert [] == [key for key in found if key.startswith(("Watchdog", "Notify"))]


@pytest.mark.parametrize("unit", STATEFUL, ids=lambda path: path.stem)
def test_state_has_a_folder(unit: Path) -> None:
    """An instance has a folder of its own that outlives it, with its state."""
    found = read_unit(unit)
    [folder] = found["StateDirectory"]

    assert folder.endswith("-%i")
    assert f"IBROKER_DATA=%S/{folder}" in found["Environment"]
    assert ["0700"] == found["StateDirectoryMode"]

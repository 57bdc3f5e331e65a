"""`ibroker kafka` as a person types it: processes, exit codes and Dutch lines."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ibroker.broker.cluster import kill_node
from ibroker.broker.layout import Cluster, read_cluster
from ibroker.broker.node import find_process
from ibroker.broker.ports import free_ports

NODES = 1

RUNS = re.compile(
    r"node 1  draait  pid (\d+)  (127\.0\.0\.1:\d+)  Kafka [\d.]+  (/.+)/node-1\n"
)


class Command:
    """Runs `ibroker kafka` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """What stands in IBROKER_DATA's place is `.ibroker` in that folder."""
        self.folder = folder

    def __call__(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        """Give exit code, stdout and stderr."""
        done = subprocess.run(
            [sys.executable, "-m", "ibroker", "kafka", *arguments],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "100", **env},
            capture_output=True,
            check=False,
            text=True,
            timeout=200,
        )
        return done.returncode, done.stdout, done.stderr

    def cluster(self) -> Cluster | None:
        """The cluster in the folder."""
        return read_cluster(self.folder / ".ibroker" / "kafka")


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """The command; what it leaves running is ended."""
    made = Command(tmp_path)
    yield made
    cluster = made.cluster()
    if cluster is not None:
        for node in cluster.nodes:
            kill_node(cluster, node.number)


@pytest.mark.kafka
def test_a_day_of_a_broker(jars: Path, command: Command) -> None:
    """Start, again start, status, kill, status, start, stop and status."""
    code, out, _ = command("start", "--port", "0")
    assert (0, "") == (code, RUNS.sub("", out))
    pid, address, folder = RUNS.fullmatch(out).groups()  # type: ignore[union-attr]
    assert str(command.folder / ".ibroker" / "kafka") == folder

    assert (0, f"Kafka draaide al.\n{out}", "") == command("start")
    assert (0, out, "") == command("status")
    # Also by address: a cluster of ours stays ours.
    assert (0, out, "") == command("status", IBROKER_KAFKA=address)

    assert (0, "Node 1 is gestopt.\n", "") == command("stop", "--node", "1", "--kill")
    assert (3, "node 1  staat stil\n", "") == command("status")

    code, again, _ = command("start", "--node", "1")
    new_pid, same_address, _ = RUNS.fullmatch(again).groups()  # type: ignore[union-attr]
    assert (0, address) == (code, same_address)
    assert pid != new_pid

    assert (0, "Kafka is gestopt.\n", "") == command("stop", IBROKER_KAFKA=address)
    assert (0, "Kafka draait niet.\n", "") == command("stop")
    assert (3, "node 1  staat stil\n", "") == command("status")


@pytest.mark.kafka
def test_a_node_that_hangs(cluster: Cluster, command: Command) -> None:
    """A node that is paused is shown as one that does not answer, with exit code 3."""
    process = find_process(cluster.nodes[0])
    assert process is not None
    (command.folder / ".ibroker").mkdir()
    (command.folder / ".ibroker" / "kafka").symlink_to(cluster.folder)

    os.kill(process.pid, signal.SIGSTOP)
    code, out, _ = command("status")
    os.kill(process.pid, signal.SIGCONT)
    # The clean-up of `command` must find nothing to end.
    (command.folder / ".ibroker" / "kafka").unlink()

    assert 3 == code
    assert out.startswith(f"node 1  antwoordt niet  pid {process.pid}  ")


@pytest.mark.kafka
def test_another_cluster(cluster: Cluster, command: Command) -> None:
    """Where IBROKER_KAFKA names a cluster nothing is started, and nothing stopped."""
    address = cluster.address
    answers = f"Kafka antwoordt op {address} (IBROKER_KAFKA).\n"

    assert (0, answers, "") == command("start", IBROKER_KAFKA=address)
    assert (0, answers, "") == command("status", IBROKER_KAFKA=address)
    assert (
        0,
        f"Het cluster van IBROKER_KAFKA, {address}, blijft draaien.\n",
        "",
    ) == command("stop", IBROKER_KAFKA=address)
    assert find_process(cluster.nodes[0]) is not None
    assert None is command.cluster()


@pytest.mark.parametrize("verb", ["start", "status"])
def test_another_cluster_that_does_not_answer(command: Command, verb: str) -> None:
    """A cluster of IBROKER_KAFKA that does not answer is exit code 3, at once."""
    [port] = free_ports(1)
    begin = time.monotonic()

    code, out, err = command(verb, IBROKER_KAFKA=f"127.0.0.1:{port}")

    assert (3, "") == (code, out)
    assert f"fout: op 127.0.0.1:{port} (IBROKER_KAFKA) antwoordt geen Kafka\n" == err
    assert time.monotonic() - begin < 30


def test_nothing_there(command: Command) -> None:
    """Without any start before it, status is 3, stop is 0, and a node is not known."""
    there = Path(".ibroker") / "kafka"

    assert (3, f"Er is geen Kafka in {there}.\n", "") == command("status")
    assert (0, f"Er is geen Kafka in {there}.\n", "") == command("stop")
    code, _, err = command("start", "--node", "1")
    assert 2 == code
    assert f"fout: er is geen Kafka in {there}: ibroker kafka start maakt die\n" == err


def test_java_missing(command: Command) -> None:
    """With an empty PATH one line names the package; exit code 2, nothing is made."""
    code, out, err = command("start", PATH="")

    assert (2, "") == (code, out)
    assert (
        "fout: java ontbreekt; installeer het Debian-pakket openjdk-17-jre-headless"
        " (apt-get install openjdk-17-jre-headless)\n" == err
    )
    assert None is command.cluster()


def test_java_too_old(jars: Path, command: Command) -> None:
    """A java that cannot read the jars is told apart from all else that may fail."""
    java = command.folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "print('java.lang.UnsupportedClassVersionError: kafka/tools/StorageTool')\n"
        "sys.exit(1)\n",
        encoding="utf-8",
    )
    java.chmod(0o755)

    code, _, err = command("start", "--port", "0", PATH=str(java.parent))

    assert 2 == code
    assert (
        "fout: deze java is te oud voor Kafka; installeer openjdk-17-jre-headless\n"
        == err
    )


@pytest.mark.parametrize(
    "arguments",
    [("start", "--node", "1", "--port", "5"), ("start", "--nodes", "2")],
    ids=["node and port", "two nodes"],
)
def test_wrong_use(jars: Path, command: Command, arguments: tuple[str, ...]) -> None:
    """What cannot be is refused with one line and exit code 2."""
    code, out, err = command(*arguments)

    assert (2, "") == (code, out)
    assert re.fullmatch("fout: .+\n", err)


def test_help_teaches(command: Command) -> None:
    """The help has examples and exit codes, in Dutch."""
    code, out, _ = command("--help")

    assert 0 == code
    for word in ("Voorbeelden", "Exitcodes", "IBROKER_DATA", "--nodes 3"):
        assert word in out

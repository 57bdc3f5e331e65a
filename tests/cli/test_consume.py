"""`ibroker consume`, on a real Kafka."""

import asyncio
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.postkantoor import Postkantoor, open_postkantoor, rows
from tests.kafka.broker_address import Topics
from tests.post.deliveries import bericht, delivery, identity

pytestmark = pytest.mark.kafka

# `ibroker`, ended with SIGKILL once a batch is on disk and not yet committed.
KILLED_BEFORE_COMMIT = [
    sys.executable,
    "-c",
    """
import os, signal, sys
from ibroker.post.kafka_mailbox import KafkaMailbox

async def die(self, records):
    os.kill(os.getpid(), signal.SIGKILL)

KafkaMailbox.commit = die
sys.argv[0] = "ibroker"
from ibroker.cli import main
main()
""",
]
# `ibroker` on a disk that takes no file of more than 100 bytes.
FULL_DISK = [
    sys.executable,
    "-c",
    """
import resource, sys
from ibroker.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
sys.argv[0] = "ibroker"
main()
""",
]


@pytest.fixture
async def kantoor(topic: Topics, tmp_path: Path) -> Postkantoor:
    """A post office with a gemeente, the zorgaanbieders and the CAK."""
    return await open_postkantoor(topic, tmp_path, gemeente=1, zorgaanbieder=12, cak=3)


async def deliver(kantoor: Postkantoor, numbers: Sequence[int]) -> None:
    """Deliver berichten to its gemeente."""
    topic = kantoor.topic(kantoor.mailbox)
    await kantoor.put([delivery(topic, number) for number in numbers])


def check_folder(folder: Path, numbers: Sequence[int]) -> None:
    """Assert that exactly these berichten are there, whole, each with its facts."""
    names = sorted(one.name for one in folder.iterdir() if one.name[0] != ".")
    ids = sorted(identity(number) for number in numbers)
    assert [f"{one}.{kind}" for one in ids for kind in ("json", "xml")] == names
    for number in numbers:
        path = folder / f"{identity(number)}.xml"
        assert bericht(number) == path.read_bytes()
        facts = json.loads(path.with_suffix(".json").read_bytes())
        assert identity(number) == facts["id"]


def until(found: int, folder: Path) -> None:
    """Wait until so many berichten are in a folder."""
    for _ in range(600):
        if len(list(folder.glob("*.xml"))) >= found:
            return
        time.sleep(0.05)
    raise TimeoutError(found)


async def test_what_was_delivered_is_taken(kantoor: Postkantoor) -> None:
    """A file each, a line each without content, and a second time nothing."""
    await deliver(kantoor, range(12))

    done = kantoor.run("consume", "--as", kantoor.code, "--out", "in")
    again = kantoor.run("consume", "--as", kantoor.code, "--out", "in")

    assert (0, b"") == (done.returncode, done.stderr)
    check_folder(kantoor.folder / "in", range(12))
    assert [
        {
            "id": identity(number),
            "type": "nl.istandaarden.wmo301",
            "zender": "0344",
            "kenmerk": "week-48",
            "bestand": f"in/{identity(number)}.xml",
        }
        for number in range(12)
    ] == rows(done.stdout)
    assert (0, b"", b"") == (again.returncode, again.stdout, again.stderr)


async def test_a_table_for_people_and_the_usual_folder(kantoor: Postkantoor) -> None:
    """Without a folder it is post/<code>; the table shows no content either."""
    await deliver(kantoor, [1])

    done = kantoor.run("consume", "--as", kantoor.code, "--format", "table")

    check_folder(kantoor.folder / "post" / kantoor.code, [1])
    assert identity(1) in done.stdout.decode()
    assert done.stdout.endswith(b"1 opgehaald\n")
    assert b"<bericht>" not in done.stdout


async def test_of_a_zorgaanbieder_only_its_own(kantoor: Postkantoor) -> None:
    """All aanbieders share a topic; only what bears the AGB code is written."""
    topic = kantoor.topic("zorgaanbieder")
    code = f"{secrets.randbelow(10**8):08}"
    await kantoor.put(
        [delivery(topic, number, key=b"%08d" % number) for number in range(200)]
        + [delivery(topic, number, key=code.encode()) for number in (500, 501)]
    )

    done = kantoor.run("consume", "--as", code, "--out", "in")

    assert 0 == done.returncode
    check_folder(kantoor.folder / "in", [500, 501])


async def test_a_maximum(kantoor: Postkantoor) -> None:
    """With --max the rest stays for the next time."""
    await deliver(kantoor, range(5))

    for numbers in (range(2), range(4), range(5)):
        kantoor.run("consume", "--as", kantoor.code, "--out", "in", "--max", "2")
        check_folder(kantoor.folder / "in", numbers)


async def test_killed_between_disk_and_commit(kantoor: Postkantoor) -> None:
    """What was written and not committed comes again under the same names."""
    await deliver(kantoor, range(30))
    arguments = ("consume", "--as", kantoor.code, "--out", "in")
    with kantoor.start(*arguments, program=KILLED_BEFORE_COMMIT) as running:
        out, _ = running.communicate(timeout=60)
    check_folder(kantoor.folder / "in", range(30))
    before = await kantoor.committed(kantoor.group, kantoor.mailbox)

    done = kantoor.run(*arguments)

    assert -signal.SIGKILL == running.returncode
    assert (b"", None) == (out, before)
    assert [identity(number) for number in range(30)] == [
        one["id"] for one in rows(done.stdout)
    ]
    check_folder(kantoor.folder / "in", range(30))


async def test_killed_at_random(kantoor: Postkantoor) -> None:
    """Killed again and again while post comes in: nothing is lost, nothing double."""
    chance = random.Random(5)  # noqa: S311 - to kill is no cryptography
    arguments = ("consume", "--as", kantoor.code, "--out", "in", "--follow")
    shown: list[object] = []
    for turn in range(3):
        await deliver(kantoor, range(turn * 300, turn * 300 + 300))
        # In a file: a pipe that nobody reads would keep it waiting.
        with (kantoor.folder / "shown").open("w+b") as out:
            with kantoor.start(*arguments, stdout=out.fileno()) as running:
                until(turn * 300 + chance.randrange(1, 300), kantoor.folder / "in")
                running.kill()
            out.seek(0)
            # The last line may be cut off; the others were of what was committed.
            lines = out.read().split(b"\n")[:-1]
        shown += [json.loads(line)["id"] for line in lines]

    done = kantoor.run("consume", "--as", kantoor.code, "--out", "in")

    shown += [one["id"] for one in rows(done.stdout)]
    check_folder(kantoor.folder / "in", range(900))
    assert len(shown) == len(set(shown))
    assert {identity(number) for number in range(900)} >= set(shown)
    # The log ends with the last record and the marker of its transaction.
    assert await kantoor.committed(kantoor.group, kantoor.mailbox) in {902, 903}


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_follow_ends_when_asked(
    kantoor: Postkantoor, number: signal.Signals, code: int
) -> None:
    """What is shown is on disk and committed; SIGTERM is its ordinary end."""
    arguments = ("consume", "--as", kantoor.code, "--out", "in", "--follow")
    await deliver(kantoor, range(2))
    with kantoor.start(*arguments) as running:
        until(2, kantoor.folder / "in")
        await deliver(kantoor, range(2, 4))
        until(4, kantoor.folder / "in")
        await asyncio.sleep(0.5)
        running.send_signal(number)
        out, errors = running.communicate(timeout=20)

    assert (code, b"") == (running.returncode, errors)
    assert [identity(one) for one in range(4)] == [one["id"] for one in rows(out)]
    assert [] == rows(kantoor.run(*arguments[:-1]).stdout)


async def test_a_full_disk(kantoor: Postkantoor) -> None:
    """One line says where it went wrong, nothing is committed, and the code is 2."""
    await deliver(kantoor, range(3))
    arguments = ("consume", "--as", kantoor.code, "--out", "in")

    with kantoor.start(*arguments, program=FULL_DISK) as running:
        out, errors = running.communicate(timeout=60)

    assert (2, b"") == (running.returncode, out)
    assert f"in/{identity(0)}.json: File too large" in errors.decode()
    assert 1 == len(errors.splitlines())
    assert None is await kantoor.committed(kantoor.group, kantoor.mailbox)
    kantoor.run(*arguments)
    check_folder(kantoor.folder / "in", range(3))


async def test_an_id_that_is_a_path(kantoor: Postkantoor) -> None:
    """Nothing is written anywhere, one line says which record it is, and 3."""
    topic = kantoor.topic(kantoor.mailbox)
    path = str(kantoor.folder / "elders").encode()
    await kantoor.put([delivery(topic, 1, changed={"ce_id": b"../elders"})])
    await kantoor.put([delivery(topic, 2, changed={"ce_id": path})])

    done = kantoor.run("consume", "--as", kantoor.code, "--out", "in")

    assert (3, b"") == (done.returncode, done.stdout)
    assert f"{topic}, partitie 0, offset 0: header ce_id" in done.stderr.decode()
    assert 1 == len(done.stderr.splitlines())
    check_folder(kantoor.folder / "in", [])
    found = sorted(one.name for one in kantoor.folder.iterdir())
    assert ["in", "partijen"] == found


async def test_nothing_of_a_bericht_is_shown(kantoor: Postkantoor) -> None:
    """A value of a bericht is in a file of its own and nowhere else."""
    topic = kantoor.topic(kantoor.mailbox)
    await deliver(kantoor, range(5))
    await kantoor.put([delivery(topic, 9, changed={"ce_sha256": b"-"})])

    done = kantoor.run("consume", "--as", kantoor.code, "--out", "in")

    assert 3 == done.returncode
    assert b"bericht>" not in done.stdout + done.stderr
    for path in (kantoor.folder / "in").iterdir():
        assert path.suffix == ".xml" or b"bericht>" not in path.read_bytes()


async def test_two_in_one_folder(kantoor: Postkantoor) -> None:
    """A folder has one writer; the second is told so, with exit code 2."""
    await deliver(kantoor, [1])
    arguments = ("consume", "--as", kantoor.code, "--out", "in")
    with kantoor.start(*arguments, "--follow") as running:
        until(1, kantoor.folder / "in")
        second = kantoor.run(*arguments)
        running.terminate()
        running.communicate(timeout=20)

    assert (2, b"") == (second.returncode, second.stdout)
    assert b"schrijft hier al" in second.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--as", "9999"], ["--as", "GGK"], ["--as", "0344", "--max", "0"], []],
)
def test_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    """An unknown code or option is exit code 2, before anyone is asked anything."""
    done = subprocess.run(
        [sys.executable, "-m", "ibroker", "consume", *arguments],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "IBROKER_KAFKA": "127.0.0.1:1"},
        timeout=60,
    )

    assert 2 == done.returncode
    assert [] == list(tmp_path.iterdir())


def test_no_cluster(tmp_path: Path) -> None:
    """Where no Kafka is one line says so, and the exit code is 3."""
    done = subprocess.run(
        [sys.executable, "-m", "ibroker", "consume", "--as", "0344"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "IBROKER_KAFKA": "127.0.0.1:1"},
        timeout=60,
    )

    assert 3 == done.returncode
    assert b"Kafka antwoordt niet op 127.0.0.1:1" in done.stderr
    assert 1 == len(done.stderr.splitlines())

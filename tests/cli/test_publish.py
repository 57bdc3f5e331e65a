"""`ibroker publish`, on a real Kafka."""

import hashlib
import os
import pty
import signal
import socket
import subprocess
import zipfile
from pathlib import Path

import pytest

from ibroker.core.delivery import message_id
from tests.cli.postkantoor import IBROKER, Postkantoor, open_postkantoor, rows
from tests.kafka.broker_address import Topics

pytestmark = pytest.mark.kafka

SECRET = "999990019"  # noqa: S105 - of nobody


@pytest.fixture
async def kantoor(topic: Topics, tmp_path: Path) -> Postkantoor:
    """A post office where something can be handed in."""
    return await open_postkantoor(topic, tmp_path, aanlevering=12)


def bericht(name: str) -> bytes:
    """A bericht that can be told from all others, with a value no one may see."""
    return f"<a>{SECRET} {name}</a>".encode()


def write(folder: Path, count: int) -> list[bytes]:
    """Write that many berichten in a folder, and give them in order."""
    folder.mkdir()
    berichten = [bericht(f"{number:05}") for number in range(count)]
    for number, data in enumerate(berichten):
        (folder / f"{number:05}.xml").write_bytes(data)
    return berichten


async def test_receipts_are_true(kantoor: Postkantoor) -> None:
    """Each receipt has the keys of the interface, and names what is at that place."""
    (kantoor.folder / "een.xml").write_bytes(bericht("een"))
    write(kantoor.folder / "map", 3)
    with zipfile.ZipFile(kantoor.folder / "post.zip", "w") as archive:
        archive.writestr("in.xml", bericht("in"))

    done = kantoor.run(
        "publish", "een.xml", "map", "post.zip", "-", "--as", "0344",
        "--kenmerk", "week-48", stdin=bericht("stdin"),
    )  # fmt: skip

    assert (0, b"") == (done.returncode, done.stderr)
    receipts = rows(done.stdout)
    names = ["een.xml", "map/00000.xml", "map/00001.xml", "map/00002.xml"]
    assert [*names, "post.zip!in.xml", "-"] == [one["bestand"] for one in receipts]
    records = {
        (one.topic, one.partition, one.offset): one
        for one in await kantoor.read("aanlevering")
    }
    assert len(receipts) == len(records)
    for receipt in receipts:
        topic, partition, offset = (
            str(receipt["topic"]),
            int(str(receipt["partition"])),
            int(str(receipt["offset"])),
        )
        record = records[topic, partition, offset]
        value = record.value or b""
        assert hashlib.sha256(value).hexdigest() == receipt["sha256"]
        assert len(value) == receipt["grootte"]
        assert str(message_id(topic, partition, offset)) == receipt["id"]
        assert b"0344" == record.key
        assert (("zender", b"0344"), ("kenmerk", b"week-48")) == record.headers
        assert 7 == len(receipt)
    assert bericht("stdin") == list(records.values())[-1].value


async def test_all_arrives_in_order(kantoor: Postkantoor) -> None:
    """Of many files each is there once, in the order of their names."""
    berichten = write(kantoor.folder / "map", 2000)

    done = kantoor.run("publish", "map", "--as", "01234567")

    assert 0 == done.returncode
    assert berichten == [one.value for one in await kantoor.read("aanlevering")]
    assert 2000 == len(rows(done.stdout))


async def test_a_table_for_people(kantoor: Postkantoor) -> None:
    """The table has the id and the place of each, and says how many there were."""
    (kantoor.folder / "een.xml").write_bytes(bericht("een"))

    done = kantoor.run("publish", "een.xml", "--as", "CAK", "--format", "table")

    (record,) = await kantoor.read("aanlevering")
    place = record.topic, record.partition, record.offset
    assert str(message_id(*place)) in done.stdout.decode()
    assert b"een.xml" in done.stdout
    assert done.stdout.endswith(b"1 aangeleverd, 0 niet\n")


async def test_nothing_of_a_bericht_is_shown(kantoor: Postkantoor) -> None:
    """Neither what is handed in nor what is refused is on stdout or stderr."""
    write(kantoor.folder / "map", 2)
    (kantoor.folder / "groot.xml").write_bytes(bericht("groot") * 2_000_000)
    (kantoor.folder / "slecht.zip").write_bytes(bericht("zip"))

    for how in ("json", "table"):
        done = kantoor.run(
            "publish", "map", "groot.xml", "slecht.zip", "--as", "0344",
            "--format", how, "--receipts", "bewijs",
        )  # fmt: skip
        assert SECRET.encode() not in done.stdout + done.stderr
        assert 1 == done.returncode
    assert SECRET.encode() not in (kantoor.folder / "bewijs").read_bytes()


async def test_one_that_is_too_large(kantoor: Postkantoor, topic: Topics) -> None:
    """It is named on stderr, the exit code is 1, and all others are handed in."""
    await topic.create("klein.aanlevering", 1, max_message_bytes="1000000")
    table = kantoor.folder / "partijen" / "partijen.toml"
    table.write_text(
        table.read_text("utf-8").replace(
            kantoor.topic("aanlevering"), kantoor.topic("klein.aanlevering")
        ),
        "utf-8",
    )
    (kantoor.folder / "b.xml").write_bytes(b"x" * 1_500_000)
    (kantoor.folder / "c.xml").write_bytes(b"x" * 33_600_000)
    for name in "ad":
        (kantoor.folder / f"{name}.xml").write_bytes(bericht(name))

    done = kantoor.run("publish", *(f"{x}.xml" for x in "abcd"), "--as", "0344")

    assert 1 == done.returncode
    assert ["a.xml", "d.xml"] == [one["bestand"] for one in rows(done.stdout)]
    assert [
        f"fout: {name}.xml: te groot voor Kafka: niet aangeleverd" for name in "bc"
    ] == done.stderr.decode().splitlines()
    assert 2 == len(await kantoor.read("klein.aanlevering"))


async def test_receipts_in_a_file(kantoor: Postkantoor) -> None:
    """The file gets the same lines as stdout, after those that are there."""
    (kantoor.folder / "een.xml").write_bytes(bericht("een"))
    arguments = ("publish", "een.xml", "--as", "0344", "--receipts", "bewijs.jsonl")

    first = kantoor.run(*arguments)
    second = kantoor.run(*arguments)

    proof = (kantoor.folder / "bewijs.jsonl").read_bytes()
    assert first.stdout + second.stdout == proof
    assert first.stdout != second.stdout


async def test_a_name_steers_no_terminal(kantoor: Postkantoor) -> None:
    """A file name with control characters is shown as an escape."""
    (kantoor.folder / "\x1b[31mrood.xml").write_bytes(bericht("rood"))

    done = kantoor.run("publish", ".", "--as", "0344", "--format", "table")

    assert 0 == done.returncode
    assert b"\\x1b[31mrood.xml" in done.stdout
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["een.xml", "--as", "9999"], "--as"),
        (["een.xml", "--as", "GGK"], "--as"),
        (["een.xml", "--as", SECRET], "--as"),
        (["een.xml", "--as", "0344", "--kenmerk", ""], "--kenmerk"),
        (["een.xml", "--as", "0344", "--kenmerk", "met spatie"], "--kenmerk"),
        (["een.xml", "--as", "0344", "--kenmerk", "é"], "--kenmerk"),
        (["een.xml", "--as", "0344", "--kenmerk", "x" * 65], "--kenmerk"),
        (["een.xml", "niet.xml", "--as", "0344"], "niet.xml bestaat niet"),
        (["-", "-", "--as", "0344"], "maar één keer"),
        (["een.xml", "--as", "0344", "--receipts", "no/x"], "--receipts"),
    ],
)
async def test_wrong_use(kantoor: Postkantoor, arguments: list[str], told: str) -> None:
    """One line says what is wrong, the exit code is 2, and nothing is handed in."""
    (kantoor.folder / "een.xml").write_bytes(bericht("een"))

    done = kantoor.run("publish", *arguments)

    assert (2, b"") == (done.returncode, done.stdout)
    assert told in done.stderr.decode()
    assert 1 == len(done.stderr.splitlines())
    assert SECRET.encode() not in done.stderr
    assert [] == await kantoor.read("aanlevering")


async def test_ctrl_c_finishes_what_is_under_way(kantoor: Postkantoor) -> None:
    """Every receipt is true and nothing is on the topic without one; 130."""
    berichten = write(kantoor.folder / "map", 20_000)
    running = kantoor.start("publish", "map", "--as", "0344")
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(signal.SIGINT)
    rest, errors = running.communicate(timeout=60)

    receipts = rows(first + rest)
    assert 130 == running.returncode
    assert f"gestopt: {len(receipts)} van 20000 aangeleverd" in errors.decode()
    assert 1 == len(errors.splitlines())
    values = [one.value for one in await kantoor.read("aanlevering")]
    assert berichten[: len(receipts)] == values
    assert 0 < len(receipts) < 20_000


async def test_ctrl_c_while_it_waits_for_stdin(kantoor: Postkantoor) -> None:
    """Who typed no bericht after all is let go."""
    arguments = ("publish", "-", "--as", "0344")
    with kantoor.start(*arguments, stdin=subprocess.PIPE) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=3)
        running.send_signal(signal.SIGINT)

        assert 130 == running.wait(timeout=10)


async def test_progress_for_a_person(kantoor: Postkantoor) -> None:
    """With stderr on a terminal and stdout elsewhere there is a bar, on stderr."""
    write(kantoor.folder / "map", 300)
    arguments = ("publish", "map", "--as", "0344")
    master, slave = pty.openpty()
    with kantoor.start(*arguments, stdout=subprocess.DEVNULL, stderr=slave) as running:
        os.close(slave)
        shown = b""
        while True:
            try:
                shown += os.read(master, 10_000)
            except OSError:  # Linux says EIO when the other side is closed
                break
        os.close(master)

        assert 0 == running.wait(timeout=60)
    assert b"300" in shown


def unanswered(tmp_path: Path, address: str) -> tuple[int, list[str]]:
    """Hand in where no Kafka is; give the exit code and what was said."""
    (tmp_path / "een.xml").write_bytes(bericht("een"))
    done = subprocess.run(
        [*IBROKER, "publish", "een.xml", "--as", "0344"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "IBROKER_KAFKA": address},
        timeout=12,
        text=True,
    )
    return done.returncode, done.stderr.splitlines()


def test_no_cluster(tmp_path: Path) -> None:
    """Where nobody listens one line says so, and the exit code is 3."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    code, told = unanswered(tmp_path, f"127.0.0.1:{port}")

    assert 3 == code
    assert 1 == len(told)
    assert f"fout: Kafka antwoordt niet op 127.0.0.1:{port}" in told[0]


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    """Where someone listens and says nothing, that takes a few seconds."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        code, told = unanswered(tmp_path, f"127.0.0.1:{port}")

    assert 3 == code
    assert 1 == len(told)
    assert "Kafka antwoordt niet" in told[0]


async def test_a_topic_that_is_not_there(topic: Topics, tmp_path: Path) -> None:
    """It is not made; one line says what makes it, and the exit code is 3."""
    kantoor = await open_postkantoor(topic, tmp_path)
    (tmp_path / "een.xml").write_bytes(bericht("een"))

    done = kantoor.run("publish", "een.xml", "--as", "0344")

    assert 3 == done.returncode
    assert b"ibroker topics apply" in done.stderr
    assert 1 == len(done.stderr.splitlines())

"""`ibroker deadletter`, on a real Kafka."""

import asyncio
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ibroker.core.aanlevering import Reden
from ibroker.core.record import Outgoing
from tests.cli.postkantoor import IBROKER, Postkantoor, open_postkantoor, rows
from tests.kafka.broker_address import Topics
from tests.post.letters import SECRET, letter, letter_id

pytestmark = pytest.mark.kafka

# `ibroker`, ended with SIGKILL at a step of its second transaction.
KILLED_AT = [
    sys.executable,
    "-c",
    """
import os, signal, sys
from ibroker.kafka.producer import TransactionalProducer as Producer

step, transactions, sends = sys.argv.pop(1), 0, 0
start, send, commit = Producer.start, Producer.send, Producer.commit

def die_at(name):
    if transactions == 2 and name == step:
        os.kill(os.getpid(), signal.SIGKILL)

async def starting(self, topics):
    global transactions, sends
    transactions, sends = transactions + 1, 0
    await start(self, topics)
    die_at("own")

async def sending(self, outgoing):
    global sends
    positions = await send(self, outgoing)
    sends += 1
    die_at("originals" if sends == 1 else "markers")
    return positions

async def committing(self):
    await commit(self)
    die_at("commit")

Producer.start, Producer.send, Producer.commit = starting, sending, committing
sys.argv[0] = "ibroker"
from ibroker.cli import main
main()
""",
]


@pytest.fixture
async def kantoor(topic: Topics, tmp_path: Path) -> Postkantoor:
    """A post office with room for what comes in and for dead letters."""
    return await open_postkantoor(topic, tmp_path, aanlevering=12, onbestelbaar=3)


@pytest.fixture
def start() -> int:
    """The number of the first dead letter: markers of all tests are in one topic."""
    return secrets.randbelow(10**12)


async def lay_aside(kantoor: Postkantoor, letters: Sequence[Outgoing]) -> None:
    """Put dead letters on the topic."""
    await kantoor.put(letters)


def many(kantoor: Postkantoor, start: int, count: int) -> list[Outgoing]:
    """So many dead letters of an unknown zender."""
    topic = kantoor.topic("onbestelbaar")
    return [letter(topic, number) for number in range(start, start + count)]


def make_plan(kantoor: Postkantoor, *more: str) -> tuple[str, str]:
    """Make a plan to put all back, and give its file and its hash."""
    done = kantoor.run(
        "deadletter", "replay", "plan", "--as", "0344", "--out", "plan.json", *more
    )
    assert (0, b"") == (done.returncode, done.stderr)
    (row,) = rows(done.stdout)
    return str(row["plan"]), str(row["hash"])


def apply(kantoor: Postkantoor, plan: tuple[str, str]) -> list[dict[str, object]]:
    """Apply a plan, which must go well."""
    done = kantoor.run("deadletter", "replay", "apply", plan[0], "--hash", plan[1])
    assert (0, b"") == (done.returncode, done.stderr)
    return rows(done.stdout)


async def check_back(kantoor: Postkantoor, letters: Sequence[Outgoing]) -> None:
    """Assert that exactly these are on the input, each once and as it was."""
    records = await kantoor.read("aanlevering")
    assert sorted(one.value for one in letters) == sorted(
        one.value or b"" for one in records
    )
    ids = {dict(one.headers)["ce_id"] for one in letters}
    assert ids == {dict(one.headers)["herstel_van"] for one in records}
    assert {(b"0344", b"0344")} == {
        (one.key, dict(one.headers)["zender"]) for one in records
    }


async def test_list(kantoor: Postkantoor, start: int) -> None:
    """A line for each, with why and from where, and whether it was put back."""
    letters = many(kantoor, start, 3)
    await lay_aside(kantoor, letters)
    plan = make_plan(kantoor, "--id", letter_id(start))
    (back,) = apply(kantoor, plan)

    done = kantoor.run("deadletter", "list")

    assert (0, b"") == (done.returncode, done.stderr)
    found = {one["id"]: one for one in rows(done.stdout)}
    assert {letter_id(start + n) for n in range(3)} == set(found)
    first = found[letter_id(start)]
    assert back["plaats"] == first["teruggezet"]
    assert None is found[letter_id(start + 1)]["teruggezet"]
    assert "ZENDER_ONBEKEND" == first["reden"]
    assert f"in/0/{start}" == first["bron"]
    assert "9999" == first["zender"]
    assert hashlib.sha256(letters[0].value).hexdigest() == first["sha256"]
    assert len(letters[0].value) == first["grootte"]
    assert first["terug_te_zetten"]


async def test_list_what_is_asked(kantoor: Postkantoor, start: int) -> None:
    """By reason and by time; a time without a zone is Dutch."""
    topic = kantoor.topic("onbestelbaar")
    await lay_aside(
        kantoor,
        [
            letter(topic, start, day=20),
            letter(topic, start + 1, reden=Reden.TE_GROOT),
            letter(topic, start + 2, reden=Reden.ZENDER_ONTBREEKT, zender=None),
        ],
    )

    def listed(*arguments: str) -> list[int]:
        done = kantoor.run("deadletter", "list", *arguments)
        numbers = {letter_id(start + n): n for n in range(3)}
        return sorted(numbers[str(one["id"])] for one in rows(done.stdout))

    assert [0, 1] == listed("--reden", "TE_GROOT", "--reden", "ZENDER_ONBEKEND")
    assert [1, 2] == listed("--since", "2026-11-24T11:00")
    assert [] == listed("--since", "2026-11-24T11:01")


async def test_show(kantoor: Postkantoor, start: int) -> None:
    """One dead letter as a table for people, or as one JSON object."""
    await lay_aside(kantoor, many(kantoor, start, 2))
    identity = letter_id(start + 1)

    table = kantoor.run("deadletter", "show", identity, "--format", "table")
    lines = kantoor.run("deadletter", "show", identity)
    unknown = kantoor.run("deadletter", "show", letter_id(start + 9))

    assert identity in table.stdout.decode()
    assert b"ZENDER_ONBEKEND" in table.stdout
    assert f"in/0/{start + 1}" in table.stdout.decode()
    (row,) = rows(lines.stdout)
    assert identity == row["id"]
    assert 0 == table.returncode == lines.returncode
    assert (1, b"") == (unknown.returncode, unknown.stdout)
    assert 1 == len(unknown.stderr.splitlines())


async def test_put_back(kantoor: Postkantoor, start: int) -> None:
    """Each is on the input once, as it was, of the zender that the plan names."""
    letters = many(kantoor, start, 5)
    await lay_aside(kantoor, letters)
    plan = make_plan(kantoor)

    first = apply(kantoor, plan)
    second = apply(kantoor, plan)

    assert {"teruggezet"} == {one["uitkomst"] for one in first}
    assert {"al eerder teruggezet"} == {one["uitkomst"] for one in second}
    await check_back(kantoor, letters)


async def test_what_cannot_go_back(kantoor: Postkantoor, start: int) -> None:
    """It is in the plan with the reason, and the exit code is 1."""
    topic = kantoor.topic("onbestelbaar")
    await lay_aside(
        kantoor,
        [
            letter(topic, start, reden=Reden.TE_GROOT),
            letter(topic, start + 1, reden=Reden.ONLEESBAAR),
            letter(topic, start + 2),
            letter(topic, start + 3, zender="0344"),
        ],
    )

    done = kantoor.run("deadletter", "replay", "plan", "--out", "plan.json")

    assert 1 == done.returncode
    assert (1, 3) == tuple(rows(done.stdout)[0][key] for key in ("terug", "niet_terug"))
    told = done.stderr.decode()
    assert "niet terug: 2 keer het oorspronkelijke bericht staat hier niet" in told
    assert "niet terug: 1 keer de zender is niet bekend" in told
    plan = json.loads((kantoor.folder / "plan.json").read_bytes())
    assert [letter_id(start + 3)] == [one["id"] for one in plan["berichten"]]
    assert [] == await kantoor.read("aanlevering")


async def test_another_hash(kantoor: Postkantoor, start: int) -> None:
    """A plan that was changed since is not applied: exit code 2."""
    await lay_aside(kantoor, many(kantoor, start, 1))
    file, hash_ = make_plan(kantoor)
    path = kantoor.folder / file
    path.write_bytes(path.read_bytes().replace(b"0344", b"0363"))

    done = kantoor.run("deadletter", "replay", "apply", file, "--hash", hash_)

    assert (2, b"") == (done.returncode, done.stdout)
    assert b"andere hash" in done.stderr
    assert [] == await kantoor.read("aanlevering")


@pytest.mark.parametrize("step", ["own", "originals", "markers", "commit"])
async def test_killed_at_a_step(kantoor: Postkantoor, start: int, step: str) -> None:
    """Killed in the second of two transactions, the next time each is there once."""
    letters = many(kantoor, start, 150)
    await lay_aside(kantoor, letters)
    plan = make_plan(kantoor)
    arguments = ("deadletter", "replay", "apply", plan[0], "--hash", plan[1])
    with kantoor.start(step, *arguments, program=KILLED_AT) as running:
        out, _ = running.communicate(timeout=60)
    back = 150 if step == "commit" else 100

    results = apply(kantoor, plan)

    assert -signal.SIGKILL == running.returncode
    assert 100 == len(rows(out))
    outcomes = [one["uitkomst"] for one in results]
    assert back == outcomes.count("al eerder teruggezet")
    assert 150 - back == outcomes.count("teruggezet")
    await check_back(kantoor, letters)


async def test_killed_at_random_times(kantoor: Postkantoor, start: int) -> None:
    """Killed again and again, wherever it is, in the end each is there once."""
    letters = many(kantoor, start, 1000)
    await lay_aside(kantoor, letters)
    plan = make_plan(kantoor)
    arguments = ("deadletter", "replay", "apply", plan[0], "--hash", plan[1])
    started = time.monotonic()
    with kantoor.start(*arguments) as running:
        assert running.stdout is not None
        running.stdout.readline()  # the first transaction is done
        until_first = time.monotonic() - started
        running.kill()
    for turn in range(5):
        with kantoor.start(*arguments) as running:
            await asyncio.sleep(until_first * (0.8 + 0.15 * turn))
            running.kill()

    apply(kantoor, plan)

    await check_back(kantoor, letters)


async def test_two_at_once(kantoor: Postkantoor, start: int) -> None:
    """Two that put back at the same time put nothing back twice."""
    letters = many(kantoor, start, 600)
    await lay_aside(kantoor, letters)
    plan = make_plan(kantoor)
    arguments = ("deadletter", "replay", "apply", plan[0], "--hash", plan[1])
    with kantoor.start(*arguments) as one, kantoor.start(*arguments) as other:
        ends = [each.communicate(timeout=120) for each in (one, other)]

    apply(kantoor, plan)

    await check_back(kantoor, letters)
    for process, (_, errors) in zip((one, other), ends, strict=True):
        assert process.returncode in {0, 3}
        assert (process.returncode == 3) == (b"doe dit plan nog eens" in errors)


async def test_nothing_of_a_bericht_is_shown(kantoor: Postkantoor, start: int) -> None:
    """Not the content, nor a number in the key or in a header, in any output."""
    topic = kantoor.topic("onbestelbaar")
    odd = letter(topic, start + 1, zender=SECRET)
    extra = (*odd.headers, ("kenmerk", b"bsn " + SECRET.encode()), ("x", b"999990019"))
    await lay_aside(
        kantoor,
        [letter(topic, start), Outgoing(topic, odd.key, odd.value, extra)],
    )
    identity = letter_id(start + 1)
    plan = make_plan(kantoor)
    shown = (kantoor.folder / "plan.json").read_bytes()

    for arguments in (
        ("list",),
        ("list", "--format", "table"),
        ("show", identity),
        ("show", identity, "--format", "table"),
        ("replay", "plan", "--out", "other.json", "--format", "table"),
        ("replay", "apply", plan[0], "--hash", plan[1]),
    ):
        done = kantoor.run("deadletter", *arguments)
        shown += done.stdout + done.stderr

    assert identity.encode() in shown
    assert SECRET.encode() not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--since", "gisteren"],
        ["list", "--reden", "ANDERS"],
        ["show", "../../x"],
        ["replay", "plan", "--out", "p", "--as", "9999"],
        ["replay", "plan", "--out", "p", "--id", "x"],
        ["replay", "plan"],
        ["replay", "apply", "none.json", "--hash", "x"],
        ["replay", "apply", "none.json"],
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    """What is typed wrong is exit code 2, before anyone is asked anything."""
    done = run_without_cluster(tmp_path, arguments)

    assert (2, b"") == (done.returncode, done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["show", letter_id(1)], ["replay", "plan", "--out", "p"]],
)
def test_no_cluster(tmp_path: Path, arguments: list[str]) -> None:
    """Where no Kafka is one line says so, and the exit code is 3."""
    done = run_without_cluster(tmp_path, arguments)

    assert (3, b"") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())


def run_without_cluster(
    folder: Path, arguments: list[str]
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command where no Kafka answers."""
    return subprocess.run(
        [*IBROKER, "deadletter", *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "IBROKER_KAFKA": "127.0.0.1:1"},
        timeout=60,
    )

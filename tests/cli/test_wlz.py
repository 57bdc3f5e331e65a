"""`ibroker wlz`: its process, a question, and the comparison, on a real Kafka."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ibroker.core.record import Outgoing
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.demo.processes import PROCESSES, find_process, stop_process
from ibroker.kafka.producer import TransactionalProducer
from ibroker.post.kafka_replay import KafkaArchive
from tests.cli.running import Run

BERICHTEN = Path(__file__).parents[1] / "berichten"
IBROKER = [sys.executable, "-m", "ibroker"]
STAND = "ggk.intern.wlz.stand"
KNOWN = b"999901102"  # in goed/ there is an indicatie for him
UNKNOWN = b"123456782"
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

Env = Mapping[str, str]


@pytest.fixture(scope="module")
def chain(
    kafka: str, tmp_path_factory: pytest.TempPathFactory, persoonssleutels: Path
) -> Iterator[dict[str, str]]:
    """The environment of a chain that runs, and has told the stories of wlz.toml."""
    folder = tmp_path_factory.mktemp("chain")
    env = {
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(folder),
        "IBROKER_PERSOONSSLEUTELS": str(persoonssleutels),
    }
    demo = [*IBROKER, "demo"]
    whole = {**os.environ, **env}
    try:
        subprocess.run([*demo, "up"], env=whole, check=True, capture_output=True)
        told = subprocess.run(
            [*demo, "run", BERICHTEN / "eerder.toml", "--wlz", BERICHTEN / "wlz.toml"],
            env=whole,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert 0 == told.returncode, told.stdout.decode()
        yield env
    finally:
        subprocess.run([*demo, "down"], env=whole, check=True, capture_output=True)


def check(run: Run, env: Env, bsn: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Ask one question as gemeente 0363."""
    return run(
        *("wlz", "check", "--as", "0363", "--format", "json", "--wait", "60"),
        stdin=bsn + b"\n",
        env=dict(env),
    )


@pytest.mark.kafka
def test_a_question_is_answered(run: Run, chain: Env) -> None:
    """Of whom nothing is known the answer is Nee, without dates or his number."""
    done = check(run, chain, UNKNOWN)

    assert 0 == done.returncode, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert "Nee" == answer.pop("status")
    assert all(_ID.fullmatch(answer.pop(name)) for name in ("vraag", "antwoord"))
    assert {"afgiftedatum": None, "ingangsdatum": None, "einddatum": None} == answer
    assert UNKNOWN not in done.stdout + done.stderr


@pytest.mark.parametrize("bsn", [b"123456789", b"000000000", b"12345678", b"", b"\xff"])
def test_a_number_that_is_none_is_not_asked(run: Run, bsn: bytes) -> None:
    """No answer could be taken for Nee, and no Kafka is needed to say so."""
    done = check(run, {"IBROKER_KAFKA": "127.0.0.1:1"}, bsn)

    assert 1 == done.returncode
    assert b"" == done.stdout
    assert b"fout: dit is geen burgerservicenummer" in done.stderr
    assert b"Nee" not in done.stderr
    assert not bsn or bsn not in done.stderr


@pytest.mark.parametrize("code", ["CIZ", "98000011", "0001", "123456782"])
def test_only_a_gemeente_asks(run: Run, code: str) -> None:
    """Whoever else wants to know gets no answer, and what was typed is not repeated."""
    done = run("wlz", "check", "--as", code, stdin=UNKNOWN)

    assert 2 == done.returncode
    assert b"--as" in done.stderr
    assert UNKNOWN not in done.stderr


def test_a_prompt_shows_no_number(tmp_path: Path) -> None:
    """On a terminal the number is asked for, and what is typed is not shown."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [*IBROKER, "wlz", "check", "--as", "0363"],
        stdin=end,
        stdout=end,
        stderr=end,
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(end)
    shown = b""
    while b"Burgerservicenummer" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, b"123456789\n")
    while b"11-proef" not in shown:
        shown += os.read(terminal, 1024)
    code = process.wait(60)
    os.close(terminal)

    assert 1 == code
    assert b"123456789" not in shown


@pytest.mark.parametrize("arguments", [("wlz",), ("wlz", "reconcile")])
def test_without_keys_it_does_not_start(run: Run, arguments: tuple[str, ...]) -> None:
    """One line says which setting is missing; the exit code is 2."""
    done = run(*arguments)

    assert 2 == done.returncode
    assert b"fout: IBROKER_PERSOONSSLEUTELS ontbreekt" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_cluster_is_said(run: Run, persoonssleutels: Path) -> None:
    """A question and a comparison end with 3 where no broker answers."""
    env = {
        "IBROKER_KAFKA": "127.0.0.1:1",
        "IBROKER_PERSOONSSLEUTELS": str(persoonssleutels),
    }

    assert 3 == check(run, env, UNKNOWN).returncode
    assert 3 == run("wlz", "reconcile", env=env).returncode


@pytest.mark.kafka
def test_what_was_told_is_what_the_facts_ask(run: Run, chain: Env) -> None:
    """Of all that was sent there is no difference, and the disk is as it was."""
    before = sorted(path.name for path in Path(chain["IBROKER_DATA"]).iterdir())

    done = run("wlz", "reconcile", "--format", "json", env=dict(chain))

    assert (0, b"") == (done.returncode, done.stdout), done.stderr
    counted = re.search(
        rb"(\d+) feiten van (\d+) personen en (\d+) staande", done.stderr
    )
    assert counted is not None
    assert min(map(int, counted.groups())) > 0
    after = sorted(path.name for path in Path(chain["IBROKER_DATA"]).iterdir())
    assert before == after


@pytest.mark.kafka
async def test_a_signal_that_is_lost_is_found(run: Run, chain: Env) -> None:
    """Where a stand forgot a signal, or says another, that is shown, and of nobody who.

    The stream stands still meanwhile, so that it does not come to know of it.
    """
    folder = Path(chain["IBROKER_DATA"])
    stop_process(PROCESSES[1], folder)
    connection = {"bootstrap_servers": [chain["IBROKER_KAFKA"]]}
    found = {
        (record.partition, record.key): record
        async for record in KafkaArchive(connection).read(STAND)
    }
    whole = [
        (record, stand)
        for (_, key), record in found.items()
        if key and key.startswith(b"p") and record.value
        if (stand := decode_stand(record.value)).staand
    ]
    record, stand = whole[0]
    signaal = stand.staand[0]
    empty = encode_stand(stand.with_staand(stand.volgnummer, ()))
    wrong = replace(signaal, inhoud=replace(signaal.inhoud, nummers=(1,)))
    other = encode_stand(stand.with_staand(stand.volgnummer, (wrong,)))

    try:
        await put(connection, record.key, empty, record.partition)
        lost = run("wlz", "reconcile", "--format", "json", env=dict(chain))
        await put(connection, record.key, other, record.partition)
        changed = run("wlz", "reconcile", "--format", "json", env=dict(chain))
    finally:
        await put(connection, record.key, record.value, record.partition)
    good = run("wlz", "reconcile", "--format", "json", env=dict(chain))

    assert (1, 1, 0) == (lost.returncode, changed.returncode, good.returncode)
    rows = [json.loads(line) for line in lost.stdout.splitlines()]
    assert ["ontbreekt", "niet bijgehouden"] == [row["soort"] for row in rows]
    assert 2 <= len(rows[0]["berichten"])
    assert all(_ID.fullmatch(name) for name in rows[0]["berichten"])
    assert [None, signaal.id] == [row["signaal"] for row in rows]
    assert [signaal.gemeente] * 2 == [row["gemeente"] for row in rows]
    (row,) = [json.loads(line) for line in changed.stdout.splitlines()]
    assert ("anders", signaal.id) == (row["soort"], row["signaal"])
    output = lost.stdout + lost.stderr + changed.stdout + changed.stderr
    assert [] == re.findall(rb"\b\d{9}\b", output)
    assert stand.persoon.pseudoniem.hex().encode() not in output
    assert find_process(PROCESSES[1], folder) is None


async def put(
    connection: Mapping[str, list[str]],
    key: bytes | None,
    value: bytes | None,
    partition: int,
) -> None:
    """Write a record of the changelog, and wait until it is committed."""
    assert key is not None
    assert value is not None
    for records in ([Outgoing(STAND, key, value, partition=partition)], []):
        producer = TransactionalProducer("test.wlz.stand", connection)
        await producer.start([STAND])
        if records:
            async with producer.transaction() as transaction:
                await transaction.send(records)
                await transaction.commit()
        await producer.close()

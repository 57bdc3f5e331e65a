"""The whole chain on a real Kafka: what was simulated, and what must come of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

IBROKER = [sys.executable, "-m", "ibroker"]
PEOPLE = ("--personen", "60", "--eerste", "300", "--levens", "2", "--seed", "11")
_KEYS = {"1.sleutel": b"k" * 32, "huidig": b"1\n", "verdeling": b"v" * 32}

Env = Mapping[str, str]


def ibroker(env: Env, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [*IBROKER, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        check=False,
        text=True,
        timeout=280,
    )


@pytest.fixture(scope="module")
def truth(
    kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, str], Path]]:
    """The environment of a chain that runs and got traffic, and the truth of that."""
    folder = tmp_path_factory.mktemp("simulatie")
    keys = folder / "sleutels"
    keys.mkdir()
    for name, data in _KEYS.items():
        (keys / name).write_bytes(data)
    env = {
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(folder / "data"),
        "IBROKER_PERSOONSSLEUTELS": str(keys),
    }
    path = folder / "waarheid.jsonl"
    try:
        up = ibroker(env, "demo", "up")
        assert 0 == up.returncode, up.stderr
        arguments = ("--fout", "10%", "--rate", "1000/s", "--truth", path)
        sent = ibroker(env, "simulate", *PEOPLE, *arguments)
        assert 0 == sent.returncode, sent.stderr
        yield env, path
    finally:
        ibroker(env, "demo", "down")


@pytest.mark.kafka
@pytest.mark.faults
def test_all_came_of_it_that_must(truth: tuple[dict[str, str], Path]) -> None:
    """Every outcome, receiver and answer is there, and the signals that must stand."""
    env, path = truth

    done = ibroker(env, "simulate", "--check", path, "--wait", "60")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "alles is zoals het hoort" in done.stdout


@pytest.mark.kafka
@pytest.mark.faults
def test_a_truth_that_is_another_is_found(
    truth: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    """An outcome, a receiver, a bericht never sent and a signal: each shows."""
    env, path = truth
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    berichten = [line for line in lines if "gevolg" in line]
    berichten[0]["gevolg"]["uitkomst"] = "retour"
    berichten[1]["gevolg"]["topic"] = "ggk.cak"
    berichten[2]["sha256"] = "0" * 64
    signal = next(line for line in lines if "nummers" in line)
    lines.remove(signal)
    tampered = tmp_path / "anders.jsonl"
    tampered.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    done = ibroker(env, "simulate", "--check", tampered, "--wait", "5")

    assert 1 == done.returncode, done.stderr
    assert "4 verschillen" in done.stdout
    assert f"signaal op mens {signal['persoon']}" in done.stdout
    assert "gezien:   niets" in done.stdout

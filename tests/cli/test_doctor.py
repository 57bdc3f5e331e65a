"""`ibroker doctor` and `ibroker status`, beside a chain that runs."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ibroker.demo.verkeer import read_verkeer
from ibroker.sleutels import make_persoonssleutels

IBROKER = [sys.executable, "-m", "ibroker"]
BERICHTEN = Path(__file__).parents[1] / "berichten"
VERKEER = BERICHTEN / "verkeer.toml"
CANARY = "999988001"  # a number of a client, where an operator might leave one
_BSN = re.compile(rb"<(?:\w+:)?Bsn>(\d{9})</")

Env = Mapping[str, str]

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


def canaries() -> set[str]:
    """The canary, and the number of every client in the traffic."""
    return {CANARY} | {
        number.decode()
        for zending in read_verkeer(VERKEER)
        for number in _BSN.findall(zending.path.read_bytes())
    }


def told(text: str) -> list[str]:
    """The canaries that a text tells: each whole, and not inside another number."""
    numbers = "|".join(sorted(canaries()))
    return re.findall(rf"(?<![0-9])(?<![0-9]\.)(?:{numbers})", text)


@pytest.fixture(scope="module")
def env(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Env]:
    """The environment of a chain that had traffic, in a folder with a canary."""
    folder = tmp_path_factory.mktemp(f"van-{CANARY}") / "data"
    sleutel = folder.parent / "verwijzing"
    sleutel.write_bytes(f"{CANARY} is in this key, which is long".encode())
    sleutel.chmod(0o600)
    make_persoonssleutels(folder.parent / "personen")
    whole = {
        **os.environ,
        "IBROKER_KAFKA": kafka,
        "IBROKER_DATA": str(folder),
        "IBROKER_PERSOONSSLEUTELS": str(folder.parent / "personen"),
        "IBROKER_VERWIJZING_SLEUTEL": str(sleutel),
    }
    try:
        run("demo", "up", env=whole)
        run("demo", "run", str(VERKEER), env=whole)
        yield whole
    finally:
        run("demo", "down", env=whole)


def run(
    *arguments: str, env: Env, code: int = 0
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command, that must end with `code`."""
    done = subprocess.run(
        [*IBROKER, *arguments],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert code == done.returncode, done.stdout.decode() + done.stderr.decode()
    return done


def test_all_is_well(env: Env) -> None:
    """Nothing is wrong with a chain that runs, and each part was looked at."""
    rows = [json.loads(line) for line in run("doctor", env=env).stdout.splitlines()]

    assert [] == [one for one in rows if one["oordeel"] == "fout"]
    assert len({one["onderdeel"] for one in rows}) >= 7
    assert "IBROKER_KAFKA" in {one["naam"] for one in rows}


def test_a_key_that_all_may_read_is_seen(env: Env, tmp_path: Path) -> None:
    """And no part of a key is shown."""
    sleutel = tmp_path / "sleutel"
    sleutel.write_bytes(b"short")

    done = run(
        "doctor", env={**env, "IBROKER_VERWIJZING_SLEUTEL": str(sleutel)}, code=2
    )

    assert b"short" not in done.stdout + done.stderr


def test_no_canary_is_in_the_bundle(env: Env, tmp_path: Path) -> None:
    """Neither from a path, nor from a key, nor from a bericht that went through."""
    path = tmp_path / "bundel.zip"
    run("doctor", "--bundle", str(path), env=env)

    assert 0o600 == path.stat().st_mode & 0o777
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert 6 == len(texts)
    assert [] == [
        (name, found) for name, text in texts.items() if (found := told(text))
    ]
    # The path that has it was written: it is cut, not merely absent.
    assert {CANARY} == {*told(env["IBROKER_DATA"])}
    assert '"…/data"' in texts["instellingen.json"]
    counts = json.loads(texts["metrics.json"])
    assert {"route", "wlz", "watch", "exporter"} == {one["naam"] for one in counts}
    assert [] == [one["waarom"] for one in counts if one["waarom"]]
    small = [
        sample["waarde"]
        for one in counts
        for sample in one["metingen"]
        if "ontvanger" in sample["labels"] or "berichttype" in sample["labels"]
    ]
    assert None in small
    assert [] == [one for one in small if one is not None and 0 < one < 5]


def test_a_canary_is_seen() -> None:
    """In a path, a sentence, a text and as a value; not where digits fall so."""
    for number in canaries():
        for text in (
            f"/van-{number}0/x",
            f"is {number}.",
            f'"{number}"',
            f": {number}.0",
        ):
            assert [number] == told(text)
        for text in (f"0.{number}", f"1{number}", f"17.12{number}", number[1:]):
            assert [] == told(text)


def test_a_bundle_that_is_there_stays(env: Env, tmp_path: Path) -> None:
    """It is not overwritten."""
    path = tmp_path / "bundel.zip"
    path.write_bytes(b"x")

    run("doctor", "--bundle", str(path), env=env, code=2)

    assert b"x" == path.read_bytes()


def test_status_shows_what_went_through(env: Env) -> None:
    """The figures are those of the traffic, at one look, for a program."""
    cijfers = json.loads(run("status", "--format", "json", env=env).stdout)

    route = next(one for one in cijfers["keten"] if one["proces"] == "route")
    assert route["in_totaal"] == sum(route["uitkomsten"].values()) > 0
    assert [] == [one for one in cijfers["processen"] if one["waarom"]]
    assert b"route" in run("status", "--format", "table", env=env).stdout


def test_without_a_cluster(env: Env) -> None:
    """It says so, and still looks at the rest."""
    done = run("doctor", env={**env, "IBROKER_KAFKA": "127.0.0.1:1"}, code=3)

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) > 10

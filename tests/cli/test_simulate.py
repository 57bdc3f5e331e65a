"""`ibroker simulate` as a command, without a broker."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.running import Run


def test_a_folder_and_a_zip_hold_the_same(run: Run, tmp_path: Path) -> None:
    """Files have the names of the truth; both forms have one truth, one content."""
    options = ("simulate", "--personen", "3", "--fout", "10%")

    folder = run(*options, "--out", "map")
    packed = run(*options, "--out", "verkeer.zip", "--jobs", "1")

    assert (0, 0) == (folder.returncode, packed.returncode), folder.stderr
    assert folder.stdout == packed.stdout
    truth = (tmp_path / "map" / "waarheid.jsonl").read_text("utf-8")
    assert truth == (tmp_path / "verkeer.waarheid.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in truth.splitlines()]
    names = [row["bestand"] for row in rows if "bestand" in row]
    with zipfile.ZipFile(tmp_path / "verkeer.zip") as file:
        assert names == file.namelist()
        for name in names:
            assert (tmp_path / "map" / name).read_bytes() == file.read(name)


@pytest.mark.parametrize(
    "options,said",
    [
        (("--fout", "veel"), "--fout: veel is geen deel"),
        (("--fout", "zomaar=1%"), "--fout: zomaar is geen soort"),
        (("--fout", "95%"), "--fout: samen"),
        (("--eerste", "9000", "--personen", "1000"), "--eerste en --personen"),
    ],
)
def test_wrong_use_is_said(run: Run, options: tuple[str, ...], said: str) -> None:
    """One line says what is wrong, and the exit code is 2."""
    done = run("simulate", "--out", "uit.zip", *options)

    assert 2 == done.returncode
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    """A zip that is there, and a folder with something in it, stay as they are."""
    (tmp_path / "oud.zip").write_bytes(b"x")

    assert 2 == run("simulate", "--out", "oud.zip").returncode
    assert 2 == run("simulate", "--out", ".").returncode
    assert [b"x"] == [path.read_bytes() for path in tmp_path.iterdir()]


def test_no_cluster_is_said(run: Run, tmp_path: Path) -> None:
    """Where no broker answers it ends with 3, sending and checking alike."""
    env = {"IBROKER_KAFKA": "127.0.0.1:1"}
    (tmp_path / "leeg.jsonl").write_bytes(b"")

    assert 3 == run("simulate", "--personen", "1", env=env).returncode
    assert 3 == run("simulate", "--check", "leeg.jsonl", env=env).returncode

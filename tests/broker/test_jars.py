"""Where the jars come from, and what is said when they cannot come."""

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ibroker.broker.jars import deploy_folder, fetch_jars, find_java, version_of
from ibroker.errors import ConfigError


def program(folder: Path, name: str, text: str) -> None:
    """Put a program in a folder that becomes the PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)


def test_java_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without java one line names the Debian package, and nothing is fetched."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError) as caught:
        fetch_jars(tmp_path / "cache")

    assert (
        "java ontbreekt; installeer het Debian-pakket openjdk-17-jre-headless"
        " (apt-get install openjdk-17-jre-headless)" == str(caught.value)
    )
    assert not (tmp_path / "cache").exists()


def test_maven_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With java but without Maven the line names Maven."""
    program(tmp_path / "bin", "java", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    with pytest.raises(ConfigError) as caught:
        fetch_jars(tmp_path / "cache")

    assert (
        "mvn ontbreekt; installeer het Debian-pakket maven (apt-get install maven)"
        == str(caught.value)
    )


def test_maven_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where Maven fails its log is named, and no half folder of jars stays behind."""
    program(tmp_path / "bin", "java", "")
    program(
        tmp_path / "bin",
        "mvn",
        "import pathlib, sys\n"
        "into = next(a for a in sys.argv if a.startswith('-DoutputDirectory='))\n"
        "folder = pathlib.Path(into.partition('=')[2])\n"
        "folder.mkdir()\n"
        "(folder / 'half.jar').touch()\n"
        "print('geen netwerk')\n"
        "sys.exit(1)\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    cache = tmp_path / "cache"

    with pytest.raises(ConfigError, match=r"Maven kan Kafka niet ophalen: zie .*\.log"):
        fetch_jars(cache)

    assert {"lock", "maven.log"} == {path.name for path in cache.iterdir()}
    assert "geen netwerk\n" == (cache / "maven.log").read_text(encoding="utf-8")


def test_two_fetches_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two that fetch at the same moment both get the one whole folder, of one Maven."""
    program(tmp_path / "bin", "java", "")
    program(
        tmp_path / "bin",
        "mvn",
        "import pathlib, sys, time\n"
        "into = next(a for a in sys.argv if a.startswith('-DoutputDirectory='))\n"
        "folder = pathlib.Path(into.partition('=')[2])\n"
        "folder.mkdir()\n"
        "print('run', file=open(folder.parents[1] / 'runs', 'a'))\n"
        "time.sleep(0.5)\n"
        "(folder / 'kafka-clients-1.2.3.jar').touch()\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch_jars(tmp_path / "cache")))
        for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [found[0]] * 2 == found
    assert "1.2.3" == version_of(found[0])
    assert "run\n" == (tmp_path / "cache" / "runs").read_text(encoding="utf-8")
    assert {found[0].name, "lock", "maven.log", "runs"} == {
        path.name for path in (tmp_path / "cache").iterdir()
    }


def test_a_cache_that_may_not_be_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the cache cannot be made the answer names it."""
    program(tmp_path / "bin", "java", "")
    program(tmp_path / "bin", "mvn", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cache: Not a directory"):
        fetch_jars(tmp_path / "file" / "cache")


def test_version_without_jars(tmp_path: Path) -> None:
    """A folder without the jar of the clients has no version to show."""
    assert "?" == version_of(tmp_path)


@pytest.mark.kafka
def test_the_jars_are_those_of_the_pom(
    jars: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder bears the hash of the pom, and once there it needs no Maven."""
    pom = (deploy_folder() / "pom.xml").read_bytes()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert f"kafka-{hashlib.sha256(pom).hexdigest()[:16]}" == jars.name
    assert jars == fetch_jars()
    assert f"<kafka.version>{version_of(jars)}<" in pom.decode()


@pytest.mark.kafka
def test_the_tools_of_the_jars_run(jars: Path) -> None:
    """The jars are enough to format storage: nothing they need is missing."""
    done = subprocess.run(
        [find_java(), "-cp", f"{jars}/*", "kafka.tools.StorageTool", "random-uuid"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert 22 == len(done.stdout.strip())

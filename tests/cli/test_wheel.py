"""The wheel: what a gemeente or a supplier installs at home."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SANDBOX = """
import socket, sys
def refuse(*args, **kwargs):
    raise RuntimeError("no network here")
socket.socket.connect = socket.getaddrinfo = refuse
for name in ("aiokafka", "confluent_kafka", "faust"):
    sys.modules[name] = None
"""


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_a_wheel_judges_offline_from_any_folder(
    tmp_path: Path, goed: Path, fout: Path
) -> None:
    """In an environment with nothing else, `ibroker validate` needs no network."""
    dist = tmp_path / "dist"
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--wheel", "-q", "-o", dist, ROOT],
        check=True,
    )
    (wheel,) = dist.glob("ibroker-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {
        f"ibroker/schemas/{path.relative_to(ROOT / 'schemas').as_posix()}"
        for path in (ROOT / "schemas").rglob("*")
        if path.suffix in {".xsd", ".toml"}
    } <= held
    assert not [name for name in held if name.startswith(("tests/", "benchmarks/"))]

    home = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "-p", python, wheel],
        check=True,
    )
    (site,) = home.glob("lib/python*/site-packages")
    (site / "sitecustomize.py").write_text(SANDBOX)
    (tmp_path / "elders").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if "PYTHON" not in name
    }

    def judge(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [home / "bin" / "ibroker", "validate", *arguments],
            capture_output=True,
            check=False,
            cwd=tmp_path / "elders",
            env=environment,
            timeout=120,
        )

    good = judge(goed)
    bad = judge(fout, "--answer", "antwoord")

    assert (0, b"") == (good.returncode, good.stderr)
    assert {"geldig"} == {
        json.loads(line)["uitkomst"] for line in good.stdout.splitlines()
    }
    assert (1, b"") == (bad.returncode, bad.stderr)
    assert list((tmp_path / "elders" / "antwoord").iterdir())

    # Without the extra the commands of Kafka say what to install; with it they have
    # topics.yaml, and what a broker of our own needs.
    route = subprocess.run(
        [home / "bin" / "ibroker", "route"],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        timeout=120,
    )
    assert (2, True) == (
        route.returncode,
        "pip install 'ibroker[kafka]'" in route.stderr,
    )
    helped = subprocess.run(
        [home / "bin" / "ibroker", "--help"],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        timeout=120,
    )
    assert (0, True) == (helped.returncode, "publish" in helped.stdout)
    assert {
        "ibroker/topics.yaml",
        "ibroker/deploy/kafka/pom.xml",
        "ibroker/deploy/prometheus/prometheus.yml",
        "ibroker/deploy/prometheus/rules/keten.yml",
    } <= held
    (site / "sitecustomize.py").unlink()
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "-q", "-p", python),
            f"ibroker[kafka] @ {wheel.as_uri()}",
        ],
        check=True,
    )
    rendered = subprocess.run(
        [home / "bin" / "ibroker", "topics", "render", "strimzi"],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        timeout=120,
    )
    assert (0, True) == (rendered.returncode, "ggk.aanlevering" in rendered.stdout)

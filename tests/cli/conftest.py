"""Running `ibroker` for real, and in this process where that says enough."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.running import Run

BERICHTEN = Path(__file__).parents[1] / "berichten"
# Facts outlive a test on their cluster: whoever reads them later needs the keys.
_KEYS = {"1.sleutel": b"k" * 32, "huidig": b"1\n", "verdeling": b"v" * 32}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ibroker` as a process of its own in `tmp_path`, without our settings."""

    def run_ibroker(
        *arguments: str | bytes | Path,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        command: Sequence[str | bytes | Path] = (
            sys.executable,
            "-m",
            "ibroker",
            *arguments,
        )
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "100", **(env or {})},
            timeout=120,
        )

    return run_ibroker


@pytest.fixture(scope="session")
def persoonssleutels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys that hide people, the same ones in every test."""
    folder = tmp_path_factory.mktemp("persoonssleutels")
    for name, data in _KEYS.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def goed() -> Path:
    """The folder with a valid bericht of every type."""
    return BERICHTEN / "goed"


@pytest.fixture(scope="session")
def fout() -> Path:
    """The folder with berichten named for what is wrong: uitkomst-type-regel.xml."""
    return BERICHTEN / "fout"

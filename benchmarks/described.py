"""On what, with what and how something was measured, for beside its figures."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from contender import PEERS
from core import machine
from traffic import Mix

__all__ = ["describe", "describe_java", "describe_traffic"]

FILES: Final = ("json", "log", "pictures")  # options that say nothing of the figures
SAMPLE: Final = 10_000  # berichten


def describe(options: argparse.Namespace, libraries: Sequence[str]) -> dict[str, Any]:
    """The machine, the versions, the moment, and how to do it again."""
    return {
        "machine": machine(),
        "command": " ".join(("python", *map(_short, sys.argv))),
        "versions": {name: version(name) for name in libraries},
        "moment": datetime.now(UTC).isoformat(timespec="minutes"),
        "options": {
            key: value for key, value in vars(options).items() if key not in FILES
        },
    }


def describe_java() -> dict[str, str]:
    """The versions of what the peers in Java are made of, built as they are."""
    java = subprocess.run(
        ("java", "-version"),  # noqa: S607 - the one that also runs the peers
        check=True,
        capture_output=True,
        text=True,
    ).stderr.splitlines()[0]
    jars = {
        name: next((PEERS / "lib").glob(f"{name}-[0-9]*.jar")).stem
        for name in ("kafka-streams", "camel-kafka")
    }
    return {"java": java, **jars}


def describe_traffic(mix: Mix, seed: int) -> dict[str, Any]:
    """What the traffic is, as far as it matters for its cost."""
    sample = list(mix.post(SAMPLE, seed))
    return {
        "bytes": round(sum(len(one.value) for one in sample) / len(sample)),
        "gemeenten": len(mix.gemeenten),
        "zorgaanbieders": len(mix.zorgaanbieders),
        "bad": sum(one.uitkomst != "bezorgd" for one in sample) / len(sample),
    }


def _short(word: str) -> str:
    """Leave out where the folder of the project lies."""
    path = Path(word)
    own = Path(__file__).parents[1]
    if path.is_absolute() and path.is_relative_to(own):
        return path.relative_to(own).as_posix()
    return word

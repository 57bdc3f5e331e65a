"""On what, with what and how something was measured, for beside its figures."""

import argparse
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from contender import PEERS
from machine import machine
from traffic import Mix

__all__ = ["describe", "describe_java", "describe_traffic"]

FILES: Final = ("json", "log", "pictures")  # options that say nothing of the figures
SAMPLE: Final = 10_000  # berichten


def describe(
    command: str, options: argparse.Namespace, libraries: Sequence[str]
) -> dict[str, Any]:
    """The machine, the versions, the moment, and how to do it again.

    `command` is the one of the Makefile, which anyone can repeat.
    """
    return {
        "machine": machine(),
        "command": command,
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

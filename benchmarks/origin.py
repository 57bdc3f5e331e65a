"""How figures were made: with what command, on which machine, with which versions.

Each benchmark writes this at the top of its file, so that whoever sees a figure can
have it measured again.
"""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lxml import etree

__all__ = ["machine", "origin"]


def origin(command: str, seed: int | None, libraries: Iterable[str]) -> dict[str, Any]:
    """Say how figures are made, now and here.

    Args:
        command: what makes them again, such as `make bench-core`
        seed: of what is drawn; None where nothing is
        libraries: the packages whose version the figures depend on
    """
    return {
        "command": command,
        "moment": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "versions": {name: version(name) for name in ("ibroker", *libraries)},
        "seed": seed,
    }


def machine() -> str:
    """The machine and the versions that the figures belong to."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    libxml2 = ".".join(map(str, etree.LIBXML_VERSION))
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"CPython {platform.python_version()}, lxml {etree.__version__}, "
        f"libxml2 {libxml2}"
    )

"""The machine that figures belong to."""

import os
import platform
from pathlib import Path

from lxml import etree

__all__ = ["machine"]


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

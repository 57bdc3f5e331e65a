"""What we run on: Python, libraries, the disk."""

import os
import platform
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from ibroker.doctor.bevinding import Bevinding, fout, goed, let_op

__all__ = ["check_omgeving", "list_versions"]

_ONDERDEEL = "omgeving"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LITTLE, _TOO_LITTLE = 0.10, 0.02  # of the disk
_LEAST = 500_000_000  # bytes
_GB = 1e9


def check_omgeving(data: Path) -> Iterator[Bevinding]:
    """Show versions, and whether the disk under `data` (IBROKER_DATA) has room."""
    python = f"{platform.python_version()} op {platform.system()} {platform.machine()}"
    yield goed(_ONDERDEEL, "Python", python)
    for name, found in list_versions().items():
        if found is None:
            yield let_op(_ONDERDEEL, name, "niet geïnstalleerd: ibroker[kafka]")
        else:
            yield goed(_ONDERDEEL, name, found)
    yield _check_disk(data)


def list_versions() -> dict[str, str | None]:
    """Give the versions of ibroker and of the libraries that it asks for."""
    versions: dict[str, str | None] = {"ibroker": version("ibroker")}
    for line in sorted(requires("ibroker") or (), key=str.lower):
        match = _NAME.match(line)
        if match is not None:
            try:
                versions[match[0]] = version(match[0])
            except PackageNotFoundError:
                versions[match[0]] = None
    return versions


def _check_disk(data: Path) -> Bevinding:
    naam = "schijf"
    # What is not there yet is made below what is.
    wanted = data.resolve()
    place = next(one for one in (wanted, *wanted.parents) if one.is_dir())
    if not os.access(place, os.W_OK):
        return fout(_ONDERDEEL, naam, f"{place}: niet schrijfbaar")
    usage = shutil.disk_usage(place)
    tekst = f"{usage.free / _GB:.1f} GB vrij van {usage.total / _GB:.1f} GB ({place})"
    if usage.free < max(_TOO_LITTLE * usage.total, _LEAST):
        return fout(_ONDERDEEL, naam, tekst)
    if usage.free < _LITTLE * usage.total:
        return let_op(_ONDERDEEL, naam, tekst)
    return goed(_ONDERDEEL, naam, tekst)

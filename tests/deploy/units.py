"""The units of deploy/systemd, read as far as tests look at them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.deploy.manifests import DEPLOY

__all__ = ["UNITS", "Unit", "read_unit", "units"]

UNITS = DEPLOY / "systemd"

Unit = Mapping[str, Sequence[str]]


def units() -> list[Path]:
    """The files of all services."""
    return sorted(UNITS.glob("*.service"))


def read_unit(service: Path) -> Unit:
    """All values of each key, of a unit and of what is dropped in, over all sections.

    No key stands in two sections of ours, none is reset, and no line is continued.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in [service, *sorted(Path(f"{service}.d").glob("*.conf"))]:
        for line in path.read_text(encoding="utf-8").splitlines():
            key, is_setting, value = line.partition("=")
            if is_setting and not line.startswith(("#", ";")):
                found[key].append(value)
    return found

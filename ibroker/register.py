"""Reads the register of parties from disk: ours, or an installation's own tables."""

from pathlib import Path
from typing import Any

from ibroker.core.addressing import check_register
from ibroker.core.catalogue import parse_catalogue
from ibroker.core.fo01 import load_fo01
from ibroker.core.register import Register, parse_register
from ibroker.errors import RegisterError
from ibroker.standards import own_folder, read_toml

__all__ = ["load_register"]

_TABLES = (
    "partijen.toml",
    "gemeenten.toml",
    "zorgaanbieders.toml",
    "machtigingen.toml",
)


def load_register(extra: Path | None = None) -> Register:
    """Load the register; a table in the folder `extra` replaces ours of that name.

    Raises ConfigError where a file is missing or is no TOML, RegisterError where a
    table is not usable, or leaves a bericht of the catalogue without a way to go.
    """
    own = own_folder()
    places = dict.fromkeys(_TABLES, own)
    if extra is not None:
        places |= dict.fromkeys(_own_tables(extra), extra)
    tables: list[dict[str, Any]] = [
        read_toml(folder / name) for name, folder in places.items()
    ]
    register = parse_register(*tables)
    check_register(
        register,
        parse_catalogue(read_toml(own / "catalogus.toml")),
        load_fo01(read_toml(own / "fo01.toml")),
    )
    return register


def _own_tables(folder: Path) -> list[str]:
    """Give the tables that a folder holds; one that we do not know is a mistake."""
    if not folder.is_dir():
        raise RegisterError(f"IBROKER_PARTIJEN: {folder} is geen map")
    found = sorted(path.name for path in folder.glob("*.toml"))
    unknown = sorted(set(found) - set(_TABLES))
    if unknown:
        raise RegisterError(f"IBROKER_PARTIJEN: {folder} heeft onbekend {unknown[0]}")
    if not found:
        raise RegisterError(f"IBROKER_PARTIJEN: geen {', '.join(_TABLES)} in {folder}")
    return found

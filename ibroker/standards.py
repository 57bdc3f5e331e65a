"""Reads the standards from disk: the one place that knows where they stand."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ibroker.core.catalogue import Catalogue, parse_catalogue
from ibroker.core.verdict import Standards, build_standards
from ibroker.errors import ConfigError, SchemaError

__all__ = ["ZONE", "load_catalogue", "load_standards", "own_folder", "read_toml"]

ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""That of the Netherlands: the dates of the standards are in it."""


def load_standards(extra: Path | None = None) -> Standards:
    """Load our own standards, and the XSDs of the folder `extra` over them.

    Raises ConfigError where a file is missing or not usable.
    """
    own = own_folder()
    xsds = dict(_read_xsds(own))
    if extra is not None:
        if not extra.is_dir():
            raise ConfigError(f"IBROKER_SCHEMAS: {extra} is geen map")
        found = {f"extra/{name}": xsd for name, xsd in _read_xsds(extra)}
        if not found:
            raise ConfigError(f"IBROKER_SCHEMAS: geen *.xsd in {extra}")
        xsds |= found
    return build_standards(
        read_toml(own / "catalogus.toml"),
        read_toml(own / "regels.toml"),
        read_toml(own / "fo01.toml"),
        xsds,
    )


def load_catalogue() -> Catalogue:
    """Load the catalogue alone, without any XSD. Raises ConfigError."""
    return parse_catalogue(read_toml(own_folder() / "catalogus.toml"))


def own_folder() -> Path:
    """Give `schemas` inside the installed package, or beside it in a checkout.

    Raises ConfigError where it is in neither place.
    """
    package = Path(__file__).parent
    for folder in (package / "schemas", package.parent / "schemas"):
        if (folder / "catalogus.toml").is_file():
            return folder
    raise ConfigError(f"de map schemas ontbreekt bij {package}")


def _read_xsds(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.xsd")):
        try:
            yield path.relative_to(folder).as_posix(), path.read_bytes()
        except OSError as error:
            raise SchemaError(f"{path}: {error.strerror}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a table. Raises ConfigError where it is missing or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error

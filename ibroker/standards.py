"""Reads the standards from disk: the one place that knows where they stand."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibroker.core.verdict import Standards, build_standards
from ibroker.errors import ConfigError, SchemaError

__all__ = ["load_standards"]


def load_standards(extra: Path | None = None) -> Standards:
    """Load our own standards, and the XSDs of the folder `extra` over them.

    Raises ConfigError where a file is missing or not usable.
    """
    own = _own_folder()
    xsds = dict(_read_xsds(own))
    if extra is not None:
        if not extra.is_dir():
            raise ConfigError(f"IBROKER_SCHEMAS: {extra} is geen map")
        found = {f"extra/{name}": xsd for name, xsd in _read_xsds(extra)}
        if not found:
            raise ConfigError(f"IBROKER_SCHEMAS: geen *.xsd in {extra}")
        xsds |= found
    return build_standards(
        _read_toml(own / "catalogus.toml"),
        _read_toml(own / "regels.toml"),
        _read_toml(own / "fo01.toml"),
        xsds,
    )


def _own_folder() -> Path:
    """`schemas` inside the installed package, or beside it in a checkout."""
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


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error

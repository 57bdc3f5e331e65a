"""Reads the standards from disk: the one place that knows where they stand."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibroker.core.catalogue import Catalogue, parse_catalogue
from ibroker.core.verdict import Standards, build_standards
from ibroker.core.wlz.afleiding import Afleiding, parse_afleiding
from ibroker.core.wlz.bericht import Uitgaand, parse_uitgaand
from ibroker.core.wlz.persoon import Persoonssleutels
from ibroker.core.wlz.registertoets import Registertoets, parse_registertoets
from ibroker.core.wlz.tabel import Wlztabel, parse_wlztabel
from ibroker.errors import ConfigError, SchemaError

__all__ = [
    "load_afleiding",
    "load_catalogue",
    "load_feiten_topic",
    "load_registertoets",
    "load_standards",
    "load_uitgaand",
    "load_wlztabel",
    "own_folder",
    "read_toml",
]


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


def load_wlztabel(other: Path | None = None) -> Wlztabel:
    """Load the table of the Wlz stream: the file `other`, or ours.

    Raises ConfigError where it is missing or no TOML, WlzTableError where not usable.
    """
    return parse_wlztabel(read_toml(other or own_folder() / "wlz.toml"))


def load_afleiding(standards: Standards, sleutels: Persoonssleutels) -> Afleiding:
    """Load what derives facts from berichten; `sleutels` hide whom they are about.

    Raises ConfigError.
    """
    afleiding = parse_afleiding(
        read_toml(own_folder() / "feiten.toml"),
        standards.catalogue,
        standards.schemas,
        sleutels,
    )
    afleiding.check(standards.catalogue)
    return afleiding


def load_uitgaand(catalogue: Catalogue) -> Uitgaand:
    """Load which types the Wlz stream sends. Raises ConfigError."""
    return parse_uitgaand(read_toml(own_folder() / "feiten.toml"), catalogue)


def load_registertoets(catalogue: Catalogue) -> Registertoets:
    """Load which types ask and answer. Raises ConfigError."""
    return parse_registertoets(read_toml(own_folder() / "feiten.toml"), catalogue)


def load_feiten_topic() -> str:
    """Load where facts go. Raises ConfigError."""
    return str(read_toml(own_folder() / "feiten.toml").get("topic", ""))


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

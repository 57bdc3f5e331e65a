"""Keys on disk: what hides references in events, and people in the Wlz stream.

The keys of people are a folder:

    <id>.sleutel   a secret of at least 32 random bytes, for each key that counts
    huidig         the id of the one that new facts are made with
    verdeling      a secret that says in which partition a person is; it never changes

A key is changed in three steps, each once all processes have the one before: put its
file beside the others; name it in `huidig`; take the former file away once the Wlz
stream has gone through all that is kept (`ibroker.core.wlz.persoon`).
"""

import secrets
from pathlib import Path

from ibroker.core.wlz.persoon import (
    Persoonssleutels,
    build_sleutel,
    build_sleutels,
)
from ibroker.errors import ConfigError

__all__ = [
    "make_persoonssleutels",
    "make_sleutel",
    "read_persoonssleutels",
    "read_sleutel",
]

_SLEUTEL_BYTES = 32
_SUFFIX = ".sleutel"
_HUIDIG = "huidig"
_VERDELING = "verdeling"
_FIRST = "1"


def read_sleutel(path: Path | None) -> bytes:
    """Read the key that hides the references in events.

    Raises ConfigError where none is set, or it is too short to hide anything.
    """
    if path is None:
        raise ConfigError(
            "IBROKER_VERWIJZING_SLEUTEL ontbreekt: een bestand met een sleutel, "
            f"ten minste {_SLEUTEL_BYTES} willekeurige bytes"
        )
    try:
        sleutel = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"IBROKER_VERWIJZING_SLEUTEL: {path}: {error.strerror}"
        ) from error
    if len(sleutel) < _SLEUTEL_BYTES:
        raise ConfigError(
            f"IBROKER_VERWIJZING_SLEUTEL: {path} is korter dan {_SLEUTEL_BYTES} bytes"
        )
    return sleutel


def make_sleutel(path: Path) -> None:
    """Make a key at `path`, for the owner's eyes only; one that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(secrets.token_bytes(_SLEUTEL_BYTES))
    except FileExistsError:
        return


def read_persoonssleutels(folder: Path | None) -> Persoonssleutels:
    """Read the keys that hide people.

    Raises ConfigError where there are none, or SleutelError where one is not usable.
    """
    if folder is None:
        raise ConfigError(
            "IBROKER_PERSOONSSLEUTELS ontbreekt: een map met <id>.sleutel, huidig en "
            "verdeling"
        )
    try:
        huidig = (folder / _HUIDIG).read_text(encoding="ascii").strip()
        verdeling = (folder / _VERDELING).read_bytes()
        found = {
            path.name.removesuffix(_SUFFIX): path.read_bytes()
            for path in sorted(folder.glob(f"*{_SUFFIX}"))
        }
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is geen ASCII"
        where = getattr(error, "filename", None) or folder / _HUIDIG
        raise ConfigError(f"IBROKER_PERSOONSSLEUTELS: {where}: {reason}") from error
    if huidig not in found:
        raise ConfigError(f"IBROKER_PERSOONSSLEUTELS: {folder}: geen {huidig}{_SUFFIX}")
    current = build_sleutel(huidig, found.pop(huidig))
    others = tuple([build_sleutel(name, data) for name, data in found.items()])
    return build_sleutels(current, others, verdeling)


def make_persoonssleutels(folder: Path) -> None:
    """Make a first set of keys, for the owner's eyes only; what is there stays."""
    make_sleutel(folder / _VERDELING)
    make_sleutel(folder / f"{_FIRST}{_SUFFIX}")
    if not (folder / _HUIDIG).exists():
        (folder / _HUIDIG).write_text(f"{_FIRST}\n", encoding="ascii")

"""Sample traffic: which file is sent by whom, and what must become of it.

The router knows again what it accepted, so the same files would be duplicates at a
second run. Each run therefore gives every bericht another name; all else stays.
"""

import re
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ibroker.errors import ConfigError

__all__ = ["Zending", "read_verkeer", "rename"]

_NAME = re.compile(rb"(<(?:\w+:)?Identificatie>)([^<>]+)(</)")
_LENGTH = 12  # characters of an Identificatie


@dataclass(frozen=True, slots=True)
class Zending:
    """One file, the code of who sends it, and the outcome that it must have."""

    bestand: str
    path: Path
    zender: str
    uitkomst: str

    def read(self) -> bytes:
        """Read the file. Raises ConfigError where that cannot be done."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from error


def rename(data: bytes, run: str) -> bytes:
    """Give a bericht the names that it has in that run, also where it names another.

    What is equal stays equal, so a retour still is of its heenbericht. Names are of
    twelve characters, which every XSD takes.
    """

    def named(found: re.Match[bytes]) -> bytes:
        seed = run.encode() + b"/" + found[2]
        return found[1] + sha256(seed).hexdigest()[:_LENGTH].encode() + found[3]

    return _NAME.sub(named, data)


def read_verkeer(path: Path) -> tuple[Zending, ...]:
    """Read the table of traffic; its files stand beside it.

    Raises ConfigError where it is not usable.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Zending(bestand, path.parent / bestand, zender, uitkomst)
            for bestand, zender, uitkomst in table["bericht"]
        )
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: verwacht bericht = [[bestand, zender, uitkomst], ...]"
        ) from error

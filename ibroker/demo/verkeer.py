"""Sample traffic: which file is sent by whom, and what must become of it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ibroker.errors import ConfigError

__all__ = ["Zending", "read_verkeer"]


@dataclass(frozen=True, slots=True)
class Zending:
    """One file, the code of who sends it, and the outcome that it must have."""

    bestand: str
    path: Path
    zender: str
    uitkomst: str


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

"""The files that `--answer` writes: how they are named, and how they are written."""

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ibroker.cli.source import STDIN, Source
from ibroker.core.answer import Answer
from ibroker.errors import ConfigError

__all__ = ["make_folder", "plan_names", "write_answer"]

_SUFFIXES = {"retour": ".retour.xml", "fo01": ".fo01.xml"}
_MOST_BYTES = 200  # of a name: file systems take 255, and a number and suffix follow
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


def make_folder(folder: Path) -> None:
    """Make the folder for answers. Raises ConfigError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--answer {folder}: {error.strerror}") from error


def plan_names(sources: Sequence[Source], folder: Path) -> list[str]:
    """Give each source a name of its own in `folder`, without the suffix.

    The name of the input, or with -2, -3 and so on behind it where that would be the
    same as another's or would overwrite an input. The same sources in the same order
    get the same names.
    """
    inputs = {
        os.path.realpath(path).casefold()
        for path in {source.path for source in sources}
        if path != STDIN
    }
    real = os.path.realpath(folder)
    taken: set[str] = set()
    next_number: dict[str, int] = {}
    names: list[str] = []
    for source in sources:
        base = _base_name(source)
        name = base
        while name.casefold() in taken or any(
            os.path.realpath(Path(real, name + suffix)).casefold() in inputs
            for suffix in _SUFFIXES.values()
        ):
            number = next_number.get(base.casefold(), 2)
            next_number[base.casefold()] = number + 1
            name = f"{base}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _base_name(source: Source) -> str:
    if source.path == STDIN:
        return "stdin"
    # The name of a zip entry stands in `bestand`; backslashes are folders there too.
    whole = source.path if source.entry is None else source.bestand.rpartition("!")[2]
    name = PurePosixPath(whole.replace("\\", "/")).name
    stem = name[:-4] if name.lower().endswith(".xml") else name
    safe = _UNSAFE.sub("_", stem)
    short = os.fsencode(safe)[:_MOST_BYTES].decode("utf-8", "replace")
    return short.strip(". ") or "bericht"


def write_answer(folder: Path, name: str, answer: Answer) -> None:
    """Write an answer: the file is there whole, or not at all.

    Raises ConfigError where the folder does not take it.
    """
    path = folder / (name + _SUFFIXES[answer.kind])
    draft = folder / f".{path.name}.{os.getpid()}"
    try:
        draft.write_bytes(answer.data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"--answer {path}: {error.strerror}") from error

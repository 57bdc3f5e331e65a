"""Where on this machine a watch keeps its state: a place of its own, held by a lock."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ibroker.errors import StateError
from ibroker.kafka.places import try_lock

__all__ = ["clear_places", "open_place"]

_MODE: Final = 0o700
_FRESH: Final = 3 * 86_400.0  # s: a changelog tells for seven days that a key has gone
_ENDED: Final = "netjes-gestopt"


@contextmanager
def open_place(folder: Path) -> Iterator[Path]:
    """Take the first place in `folder` that is free, and hold it.

    What lay in it is cleared away unless who had it last ended well, and not more than
    three days ago. Faust writes to its store at once: after a crash that holds what its
    changelog may never have got, and taking an event again would change nothing. And a
    compacted topic does not tell for ever what has gone. Raises StateError.
    """
    try:
        folder.mkdir(_MODE, parents=True, exist_ok=True)
        folder.chmod(_MODE)
        place, lock = _take(folder)
    except OSError as error:
        raise StateError(f"{folder}: {error.strerror}") from error
    ended = place / _ENDED
    try:
        if not _is_fresh(ended):
            _empty(place)
        ended.unlink(missing_ok=True)
        yield place
        ended.touch()
    finally:
        os.close(lock)


def clear_places(folder: Path) -> None:
    """Clear away every place that nobody holds. Raises StateError."""
    try:
        for place in sorted(folder.glob("*/")):
            lock = try_lock(place)
            if lock is not None:
                _empty(place)
                os.close(lock)
    except OSError as error:
        raise StateError(f"{folder}: {error.strerror}") from error


def _take(folder: Path) -> tuple[Path, int]:
    number = 0
    while True:
        place = folder / str(number)
        place.mkdir(_MODE, exist_ok=True)
        lock = try_lock(place)
        if lock is not None:
            return place, lock
        number += 1


def _is_fresh(ended: Path) -> bool:
    return ended.exists() and time.time() - ended.stat().st_mtime < _FRESH


def _empty(place: Path) -> None:
    for path in place.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

"""The folder in which delivered berichten land: whole, or not at all."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from ibroker.errors import ConfigError

__all__ = ["Folder"]

_LOCK = ".ibroker.lock"
_DRAFT = ".ibroker-draft"
# The berichten hold personal data: they are for the one who fetched them.
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class Folder:
    """A folder of which one process at a time is the writer; use it as a context.

    Raises ConfigError where the folder cannot be made, or has a writer already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1
        self._lock = -1

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def __enter__(self) -> Self:
        try:
            self._path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._handle = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
            self._lock = os.open(
                _LOCK,
                os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW,
                _FILE_MODE,
                dir_fd=self._handle,
            )
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._close()
            raise ConfigError(
                f"{self._path}: een andere ibroker consume schrijft hier al"
            ) from error
        except OSError as error:
            self._close()
            raise ConfigError(f"{self._path}: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def save(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files in the folder, in this order, and return once a power cut is no
        danger to them.

        A file is not there until all of it is on disk; one of the same name is
        replaced. Raises ConfigError where the folder does not take them; those before
        are there then.
        """  # noqa: D205 - one sentence
        name = ""
        try:
            for name, data in files:
                self._write(_DRAFT, data)
                os.replace(
                    _DRAFT, name, src_dir_fd=self._handle, dst_dir_fd=self._handle
                )
            os.fsync(self._handle)
        except OSError as error:
            raise ConfigError(
                f"{self._path / name}: {error.strerror}; deze en wat volgt zijn niet"
                " bevestigd en komen de volgende keer weer"
            ) from error

    def _write(self, name: str, data: bytes) -> None:
        handle = os.open(
            name,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW,
            _FILE_MODE,
            dir_fd=self._handle,
        )
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            os.unlink(name, dir_fd=self._handle)  # what is half is of no use
            raise
        finally:
            os.close(handle)

    def _close(self) -> None:
        for handle in (self._lock, self._handle):
            if handle >= 0:
                os.close(handle)
        self._lock = self._handle = -1

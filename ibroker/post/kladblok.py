"""A scratch pad on disk: more keys than memory takes, gone when the work is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from ibroker.errors import StateError
from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark, Store

__all__ = ["Kladblok"]

_MOST = 5_000  # keys in memory
_MARK = Mark("", 0, 0)  # of no changelog


class Kladblok:
    """Keys and values; a later value takes the place of an earlier one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fresh: dict[bytes, bytes | None] = {}

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Self]:
        """Open an empty one in a folder of its own below `folder`, for us alone.

        Raises StateError where it cannot be written there.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = TemporaryDirectory(dir=folder, prefix="kladblok-")
        except OSError as error:
            raise StateError(f"{folder}: {error.strerror}") from error
        with place as name:
            store = RocksStore(Path(name))
            try:
                yield cls(store)
            finally:
                store.close()

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key, or None."""
        if key in self._fresh:
            return self._fresh[key]
        return self._store.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value under a key that is not empty."""
        self._fresh[key] = value
        if len(self._fresh) >= _MOST:
            self._flush()

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give what begins so, in order, as it is now: without the prefix."""
        self._flush()
        for key, value in self._store.scan(prefix):
            yield key[len(prefix) :], value

    def _flush(self) -> None:
        self._store.write(self._fresh, _MARK)
        self._fresh = {}

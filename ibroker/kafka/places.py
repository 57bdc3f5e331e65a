"""Where on this machine the state of each partition lies; it is a `Stores`.

    <folder>/<partition>/<place>/

A place is locked by who works in it, as long as its process lives. A former owner may
still hold one: it drains, or was stopped for a while. It is waited for a moment; then
another place is begun, and the old one is cleared away once it is free. Folders are for
the owner only.
"""

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from ibroker.errors import StateDamaged, StateError
from ibroker.kafka.rocks import DAMAGED, RocksStore

__all__ = ["Places", "try_lock"]

_MODE = 0o700
_LOOK = 0.05  # s between two
_GONE = ".gone"  # ends the name of a place that is being cleared away

_log = structlog.get_logger()


class Places:
    """The stores in a folder; `patience` is how many seconds one is waited for."""

    def __init__(self, folder: Path, patience: float = 2.0) -> None:
        self._folder = folder
        self._patience = patience
        self._open: set[Path] = set()

    @asynccontextmanager
    async def open(
        self, partition: int, *, fresh: bool = False
    ) -> AsyncIterator[RocksStore]:
        """See `Stores.open`."""
        try:
            place, lock = await self._take(self._folder / str(partition))
        except OSError as error:
            raise StateError(f"{self._folder}: {error.strerror}") from error
        try:
            store = await _finish(
                asyncio.to_thread(_open, place, partition, fresh=fresh)
            )
            self._open.add(place)
            try:
                yield store
            finally:
                self._open.discard(place)
                store.close()
        finally:
            os.close(lock)

    def size(self) -> int:
        """See `Stores.size`."""
        files = (file for place in tuple(self._open) for file in place.rglob("*"))
        return sum(map(_bytes_of, files))

    async def _take(self, home: Path) -> tuple[Path, int]:
        """Lock the newest place that is free, or a new one; clear away the others."""
        await asyncio.to_thread(_make, home)
        until = time.monotonic() + self._patience
        while True:
            places = _newest_first(home)
            for place in places[:1] if time.monotonic() < until else places:
                lock = try_lock(place)
                if lock is not None:
                    _clear(home, place)
                    return place, lock
            if not places or time.monotonic() >= until:
                number = int(places[0].name) + 1 if places else 0
                with suppress(FileExistsError):
                    (home / str(number)).mkdir(_MODE)
                    if places:
                        _log.warning("state is in use", partition=int(home.name))
                continue
            await asyncio.sleep(_LOOK)


async def _finish(opening: Coroutine[None, None, RocksStore]) -> RocksStore:
    """Await a store, also where we are cancelled: it must not outlive its lock."""
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        (await task).close()
        raise


def _bytes_of(file: Path) -> int:
    """How much a file takes; it may be gone by now."""
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0


def _make(home: Path) -> None:
    """Make the folders of a partition, of which the data folder itself may be open."""
    above = home.parent.parent
    above.parent.mkdir(parents=True, exist_ok=True)
    for folder in (above, home.parent, home):
        folder.mkdir(_MODE, exist_ok=True)
        folder.chmod(_MODE)


def _newest_first(home: Path) -> list[Path]:
    numbers = sorted(
        (int(one.name) for one in home.iterdir() if one.name.isdecimal()), reverse=True
    )
    return [home / str(number) for number in numbers]


def try_lock(place: Path) -> int | None:
    """Lock a folder, and give what holds the lock until it is closed.

    None where another holds it, or it is gone. Raises OSError.
    """
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if place.stat().st_ino == os.fstat(lock).st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)  # held, or cleared away while we were opening it
    return None


def _clear(home: Path, kept: Path) -> None:
    """Clear away every other place that is free, and what was left of doing so."""
    for place in _others(home, kept):
        lock = try_lock(place)
        if lock is not None:
            place.rename(place.with_name(place.name + _GONE))
            os.close(lock)
    for left in home.glob(f"*{_GONE}"):
        shutil.rmtree(left, ignore_errors=True)


def _others(home: Path, kept: Path) -> Iterator[Path]:
    return (place for place in _newest_first(home) if place != kept)


def _open(place: Path, partition: int, *, fresh: bool) -> RocksStore:
    if not fresh and not (place / DAMAGED).exists():
        try:
            store = RocksStore(place)
            try:
                store.mark()
            except BaseException:
                store.close()
                raise
        except (StateDamaged, StateError):
            pass  # where the disk takes nothing, the next one fails too
        else:
            return store
    if not fresh:
        _log.warning("state is damaged", partition=partition)
    shutil.rmtree(place / "db", ignore_errors=True)
    (place / DAMAGED).unlink(missing_ok=True)
    return RocksStore(place)

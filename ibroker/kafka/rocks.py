"""The state of one partition on disk, in RocksDB; it is a `Store`.

RocksDB, since state is written at random keys in many small batches: an LSM tree writes
each change a few times, where the B-trees of LMDB and SQLite write a page for it. Its
write-ahead log makes a batch whole or absent after SIGKILL, without an fsync for each;
after a power cut some of the last batches may be gone, in order, and the changelog has
those. Checksums tell what rotted on the disk; LMDB has none.
"""

from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from weakref import WeakSet

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    DBRecoveryMode,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
)

from ibroker.core.state import end_of
from ibroker.errors import StateDamaged, StateError
from ibroker.kafka.store import Changes, Mark

__all__ = ["DAMAGED", "RocksStore"]

DAMAGED = "damaged"  # a file of that name beside a store says so

_CACHE = 64 * 1024 * 1024  # bytes, of all stores of a process together
_BUFFER, _BUFFERS = 8 * 1024 * 1024, 2  # bytes of each that were not sorted in yet
_BLOOM = 10  # bits a key: of a hundred that are not there one is looked for on disk
_LOGS, _LOG = 2, 1024 * 1024  # RocksDB's own, which tell files and no keys
_MARK = b""  # no change has this key
_ROTTEN = "Corruption"  # how RocksDB's text about a fault begins


class RocksStore:
    """An open store; `close` it.

    `folder` is there, and nobody else has it. Raises StateDamaged where what is in it
    cannot be read, StateError where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._scans: WeakSet[Generator[tuple[bytes, bytes], None, None]] = WeakSet()
        try:
            self._db = Rdict(str(folder / "db"), _options())
        except Exception as error:  # noqa: BLE001 - rocksdict raises no other
            raise self._fault(error) from None
        self._get = self._db.get

    def close(self) -> None:
        """Let go of the files; scans that were not finished end here."""
        for scan in tuple(self._scans):
            scan.close()
        self._db.close()

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        try:
            value: bytes | None = self._get(key)
        except Exception as error:  # noqa: BLE001 - rocksdict raises no other
            raise self._fault(error) from None
        return value

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """See `State.scan`."""
        end = end_of(prefix)
        bounds = [bound for bound in (end, until) if bound is not None]
        scan = self._scan(prefix, min(bounds) if bounds else None)
        self._scans.add(scan)
        return scan

    def mark(self) -> Mark | None:
        """See `Store.mark`."""
        data = self.get(_MARK)
        try:
            return None if data is None else Mark.decode(data)
        except ValueError:
            raise self._note_damage() from None

    def write(self, changes: Changes, mark: Mark) -> None:
        """See `Store.write`."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in changes.items():
            if value is None:
                delete(key)
            else:
                put(key, value)
        put(_MARK, mark.encode())
        try:
            self._db.write(batch)
        except Exception as error:  # noqa: BLE001 - rocksdict raises no other
            raise self._fault(error) from None

    def _scan(
        self, begin: bytes, end: bytes | None
    ) -> Generator[tuple[bytes, bytes], None, None]:
        reading = ReadOptions()
        if end is not None:
            reading.set_iterate_upper_bound(end)
        try:
            found = self._db.iter(reading)
            found.seek(begin or b"\x00")  # the mark comes before
            while found.valid():
                yield found.key(), found.value()
                found.next()
            # Without this what cannot be read would look like the end.
            found.status()
        except Exception as error:  # noqa: BLE001 - rocksdict raises no other
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> StateDamaged | StateError:
        """A fault of ours for one of RocksDB, whose text may quote keys."""
        kind = str(error).partition(":")[0]
        if kind == _ROTTEN:
            return self._note_damage()
        return StateError(f"{self._folder}: {kind[:40]}")

    def _note_damage(self) -> StateDamaged:
        """Leave word of it: who opens it next does not use it."""
        try:
            (self._folder / DAMAGED).touch()
        except OSError as error:
            raise StateError(f"{self._folder}: {error.strerror}") from error
        return StateDamaged(str(self._folder))


@cache
def _shared_cache() -> Cache:
    return Cache(_CACHE)


def _options() -> Options:
    blocks = BlockBasedOptions()
    blocks.set_block_cache(_shared_cache())
    blocks.set_bloom_filter(_BLOOM, block_based=False)
    blocks.set_format_version(5)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(_BUFFER)
    options.set_max_write_buffer_number(_BUFFERS)
    options.set_keep_log_file_num(_LOGS)
    options.set_max_log_file_size(_LOG)
    # A log that breaks off, or rots, is read up to there: that is a store as it was.
    options.set_wal_recovery_mode(DBRecoveryMode.point_in_time())
    return options

"""Where simulated berichten go as files, and the truth beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

import msgspec

from ibroker.errors import ConfigError
from ibroker.simulatie.blok import Blok, Opdracht
from ibroker.simulatie.waarheid import Verwacht
from ibroker.simulatie.wlzwaarheid import Mensen, Signaalstand

__all__ = [
    "Uitvoer",
    "open_uitvoer",
    "read_waarheid",
    "truth_beside",
    "write_kop",
    "write_waarheid",
]

_FOR_ALL_TO_READ = 0o644 << 16
_TRUTH = "waarheid.jsonl"
_encode = msgspec.json.Encoder().encode


class Uitvoer(Protocol):
    """Takes files by their name."""

    def add(self, bestand: str, data: bytes) -> None:
        """Write one file."""


def write_waarheid(blok: Blok) -> bytes:
    """Write the truth: a line of JSON for each bericht and each signal that stands.

    It holds no BSN and nothing else of a bericht: only hashes, codes and outcomes. A
    signal says of whom it is by his number in the simulation, with the days that the
    check compares.
    """
    lines: list[Verwacht | Signaalstand] = [lot.verwacht for lot in blok.loten]
    lines += blok.signalen
    return b"".join(_encode(line) + b"\n" for line in lines)


def write_kop(opdracht: Opdracht) -> bytes:
    """Write the first line of the truth: which people it is about."""
    return _encode(Mensen(opdracht.eerste, opdracht.personen)) + b"\n"


def read_waarheid(path: Path) -> Iterator[Mensen | Verwacht | Signaalstand]:
    """Read a truth line by line. Raises ConfigError where it is none."""
    expected = msgspec.json.Decoder(Verwacht)
    people = msgspec.json.Decoder(Mensen)
    standing = msgspec.json.Decoder(Signaalstand)
    try:
        with path.open("rb") as file:
            for line in file:
                if line.startswith(b'{"eerste"'):
                    yield people.decode(line)
                elif line.startswith(b'{"persoon"'):
                    yield standing.decode(line)
                else:
                    yield expected.decode(line)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path}: geen waarheid van ibroker simulate") from error


def truth_beside(out: Path) -> Path:
    """Give the path of the truth that belongs to a folder or zip."""
    if out.suffix == ".zip":
        return out.with_suffix(f".{_TRUTH}")
    return out / _TRUTH


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, bestand: str, data: bytes) -> None:
        (self._folder / bestand).write_bytes(data)


class _Zip(ZipFile):
    """Not compressed, and without the time: the same seed gives the same file.

    `ZipFile.writestr` goes back to each header once it knows the length, which costs
    more than all else; here it is known beforehand.
    """

    def add(self, bestand: str, data: bytes) -> None:
        """See `Uitvoer.add`."""
        info = ZipInfo(bestand)
        info.CRC, info.header_offset = crc32(data), self.start_dir
        info.file_size = info.compress_size = len(data)
        info.external_attr = _FOR_ALL_TO_READ
        entry = info.FileHeader(zip64=False) + data
        if self.fp is None:
            raise ConfigError(f"{self.filename} is dicht")
        self.fp.write(entry)
        self.start_dir += len(entry)
        self.filelist.append(info)
        self.NameToInfo[bestand] = info
        self._didModify = True


@contextmanager
def open_uitvoer(out: Path) -> Iterator[Uitvoer]:
    """Open a zip, where the name ends so, or else a folder that is new or empty.

    Raises ConfigError where that cannot be written, or is there already.
    """
    try:
        if out.suffix == ".zip":
            with _Zip(out, "x", ZIP_STORED) as file:
                yield file
            return
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise ConfigError(f"{out} is niet leeg")
        yield _Folder(out)
    except OSError as error:
        raise ConfigError(f"{out}: {error.strerror}") from error

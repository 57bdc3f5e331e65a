"""Where the berichten to judge come from: files, folders, zips and stdin."""

import os
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ibroker.cli.text import printable

__all__ = ["STDIN", "Reader", "Source", "Unreadable", "find_sources"]

STDIN = "-"
_SUFFIXES = frozenset({".xml", ".zip"})
# zipfile inflates the other methods without a bound: a small entry could fill memory.
_BOUNDED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_NOT_A_ZIP = "geen leesbaar zipbestand"


@dataclass(frozen=True, slots=True)
class Source:
    """One bericht to read.

    `bestand` names it as the user did, `x.zip!a.xml` in a zip; `entry` is its place
    in that zip, since names may stand twice in one. `size` is an estimate in bytes.
    """

    bestand: str
    path: str
    entry: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read as a file, so nothing was judged."""

    bestand: str
    reden: str


def find_sources(paths: Iterable[str]) -> Iterator[Source | Unreadable]:
    """Find every bericht in these paths, in their order and then by name.

    A folder gives its *.xml and *.zip, however deep; a zip its *.xml, no zips in it.
    A path that is named itself is read whatever its name; a folder or zip in which
    there is nothing to judge counts as unreadable, since someone expects a verdict.
    """
    for path in paths:
        if path == STDIN:
            yield Source(STDIN, STDIN, None, 0)
        elif _is_folder(path):
            yield from _or_nothing(path, _in_folder(path), "geen *.xml of *.zip")
        elif _suffix(path) == ".zip":
            yield from _in_zip(path)
        else:
            yield _in_file(path)


def _or_nothing(
    bestand: str, found: Iterator[Source | Unreadable], reden: str
) -> Iterator[Source | Unreadable]:
    first = next(found, None)
    if first is None:
        yield Unreadable(printable(bestand), reden)
    else:
        yield first
        yield from found


def _in_folder(folder: str) -> Iterator[Source | Unreadable]:
    unlisted: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=unlisted.append):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)  # noqa: PTH118 - Path rewrites ./ and //
            match _suffix(name):
                case ".xml":
                    yield _in_file(path)
                case ".zip":
                    yield from _in_zip(path)
        yield from (_unreadable(str(error.filename), error) for error in unlisted)
        unlisted.clear()
    yield from (_unreadable(str(error.filename), error) for error in unlisted)


def _in_file(path: str) -> Source | Unreadable:
    try:
        size = Path(path).stat().st_size
    except OSError as error:
        return _unreadable(path, error)
    return Source(printable(path), path, None, size)


def _in_zip(path: str) -> Iterator[Source | Unreadable]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except OSError as error:
        yield _unreadable(path, error)
        return
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        yield Unreadable(printable(path), _NOT_A_ZIP)
        return
    berichten = (
        Source(
            printable(f"{path}!{entry.filename}"),
            path,
            index,
            # What a zip says of itself bounds nothing; it only divides the work.
            entry.file_size,
        )
        for index, entry in enumerate(entries)
        if _suffix(entry.filename) == ".xml"
        and PurePosixPath(entry.filename).parts[0] != "__MACOSX"
    )
    yield from _or_nothing(path, berichten, "geen *.xml in deze zip")


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False  # that it is not to be read is found when it is


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix in _SUFFIXES else ""


def _unreadable(path: str, error: OSError) -> Unreadable:
    return Unreadable(printable(path), f"niet te lezen: {error.strerror or error}")


class Reader:
    """Reads sources, at most `most` bytes of each; keeps the last zip open."""

    def __init__(self, most: int) -> None:
        """Read at most `most` bytes of each source."""
        self._most = most
        self._zip: tuple[str, zipfile.ZipFile] | None = None

    def read(self, source: Source) -> bytes | Unreadable:
        """Read a source. Its first `most` bytes if it holds more."""
        try:
            if source.path == STDIN:
                return sys.stdin.buffer.read(self._most)
            if source.entry is not None:
                return self._read_entry(source.bestand, source.path, source.entry)
            with Path(source.path).open("rb") as file:
                return file.read(self._most)
        except OSError as error:
            reden = f"niet te lezen: {error.strerror or error}"
            return Unreadable(source.bestand, reden)

    def _read_entry(self, bestand: str, path: str, index: int) -> bytes | Unreadable:
        try:
            archive = self._open(path)
            entry = archive.infolist()[index]
            if entry.flag_bits & _ENCRYPTED:
                return Unreadable(bestand, "versleuteld")
            if entry.compress_type not in _BOUNDED_METHODS:
                return Unreadable(bestand, "compressie wordt niet ondersteund")
            with archive.open(entry) as file:
                return file.read(self._most)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - a broken zip fails in many ways: zlib, EOF, ...
            return Unreadable(bestand, "beschadigd in de zip")

    def _open(self, path: str) -> zipfile.ZipFile:
        if self._zip is not None and self._zip[0] == path:
            return self._zip[1]
        self.close()
        archive = zipfile.ZipFile(path)
        self._zip = (path, archive)
        return archive

    def close(self) -> None:
        """Close what is still open."""
        if self._zip is not None:
            self._zip[1].close()
            self._zip = None

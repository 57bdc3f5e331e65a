"""Sees what is opened, read or connected to, by Python and by the C libraries below."""

import ctypes
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Guard", "Seen", "guarded"]

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_EVENTS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.system",
    "os.posix_spawn",
    "socket.",
    "subprocess.Popen",
    "urllib.Request",
)
_listeners: "list[list[str]]" = []
_hooked: list[bool] = []


def _audit(event: str, _arguments: tuple[object, ...]) -> None:
    if _listeners and event.startswith(_EVENTS):
        _listeners[-1].append(event)


class Seen:
    """What was seen; empty where all is well."""

    def __init__(self) -> None:
        self.events: list[str] = []


class Guard:
    """A folder and an address that nothing may touch while `watching`.

    Python's own audit events tell of Python code. libxml2 opens files without them, so
    inotify watches the folder; a connection waits at the listening socket.
    """

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/kwaad"
        self._listener = listener

    @contextmanager
    def watching(self) -> Iterator[Seen]:
        """Collect what is touched in the folder or by the network meanwhile."""
        seen = Seen()
        libc = ctypes.CDLL(None)
        inotify = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(inotify, os.fsencode(self.folder), _IN_ACCESS | _IN_OPEN)
        if not _hooked:
            sys.addaudithook(_audit)  # for good: a hook cannot be taken away
            _hooked.append(True)
        _listeners.append(seen.events)
        try:
            yield seen
        finally:
            _listeners.pop()
            seen.events += self._from_below(inotify)
            os.close(inotify)

    def _from_below(self, inotify: int) -> Iterator[str]:
        try:
            if os.read(inotify, 65_536):
                yield "a file was opened"
        except BlockingIOError:
            pass
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            pass
        else:
            yield "a connection was made"


@contextmanager
def guarded(folder: Path) -> Iterator[Guard]:
    """Lay out the files that hostile input points at, and listen."""
    (folder / "geheim.txt").write_text("KANARIE")
    (folder / "geheim.xml").write_text("<KANARIE/>")
    (folder / "kwaad.dtd").write_text('<!ENTITY e "KANARIE">')
    (folder / "kwaad.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' targetNamespace="urn:kwaad"><xs:element name="Bericht"/></xs:schema>'
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield Guard(folder, listener)

"""Looks for the BSNs of a run in all that it left, other than the berichten themselves.

A BSN is found as digits, and in the forms that hide nothing: base64, hex, and a digest
without a key, of which there are so few that one can count them all. Among millions of
digests of other things one holds the digits of a BSN by chance: that is no sight of it.
"""

import base64
import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from confluent_kafka import Message

from ibroker.kafka.rocks import RocksStore

__all__ = ["Canaries"]

# Where berichten may stand as they came: what parties hand in and get, and what
# operators must look into.
_BERICHTEN = re.compile(
    r"ggk\.(aanlevering|gemeente\.[0-9]{4}|zorgaanbieder|cak|svb|ciz|onbestelbaar)"
)
# All test BSNs begin alike, so that one look at a text finds whatever may be one. Of
# what does not hold the begin, of which most is, the pattern would be ten times slower.
_FORMS = tuple(
    (begin, re.compile(rb"(?=(" + begin + rest + rb"))"), decode)
    for begin, rest, decode in (
        (b"9999", rb"[0-9]{5}", bytes),
        (b"OTk5O", rb"[A-Za-z0-9+/]{7}", base64.b64decode),
        (b"39393939", rb"(?:3[0-9]){5}", unhexlify),
    )
)
# A digest or an id in hex, whole: it begins and ends there, and is not of digits alone.
_BY_CHANCE = re.compile(
    rb"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rb"|(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{16}))(?![0-9A-Za-z])"
)
_DIGESTS = re.compile(rb"[0-9a-f]{64,}")
_DIGEST = re.compile(rb"(?=([0-9a-f]{64}))")


class Canaries:
    """The BSNs that must not be seen."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self._numbers = frozenset(one.encode() for one in numbers)
        self._digests = {sha256(one).hexdigest().encode() for one in self._numbers}
        self._raw = tuple(bytes.fromhex(one.decode()) for one in self._digests)

    def are_in(self, data: bytes) -> bool:
        """Whether one of them can be read in these bytes."""
        return any(
            decode(one) in self._numbers
            for begin, form, decode in _FORMS
            if begin in data
            for one in form.findall(_BY_CHANCE.sub(b" ", data))
        ) or any(
            one in self._digests
            for run in _DIGESTS.findall(data)
            for one in _DIGEST.findall(run)
        )

    def in_messages(self, messages: Iterable[Message]) -> Iterator[str]:
        """Name each record with one in its key or headers, or in a value of our own."""
        for one in messages:
            topic = one.topic() or ""
            place = f"{topic}/{one.partition()}/{one.offset()}"
            headers: Any = one.headers() or ()
            key: Any = one.key() or b""
            value: Any = one.value() or b""
            if self.are_in(topic.encode()):
                yield f"{place}: topic"
            if self.are_in(key):
                yield f"{place}: key"
            for name, text in headers:
                if self.are_in(name.encode()) or self.are_in(text or b""):
                    yield f"{place}: header"
            if not _BERICHTEN.fullmatch(topic) and self.are_in(value):
                yield f"{place}: value"

    def in_folder(self, folder: Path) -> Iterator[str]:
        """Name each file with one in its name or contents, and each entry of a store.

        The stores are not in use; what is in them is packed, so they are opened too.
        """
        yield from self.in_files(folder.rglob("*"))
        for path in sorted(folder.rglob("CURRENT")):
            store = RocksStore(path.parent.parent)
            for key, value in store.scan(b""):
                if self.are_in(key) or self.are_in(value):
                    yield f"{path.parent}: an entry"
            store.close()

    def in_files(self, paths: Iterable[Path]) -> Iterator[str]:
        """Name each with one in its name or contents."""
        for path in sorted(paths):
            if self.are_in(path.name.encode()):
                yield f"{path}: name"
            if path.is_file() and self.are_in(path.read_bytes()):
                yield f"{path}: contents"

"""A dead letter as it may be seen: why it is here, never what is in it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ibroker.core.aanlevering import Reden, is_code, read_aanlevering
from ibroker.core.record import Position, Record
from ibroker.post.delivered import message_uuid

__all__ = ["DeadLetter", "Selection", "read_dead_letter", "read_marker"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record of the dead letter topic, without its key and its value.

    Those are as they came in, so they may hold anything. Of the headers only what is
    written as ibroker writes it is here, and None is what is not. `grootte` is in
    bytes; `bron` is where it came in, as topic/partition/offset. `is_whole` says
    whether the value is the bericht itself, so that it can be put back.
    """

    id: str | None
    reden: str | None
    tijd: str | None
    bron: str | None
    zender: str | None
    kenmerk: str | None
    sha256: str
    grootte: int
    is_whole: bool
    place: Position


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters someone means; what is empty selects all."""

    since: datetime | None = None
    redenen: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this is one of them."""
        return (
            (self.since is None or _is_since(letter.tijd, self.since))
            and (not self.redenen or letter.reden in self.redenen)
            and (not self.ids or letter.id in self.ids)
        )


def read_dead_letter(record: Record) -> DeadLetter:
    """Read a record of the dead letter topic, whoever wrote it."""
    found: dict[str, str] = {}
    for name, value in record.headers:
        pattern = _HEADERS.get(name)
        if pattern is not None and value is not None and name not in found:
            text = value.decode("ascii", "replace")
            if pattern.fullmatch(text):
                found[name] = text
    data = record.value or b""
    sha256 = hashlib.sha256(data).hexdigest()
    reden = found.get("reden")
    sender = read_aanlevering(record.headers)
    return DeadLetter(
        id=message_uuid(found.get("ce_id", "")),
        reden=reden,
        tijd=found.get("ce_time"),
        bron=found.get("bron"),
        zender=sender.zender if is_code(sender.zender) else None,
        kenmerk=sender.kenmerk,
        sha256=sha256,
        grootte=len(data),
        is_whole=reden not in _WITHOUT_BERICHT and sha256 == found.get("ce_sha256"),
        place=Position(record.topic, record.partition, record.offset),
    )


def read_marker(record: Record) -> tuple[str, Position] | None:
    """Read which dead letter a record of the marker topic says was put back, and where.

    None for what is not such a marker.
    """
    identity = message_uuid((record.key or b"").decode("ascii", "replace"))
    try:
        row = json.loads(record.value or b"")
        place = Position(str(row["topic"]), int(row["partition"]), int(row["offset"]))
    except (ValueError, KeyError, TypeError):
        return None
    return None if identity is None else (identity, place)


def _is_since(tijd: str | None, since: datetime) -> bool:
    if tijd is None:
        return False
    try:
        return datetime.fromisoformat(tijd) >= since
    except (ValueError, TypeError):
        return False


# Of these the value is not the bericht: it could not be decoded, or was left behind.
_WITHOUT_BERICHT = frozenset({Reden.ONLEESBAAR.value, Reden.TE_GROOT.value})

# How ibroker writes what it writes. Anything else, such as a value of a bericht that
# someone put in a header, is not shown.
_HEADERS: Mapping[str, re.Pattern[str]] = {
    "ce_id": re.compile(r"[0-9a-f-]{36}"),
    "ce_time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)"),
    "ce_sha256": re.compile(r"[0-9a-f]{64}"),
    "reden": re.compile("|".join(Reden)),
    "bron": re.compile(r"[A-Za-z0-9._-]+/[0-9]+/[0-9]+"),
}

"""A delivered record as its receiver sees it: headers read, content checked."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from ibroker.core.record import Position, Record

__all__ = ["Damaged", "Delivered", "message_uuid", "read_delivered", "sidecar"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivered bericht, with what its CloudEvents headers say of it.

    `id` is the message id, a UUID in its usual spelling and nothing else: it becomes
    a file name. `inreplyto` is the id of the bericht that this one answers.
    """

    id: str
    type: str
    tijd: str
    zender: str
    ontvanger: str
    kenmerk: str | None
    inreplyto: str | None
    sha256: str
    place: Position
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that was not delivered by ibroker, or no longer is as it was."""

    place: Position
    reden: str


def read_delivered(record: Record) -> Delivered | Damaged:
    """Read a record of a recipient's topic; its bytes must be those of `ce_sha256`."""
    place = Position(record.topic, record.partition, record.offset)
    data = record.value or b""
    twice = [
        name
        for name, count in Counter(name for name, _ in record.headers).items()
        if count > 1 and name in _READ
    ]
    if twice:
        return Damaged(place, f"header {twice[0]} staat er twee keer")
    texts = {
        name: value.decode("utf-8", "backslashreplace")
        for name, value in record.headers
        if name in _READ and value is not None
    }
    missing = [name for name in _NEEDED if name not in texts]
    if missing:
        return Damaged(place, f"header {missing[0]} ontbreekt")
    identity = message_uuid(texts["ce_id"])
    if identity is None:
        return Damaged(place, "header ce_id is geen UUID")
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != texts["ce_sha256"]:
        return Damaged(place, "de inhoud past niet bij header ce_sha256")
    return Delivered(
        id=identity,
        type=texts["ce_type"],
        tijd=texts["ce_time"],
        zender=texts["ce_zender"],
        ontvanger=texts["ce_ontvanger"],
        kenmerk=texts.get("kenmerk"),
        inreplyto=texts.get("ce_inreplyto"),
        sha256=sha256,
        place=place,
        data=data,
    )


def message_uuid(text: str) -> str | None:
    """Give a UUID as it is usually spelled; None for whatever else, such as a path."""
    try:
        identity = str(UUID(text))
    except ValueError:
        return None
    # UUID() also takes braces, urn: and capitals; a second spelling is a second file.
    return identity if identity == text else None


def sidecar(delivered: Delivered) -> bytes:
    """Write as JSON what a receiver needs beside the bericht itself."""
    row = {
        "id": delivered.id,
        "type": delivered.type,
        "tijd": delivered.tijd,
        "zender": delivered.zender,
        "ontvanger": delivered.ontvanger,
        "kenmerk": delivered.kenmerk,
        "inreplyto": delivered.inreplyto,
        "sha256": delivered.sha256,
        "grootte": len(delivered.data),
        "topic": delivered.place.topic,
        "partition": delivered.place.partition,
        "offset": delivered.place.offset,
    }
    return json.dumps(row, ensure_ascii=False, indent=2).encode() + b"\n"


_NEEDED = ("ce_id", "ce_type", "ce_time", "ce_zender", "ce_ontvanger", "ce_sha256")
_READ = frozenset({*_NEEDED, "kenmerk", "ce_inreplyto"})

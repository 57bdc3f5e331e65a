"""Delivered records, as the router writes them."""

import hashlib
from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from ibroker.core.record import Headers, Outgoing

__all__ = ["bericht", "delivery", "identity"]


def identity(number: int) -> str:
    """A message id."""
    return str(uuid5(NAMESPACE_URL, str(number)))


def bericht(number: int) -> bytes:
    """A bericht that can be told from all others."""
    return f"<bericht>{number}</bericht>".encode()


def delivery(
    topic: str,
    number: int,
    *,
    key: bytes = b"0344",
    partition: int | None = None,
    changed: Mapping[str, bytes | None] | None = None,
) -> Outgoing:
    """A delivery; `changed` headers have another value, or with None are left out."""
    value = bericht(number)
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": identity(number).encode(),
        "ce_source": b"urn:ibroker:test",
        "ce_type": b"nl.istandaarden.wmo301",
        "ce_time": b"2026-11-24T10:00:00.000Z",
        "ce_zender": b"0344",
        "ce_ontvanger": b"01234567",
        "ce_sha256": hashlib.sha256(value).hexdigest().encode(),
        "content-type": b"application/xml",
        "kenmerk": b"week-48",
    }
    kept: Headers = tuple(
        (name, content)
        for name, content in {**headers, **(changed or {})}.items()
        if content is not None
    )
    return Outgoing(topic, key, value, kept, partition)

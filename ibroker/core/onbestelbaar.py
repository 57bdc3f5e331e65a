"""What could be neither delivered nor answered, as the record that operators get."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ibroker.core.aanlevering import Reden
from ibroker.core.delivery import Stempel
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.record import Headers, Outgoing

__all__ = ["Onbestelbaar", "lay_aside"]

_MOST_KEY: Final = 1000  # bytes


@dataclass(frozen=True, slots=True)
class Onbestelbaar:
    """What is laid aside, why, and from whom as far as that may be shown.

    `key` and `value` are those that came in; of what no one can decode `value` is the
    batch as the log has it.
    """

    reden: Reden
    key: bytes | None
    value: bytes | None
    zender: str | None = None
    kenmerk: str | None = None


def lay_aside(lost: Onbestelbaar, stempel: Stempel, topic: str) -> Outgoing:
    """Make the record for `topic`; its headers say why it is there and from where.

    Of what the log found too large only the headers go there: the original stands
    where they say, as long as that topic keeps it.
    """
    key, value = lost.key or b"", lost.value or b""
    if lost.reden is Reden.TE_GROOT:
        key, value = key if len(key) <= _MOST_KEY else b"", b""
    headers: Headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(stempel.id).encode()),
        ("ce_source", stempel.bron.encode()),
        ("ce_type", Uitkomsttype.ONBESTELBAAR.encode()),
        ("ce_time", stempel.tijd.encode()),
        ("ce_sha256", sha256(value).hexdigest().encode()),
        ("reden", lost.reden.encode()),
        ("bron", stempel.plaats.encode()),
    )
    if lost.zender is not None:
        headers += (("zender", lost.zender.encode()),)
    if lost.kenmerk is not None:
        headers += (("kenmerk", lost.kenmerk.encode()),)
    return Outgoing(topic, key, value, headers)

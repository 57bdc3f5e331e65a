"""What could be neither delivered nor answered, as the record that operators get."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ibroker.core.aanlevering import Reden, is_code, read_aanlevering
from ibroker.core.delivery import Stempel, build_stempel, moment_of
from ibroker.core.gebeurtenis import Gebeurtenis, Uitkomsttype
from ibroker.core.poststuk import Outcome, RouteTables
from ibroker.core.record import Headers, Outgoing, Record, Unreadable
from ibroker.core.register import Register

__all__ = ["Onbestelbaar", "lay_aside", "set_aside"]

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


def set_aside(lost: Record | Unreadable, reden: Reden, tables: RouteTables) -> Outcome:
    """Lay aside what can be neither delivered nor answered, for operators."""
    place = lost.topic, lost.partition, lost.offset
    stempel = build_stempel(place, moment_of(lost.timestamp), tables.bron)
    digest = grootte = None
    if isinstance(lost, Unreadable):
        letter = Onbestelbaar(reden, None, lost.raw)
    else:
        aanlevering = read_aanlevering(lost.headers)
        zender = _shown(aanlevering.zender, tables.register)
        letter = Onbestelbaar(reden, lost.key, lost.value, zender, aanlevering.kenmerk)
        value = lost.value or b""
        digest, grootte = sha256(value).hexdigest(), len(value)
    topics = tables.register.topics
    gebeurtenis = Gebeurtenis(
        type=Uitkomsttype.ONBESTELBAAR,
        stempel=stempel,
        zender=letter.zender,
        kenmerk=letter.kenmerk,
        sha256=digest,
        grootte=grootte,
        regels=(reden,),
    )
    outgoing = lay_aside(letter, stempel, topics.onbestelbaar)
    return Outcome((outgoing,), gebeurtenis, topics.gebeurtenissen)


def _shown(zender: str | Reden, register: Register) -> str | None:
    """Give a sender as far as operators may see it; else it may be anything at all."""
    if isinstance(zender, Reden):
        return None
    return zender if is_code(zender) or register.partij(zender) is not None else None

"""Differences in words for people, in Dutch."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ibroker.topics.plan import (
    AddAcl,
    AddPartitions,
    Change,
    CreateTopic,
    DeleteTopic,
    FewerPartitions,
    Finding,
    ForeignAcl,
    OtherReplication,
    RemoveAcl,
    SetConfig,
    SetQuota,
)
from ibroker.topics.state import Acl, Kind, Operation, Topic

__all__ = ["Line", "group", "word"]

_OPERATIONS = {
    Operation.ALL: "alles met",
    Operation.READ: "lezen van",
    Operation.WRITE: "schrijven naar",
    Operation.CREATE: "maken van",
    Operation.DELETE: "verwijderen van",
    Operation.ALTER: "wijzigen van",
    Operation.DESCRIBE: "zien van",
    Operation.CLUSTER_ACTION: "clusteractie op",
    Operation.DESCRIBE_CONFIGS: "instellingen zien van",
    Operation.ALTER_CONFIGS: "instellingen wijzigen van",
    Operation.IDEMPOTENT_WRITE: "idempotent schrijven naar",
    Operation.CREATE_TOKENS: "tokens maken voor",
    Operation.DESCRIBE_TOKENS: "tokens zien van",
    Operation.TWO_PHASE_COMMIT: "two-phase commit met",
}
_KINDS = {
    Kind.TOPIC: "topic",
    Kind.GROUP: "groep",
    Kind.CLUSTER: "cluster",
    Kind.TRANSACTIONAL_ID: "transactional.id",
    Kind.DELEGATION_TOKEN: "delegation token",
    Kind.USER: "gebruiker",
}
_CODE = re.compile(r"(?<=[.-])[0-9]{4}\b")
_FEW = 3  # of a kind, that are each shown
_STANDARD = "standaard van het cluster"


@dataclass(frozen=True, slots=True)
class Line:
    """One difference: what is to be done (or `!`), to what, and how."""

    sign: str
    what: str
    name: str
    detail: str
    codes: tuple[str, ...] = ()
    """Of which gemeenten it is, where one line stands for several."""


def word(one: Change | Finding) -> Line:
    """Say one difference."""
    return _word_finding(one) if isinstance(one, Finding) else _word_change(one)


def _word_change(one: Change) -> Line:  # noqa: PLR0911 - one for each kind
    match one:
        case CreateTopic(topic):
            return Line("+", "topic maken", topic.name, _topic(topic))
        case DeleteTopic(name):
            return Line("-", "topic verwijderen", name, "met alles wat erin staat")
        case AddPartitions(name, now, wanted):
            how = f"{now} → {wanted}; sleutels komen deels op een andere partitie"
            return Line("~", "partities erbij", name, how)
        case SetConfig(name, key, before, after):
            how = f"{key}: {before or _STANDARD} → {after or _STANDARD}"
            return Line("~", "instelling", name, how)
        case AddAcl(acl):
            return Line("+", "toegang geven", acl.principal, _access(acl))
        case RemoveAcl(acl):
            return Line("-", "toegang intrekken", acl.principal, _access(acl))
        case SetQuota(principal, key, had, limit):
            how = f"{key}: {_limit(had)} → {_limit(limit)}"
            return Line("~", "quotum", principal, how)


def _word_finding(one: Finding) -> Line:
    match one:
        case FewerPartitions(name, now, wanted):
            how = f"{now} in plaats van {wanted}: Kafka kan er geen weghalen"
            return Line("!", "te veel partities", name, how)
        case OtherReplication(name, now, wanted):
            how = (
                f"{now} in plaats van {wanted}: verplaats met kafka-reassign-partitions"
            )
            return Line("!", "andere replicatie", name, how)
        case ForeignAcl(acl):
            return Line("!", "vreemde toegang", acl.principal, _access(acl))


def group(lines: Iterable[Line]) -> list[Line]:
    """Put into one what is the same for more than a few gemeenten."""
    alike: dict[Line, list[Line]] = {}
    for line in lines:
        alike.setdefault(_without_code(line), []).append(line)
    shown: list[Line] = []
    for shape, members in alike.items():
        if len(members) > _FEW:
            codes = tuple(_CODE.findall(line.name)[0] for line in members)
            shown.append(Line(shape.sign, shape.what, shape.name, shape.detail, codes))
        else:
            shown += members
    return shown


def _without_code(line: Line) -> Line:
    if not _CODE.search(line.name):
        return line
    name, detail = (_CODE.sub("<code>", text) for text in (line.name, line.detail))
    return Line(line.sign, line.what, name, detail)


def _topic(topic: Topic) -> str:
    parts = [
        f"{topic.partitions} partitie{'s' if topic.partitions > 1 else ''}",
        f"{topic.replicas} exempla{'ren' if topic.replicas > 1 else 'ar'}",
        *(f"{key}={value}" for key, value in topic.config.items()),
    ]
    return ", ".join(parts)


def _access(acl: Acl) -> str:
    resource = acl.resource
    name = resource.name + ("*" if resource.is_prefix else "")
    parts = [_OPERATIONS[acl.operation], _KINDS[resource.kind], name]
    if not acl.allows:
        parts.insert(0, "verboden:")
    if acl.host != "*":
        parts.append(f"vanaf {acl.host}")
    return " ".join(parts)


def _limit(value: float | None) -> str:
    return "geen" if value is None else f"{value:.15g}"

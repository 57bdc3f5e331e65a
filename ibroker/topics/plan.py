"""How a cluster differs from what it must be, and what would make it so. Pure.

A `Change` can be made; a `Finding` can only be told, since making it right would lose
something or is not for us to decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ibroker.topics.expansion import MIN_INSYNC
from ibroker.topics.state import (
    Acl,
    Actual,
    Desired,
    Kind,
    Operation,
    Ours,
    Topic,
)

__all__ = [
    "AddAcl",
    "AddPartitions",
    "Change",
    "CreateTopic",
    "DeleteTopic",
    "FewerPartitions",
    "Finding",
    "ForeignAcl",
    "OtherReplication",
    "Plan",
    "RemoveAcl",
    "SetConfig",
    "SetQuota",
    "diff",
]


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """A topic is missing."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """A topic has too few partitions. New keys then go elsewhere than older ones."""

    topic: str
    now: int
    wanted: int


@dataclass(frozen=True, slots=True)
class SetConfig:
    """A topic has another value; None is what it inherits from the brokers."""

    topic: str
    key: str
    now: str | None
    wanted: str | None


@dataclass(frozen=True, slots=True)
class DeleteTopic:
    """A topic of ours that must not be there; with it go its records."""

    topic: str


@dataclass(frozen=True, slots=True)
class AddAcl:
    """Access that is missing."""

    acl: Acl


@dataclass(frozen=True, slots=True)
class RemoveAcl:
    """Access that must not be there."""

    acl: Acl


@dataclass(frozen=True, slots=True)
class SetQuota:
    """A principal has another quota; None is no quota of its own."""

    principal: str
    key: str
    now: float | None
    wanted: float | None


@dataclass(frozen=True, slots=True)
class FewerPartitions:
    """A topic has more partitions than it must: Kafka cannot take any away."""

    topic: str
    now: int
    wanted: int


@dataclass(frozen=True, slots=True)
class OtherReplication:
    """A topic has another number of copies: moving them needs a plan of its own."""

    topic: str
    now: int
    wanted: int


@dataclass(frozen=True, slots=True)
class ForeignAcl:
    """An ACL that we did not make and leave, but that touches our topics.

    It opens them to somebody (it is on `*`, say), or forbids something: then somebody
    has blocked a principal, and that is not for a program to undo.
    """

    acl: Acl


Change = (
    CreateTopic
    | AddPartitions
    | SetConfig
    | AddAcl
    | RemoveAcl
    | SetQuota
    | DeleteTopic
)
Finding = FewerPartitions | OtherReplication | ForeignAcl

# What lets somebody see or change the records of a topic.
_OPENING = frozenset(
    {
        Operation.ALL,
        Operation.READ,
        Operation.WRITE,
        Operation.DELETE,
        Operation.ALTER,
        Operation.ALTER_CONFIGS,
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole difference, in the order in which it is to be made.

    Without an authorizer (`has_authorizer` is False) there is no access to compare, and
    no principal to set a quota for: then it is of topics alone.
    """

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    has_authorizer: bool

    @property
    def is_empty(self) -> bool:
        """Whether the cluster is as it must be."""
        return not self.changes and not self.findings

    def allowed(self, *, allow_delete: bool) -> tuple[Change, ...]:
        """Give the changes that may be made."""
        return tuple(
            change
            for change in self.changes
            if allow_delete or not isinstance(change, DeleteTopic)
        )


def diff(desired: Desired, actual: Actual) -> Plan:
    """Compare; what of `actual` is not ours has no part in it, but for its ACLs.

    Access is given before any is taken, and nothing goes before all else is there.
    """
    has = {t.name: t for t in actual.topics if desired.ours.has_topic(t.name)}
    must = {t.name: t for t in desired.topics}
    changes: list[Change] = []
    findings: list[Finding] = []
    for one in _diff_topics(must, has):
        if isinstance(one, Finding):
            findings.append(one)
        else:
            changes.append(one)
    if actual.acls is not None:
        ours = {acl for acl in actual.acls if acl.allows and desired.ours.has_acl(acl)}
        changes += (AddAcl(acl) for acl in sorted(desired.acls - ours))
        changes += (RemoveAcl(acl) for acl in sorted(ours - desired.acls))
        changes += _diff_quotas(desired, actual)
        findings += (
            ForeignAcl(acl)
            for acl in sorted(actual.acls - ours)
            if _touches(acl, desired.ours)
        )
    changes += (DeleteTopic(name) for name in sorted(has.keys() - must.keys()))
    return Plan(tuple(changes), tuple(findings), actual.acls is not None)


def _diff_topics(
    must: Mapping[str, Topic], has: Mapping[str, Topic]
) -> Iterator[CreateTopic | AddPartitions | SetConfig | Finding]:
    both = sorted(must.keys() & has.keys())
    for name in sorted(must.keys() - has.keys()):
        yield CreateTopic(must[name])
    for name in both:
        wanted, now = must[name].partitions, has[name].partitions
        if now < wanted:
            yield AddPartitions(name, now, wanted)
        elif now > wanted:
            yield FewerPartitions(name, now, wanted)
    for name in both:
        yield from _diff_config(must[name], has[name])
    for name in both:
        wanted, now = must[name].replicas, has[name].replicas
        if now != wanted:
            yield OtherReplication(name, now, wanted)


def _diff_config(must: Topic, has: Topic) -> Iterator[SetConfig]:
    """Compare what is set. Never asks for more copies in sync than a topic has.

    It could not be written to any more; that it has too few is told already.
    """
    for key in sorted(must.config.keys() | has.config.keys()):
        wanted, now = must.config.get(key), has.config.get(key)
        if key == MIN_INSYNC and wanted is not None and int(wanted) > has.replicas:
            continue
        if now != wanted:
            yield SetConfig(must.name, key, now, wanted)


def _diff_quotas(desired: Desired, actual: Actual) -> Iterator[SetQuota]:
    ours = {p for p in actual.quotas if desired.ours.has_principal(p)}
    for principal in sorted(desired.quotas.keys() | ours):
        must = desired.quotas.get(principal, {})
        has = actual.quotas.get(principal, {})
        for key in sorted(must.keys() | has.keys()):
            wanted, now = must.get(key), has.get(key)
            if now != wanted:
                yield SetQuota(principal, key, now, wanted)


def _touches(acl: Acl, ours: Ours) -> bool:
    """Whether an ACL that is not one of ours opens or closes a topic of ours."""
    if not acl.allows and ours.has_acl(acl):
        return True
    return acl.resource.covers(Kind.TOPIC, ours.topics) and (
        not acl.allows or acl.operation in _OPENING
    )

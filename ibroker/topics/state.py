"""What a cluster has, or must have: topics, access and quotas, as values.

Names and numbers are Kafka's own: a config is the text that the broker keeps for it, a
quota is in bytes per second or percent, for each broker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Acl",
    "Actual",
    "Desired",
    "Kind",
    "Limits",
    "Operation",
    "Ours",
    "Resource",
    "Topic",
]


class Kind(StrEnum):
    """What access is given to."""

    TOPIC = "topic"
    GROUP = "group"
    CLUSTER = "cluster"
    TRANSACTIONAL_ID = "transactional-id"
    DELEGATION_TOKEN = "delegation-token"  # noqa: S105 - a kind, no secret
    USER = "user"


class Operation(StrEnum):
    """What one may do, in the order of Kafka's numbers; some imply `DESCRIBE`."""

    ALL = "all"
    READ = "read"
    WRITE = "write"
    CREATE = "create"
    DELETE = "delete"
    ALTER = "alter"
    DESCRIBE = "describe"
    CLUSTER_ACTION = "cluster-action"
    DESCRIBE_CONFIGS = "describe-configs"
    ALTER_CONFIGS = "alter-configs"
    IDEMPOTENT_WRITE = "idempotent-write"
    CREATE_TOKENS = "create-tokens"
    DESCRIBE_TOKENS = "describe-tokens"
    TWO_PHASE_COMMIT = "two-phase-commit"


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """A thing by its name, or all things whose names begin so.

    The name `*` is Kafka's own for all of a kind; the cluster is `kafka-cluster`.
    """

    kind: Kind
    name: str
    is_prefix: bool = False

    def covers(self, kind: Kind, prefix: str) -> bool:
        """Whether it holds a thing of this kind whose name begins with `prefix`."""
        if kind is not self.kind:
            return False
        if self.name == "*" or self.name.startswith(prefix):
            return True
        return self.is_prefix and prefix.startswith(self.name)


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """A principal may do something, or (`allows` is False) may not."""

    principal: str
    operation: Operation
    resource: Resource
    host: str = "*"
    allows: bool = True


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; `config` holds only what is set for it, not what it inherits."""

    name: str
    partitions: int
    replicas: int
    config: Mapping[str, str] = field(default_factory=dict)


Limits = Mapping[str, float]
"""The quotas of one principal, by Kafka's name of each."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Which part of a cluster is ours; the rest is never touched.

    Ours are the topics whose names begin with `topics`, and access that is on those
    topics, or of a principal that begins with `principals` (`User:CN=...`).
    """

    topics: str
    principals: str

    def has_topic(self, name: str) -> bool:
        """Whether the topic of that name is ours."""
        return name.startswith(self.topics)

    def has_principal(self, principal: str) -> bool:
        """Whether it is one of our principals."""
        return principal.startswith(self.principals)

    def has_acl(self, acl: Acl) -> bool:
        """Whether that access is ours to give and take."""
        on_ours = acl.resource.kind is Kind.TOPIC and self.has_topic(acl.resource.name)
        return on_ours or self.has_principal(acl.principal)


@dataclass(frozen=True, slots=True)
class Desired:
    """What a cluster must have: `quotas` by principal."""

    ours: Ours
    topics: tuple[Topic, ...]
    acls: frozenset[Acl]
    quotas: Mapping[str, Limits]


@dataclass(frozen=True, slots=True)
class Actual:
    """What a cluster has.

    `brokers` counts those that are down for a while too. `acls` is None where the
    cluster has no authorizer: then everybody may do everything.
    """

    brokers: int
    topics: tuple[Topic, ...]
    acls: frozenset[Acl] | None
    quotas: Mapping[str, Limits]

"""Our values in the numbers of Kafka's protocol, and back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka.protocol.admin import (  # type: ignore[import-untyped]
    AlterClientQuotasRequest,
    CreateAclsRequest,
    CreateTopicsRequest,
    DeleteAclsRequest,
    DescribeAclsRequest,
    DescribeClientQuotasRequest,
)

from ibroker.topics.plan import SetConfig, SetQuota
from ibroker.topics.state import Acl, Kind, Operation, Resource, Topic

__all__ = [
    "ALL_ACLS",
    "QUOTAS_OF_USERS",
    "acl_creation",
    "acl_filter",
    "config_changes",
    "quota_changes",
    "read_acls",
    "read_quotas",
    "read_topic_config",
    "topic_creation",
]

# The numbers of Kafka's ResourceType, AclOperation, PatternType and AclPermissionType.
_KINDS = {
    Kind.TOPIC: 2,
    Kind.GROUP: 3,
    Kind.CLUSTER: 4,
    Kind.TRANSACTIONAL_ID: 5,
    Kind.DELEGATION_TOKEN: 6,
    Kind.USER: 7,
}
_OPERATIONS = {operation: number for number, operation in enumerate(Operation, 2)}
_ANY, _LITERAL, _PREFIXED = 1, 3, 4
_DENY, _ALLOW = 2, 3
_KIND_OF = {number: kind for kind, number in _KINDS.items()}
_OPERATION_OF = {number: operation for operation, number in _OPERATIONS.items()}

_SET_FOR_TOPIC = 1  # ConfigSource DYNAMIC_TOPIC_CONFIG
_SET, _UNSET = 0, 1  # AlterConfigOp
_ANY_NAME = 2  # match type of a quota's entity: whatever its name
_USER = "User:"  # a principal is this and the name of a user

ALL_ACLS = DescribeAclsRequest(
    resource_type_filter=_ANY,
    resource_name_filter=None,
    pattern_type_filter=_ANY,
    principal_filter=None,
    host_filter=None,
    operation=_ANY,
    permission_type=_ANY,
)
QUOTAS_OF_USERS = DescribeClientQuotasRequest(
    components=[
        DescribeClientQuotasRequest.ComponentData(
            entity_type="user", match_type=_ANY_NAME, match=None
        )
    ],
    strict=True,  # none of a user on one client id
)


def topic_creation(topic: Topic) -> CreateTopicsRequest.CreatableTopic:
    """Say that a topic is to be made."""
    creatable = CreateTopicsRequest.CreatableTopic
    return creatable(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=topic.replicas,
        assignments=[],
        configs=[
            creatable.CreatableTopicConfig(name=key, value=value)
            for key, value in topic.config.items()
        ],
    )


def config_changes(changes: Iterable[SetConfig]) -> list[tuple[str, int, str | None]]:
    """Say which values of one topic are to be set, and which to be inherited."""
    return [
        (one.key, _UNSET if one.wanted is None else _SET, one.wanted) for one in changes
    ]


def quota_changes(
    principal: str, changes: Iterable[SetQuota]
) -> AlterClientQuotasRequest.EntryData:
    """Say which quotas of one principal are to be set, and which to be taken away."""
    entry = AlterClientQuotasRequest.EntryData
    return entry(
        entity=[
            entry.EntityData(
                entity_type="user", entity_name=principal.removeprefix(_USER)
            )
        ],
        ops=[
            entry.OpData(
                key=one.key, value=one.wanted or 0.0, remove=one.wanted is None
            )
            for one in changes
        ],
    )


def acl_creation(acl: Acl) -> CreateAclsRequest.AclCreation:
    """Say that access is to be given."""
    return CreateAclsRequest.AclCreation(
        resource_type=_KINDS[acl.resource.kind],
        resource_name=acl.resource.name,
        resource_pattern_type=_PREFIXED if acl.resource.is_prefix else _LITERAL,
        principal=acl.principal,
        host=acl.host,
        operation=_OPERATIONS[acl.operation],
        permission_type=_ALLOW if acl.allows else _DENY,
    )


def acl_filter(acl: Acl) -> DeleteAclsRequest.DeleteAclsFilter:
    """Say that just this access is to be taken away."""
    return DeleteAclsRequest.DeleteAclsFilter(
        resource_type_filter=_KINDS[acl.resource.kind],
        resource_name_filter=acl.resource.name,
        pattern_type_filter=_PREFIXED if acl.resource.is_prefix else _LITERAL,
        principal_filter=acl.principal,
        host_filter=acl.host,
        operation=_OPERATIONS[acl.operation],
        permission_type=_ALLOW if acl.allows else _DENY,
    )


def read_acls(resources: Iterable[Any]) -> Iterator[Acl]:
    """Read a DescribeAcls response. Raises KeyError for what Kafka has added since."""
    for one in resources:
        resource = Resource(
            _KIND_OF[one.resource_type],
            one.resource_name,
            one.pattern_type == _PREFIXED,
        )
        for acl in one.acls:
            yield Acl(
                acl.principal,
                _OPERATION_OF[acl.operation],
                resource,
                acl.host,
                acl.permission_type == _ALLOW,
            )


def read_topic_config(configs: Iterable[Any]) -> dict[str, str]:
    """Read of a DescribeConfigs response what is set for the topic itself."""
    return {
        one.name: one.value for one in configs if one.config_source == _SET_FOR_TOPIC
    }


def read_quotas(entries: Iterable[Any]) -> Mapping[str, Mapping[str, float]]:
    """Read a DescribeClientQuotas response: by principal, without the default one."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for entry in entries:
        (entity,) = entry.entity
        if entity.entity_name is not None:
            limits = {one.key: one.value for one in entry.values}
            found[_USER + entity.entity_name] |= limits
    return found

"""What differs between a cluster and what it must have."""

from hypothesis import given
from hypothesis import strategies as st

from ibroker.topics.memory import MemoryAdmin
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
    Plan,
    RemoveAcl,
    SetConfig,
    SetQuota,
    diff,
)
from ibroker.topics.state import (
    Acl,
    Actual,
    Desired,
    Kind,
    Operation,
    Ours,
    Resource,
    Topic,
)

OURS = Ours("ggk.", "User:CN=ggk-")
IN = Topic("ggk.in", 2, 1, {"retention.ms": "5"})
READ_IN = Acl("User:CN=ggk-a", Operation.READ, Resource(Kind.TOPIC, "ggk.in"))


def wish(*topics: Topic, acls: tuple[Acl, ...] = (), **quota: float) -> Desired:
    """What must be; `quota` is that of principal a."""
    quotas = {"User:CN=ggk-a": quota} if quota else {}
    return Desired(OURS, topics, frozenset(acls), quotas)


def there(*topics: Topic, acls: tuple[Acl, ...] | None = (), **quota: float) -> Actual:
    """What is; `quota` is that of principal a."""
    quotas = {"User:CN=ggk-a": quota} if quota else {}
    return Actual(1, topics, None if acls is None else frozenset(acls), quotas)


def changes(desired: Desired, actual: Actual) -> list[Change]:
    """What is to be made; nothing else is told."""
    plan = diff(desired, actual)
    assert () == plan.findings
    return list(plan.changes)


def findings(desired: Desired, actual: Actual) -> list[Finding]:
    """What is only told; nothing is to be made."""
    plan = diff(desired, actual)
    assert () == plan.changes
    return list(plan.findings)


def test_the_same_needs_nothing() -> None:
    """Of a cluster that is as it must be nothing is told."""
    plan = diff(wish(IN, acls=(READ_IN,), a=1.0), there(IN, acls=(READ_IN,), a=1.0))

    assert Plan((), (), has_authorizer=True) == plan
    assert plan.is_empty


def test_a_missing_topic_is_created() -> None:
    """A topic that is not there is made."""
    assert [CreateTopic(IN)] == changes(wish(IN), there())


def test_too_few_partitions_are_added() -> None:
    """Missing partitions are added."""
    actual = there(Topic("ggk.in", 1, 1, IN.config))

    assert [AddPartitions("ggk.in", 1, 2)] == changes(wish(IN), actual)


def test_too_many_partitions_are_told() -> None:
    """Partitions cannot be taken away: it is told."""
    actual = there(Topic("ggk.in", 3, 1, IN.config))

    assert [FewerPartitions("ggk.in", 3, 2)] == findings(wish(IN), actual)


def test_other_copies_are_told() -> None:
    """Another number of copies is told and left alone."""
    actual = there(Topic("ggk.in", 2, 3, IN.config))

    assert [OtherReplication("ggk.in", 3, 1)] == findings(wish(IN), actual)


def test_never_more_in_sync_than_copies() -> None:
    """A topic with one copy is not told to have two in sync: it would stand still."""
    must = Topic("ggk.in", 2, 3, {"min.insync.replicas": "2"})
    has = Topic("ggk.in", 2, 1, {"min.insync.replicas": "1"})

    assert [OtherReplication("ggk.in", 1, 3)] == findings(wish(must), there(has))
    enough = Topic("ggk.in", 2, 2, has.config)
    plan = diff(wish(must), there(enough))
    assert (SetConfig("ggk.in", "min.insync.replicas", "1", "2"),) == plan.changes


def test_every_config_that_differs_is_set() -> None:
    """What is set otherwise is set, what is missing too; what is too much goes."""
    must = Topic("ggk.in", 2, 1, {"a": "1", "b": "2"})
    has = Topic("ggk.in", 2, 1, {"b": "3", "c": "4"})

    expected = [
        SetConfig("ggk.in", "a", None, "1"),
        SetConfig("ggk.in", "b", "3", "2"),
        SetConfig("ggk.in", "c", "4", None),
    ]
    assert expected == changes(wish(must), there(has))


def test_a_topic_too_many_goes_only_when_allowed() -> None:
    """A topic of ours that must not be there goes at the end, and only if allowed."""
    plan = diff(wish(IN), there(Topic("ggk.oud", 1, 1)))

    assert (CreateTopic(IN), DeleteTopic("ggk.oud")) == plan.changes
    assert (CreateTopic(IN),) == plan.allowed(allow_delete=False)
    assert plan.changes == plan.allowed(allow_delete=True)


def test_topics_of_others_stay() -> None:
    """A topic that is not under our prefix does not exist for us."""
    assert [] == changes(wish(), there(Topic("ggkx", 1, 1), Topic("x.ggk.in", 1, 1)))


def test_access_is_given_and_taken() -> None:
    """Missing access is given before any that is too much is taken."""
    too_much = Acl("User:CN=ggk-b", Operation.READ, Resource(Kind.GROUP, "x"))
    on_ours = Acl("User:vreemd", Operation.READ, Resource(Kind.TOPIC, "ggk.", True))

    found = changes(wish(acls=(READ_IN,)), there(acls=(too_much, on_ours)))

    assert [AddAcl(READ_IN), RemoveAcl(too_much), RemoveAcl(on_ours)] == found


def test_access_of_others_stays() -> None:
    """What others may do with what is not ours is left, and not even told."""
    others = (
        Acl("User:vreemd", Operation.ALL, Resource(Kind.TOPIC, "ander", True)),
        Acl("User:vreemd", Operation.READ, Resource(Kind.GROUP, "*")),
        Acl("User:vreemd", Operation.DESCRIBE, Resource(Kind.TOPIC, "*")),
    )

    assert [] == changes(wish(), there(acls=others))


def test_who_else_can_get_at_our_topics_is_told() -> None:
    """An ACL of others that opens our topics is told, and left."""
    for name, is_prefix in [("*", False), ("g", True), ("", True)]:
        acl = Acl("User:x", Operation.READ, Resource(Kind.TOPIC, name, is_prefix))
        assert [ForeignAcl(acl)] == findings(wish(), there(acls=(acl,)))


def test_a_block_stays() -> None:
    """Who was forbidden something by hand stays so: it is told, never undone."""
    blocks = (
        Acl(READ_IN.principal, Operation.READ, READ_IN.resource, allows=False),
        Acl("User:*", Operation.ALL, Resource(Kind.TOPIC, "ggk.in"), allows=False),
        Acl("User:*", Operation.ALL, Resource(Kind.TOPIC, "*"), allows=False),
    )

    found = findings(wish(acls=(READ_IN,)), there(acls=(*blocks, READ_IN)))

    assert {ForeignAcl(acl) for acl in blocks} == set(found)


def test_quotas_are_set_and_taken() -> None:
    """A quota that differs is set, what is too much goes, those of others stay."""
    actual = Actual(
        1, (), frozenset(), {"User:CN=ggk-a": {"x": 1.0}, "User:v": {"x": 1.0}}
    )

    expected = [
        SetQuota("User:CN=ggk-a", "x", 1.0, None),
        SetQuota("User:CN=ggk-a", "y", None, 2.0),
    ]
    assert expected == changes(wish(y=2.0), actual)


def test_without_authorizer_only_topics_count() -> None:
    """Where everybody may do everything, access and quotas are no difference."""
    plan = diff(wish(IN, acls=(READ_IN,), x=1.0), there(IN, acls=None))

    assert Plan((), (), has_authorizer=False) == plan
    assert plan.is_empty


NAMES = st.sampled_from(["ggk.a", "ggk.b", "ggk.c", "ander.a"])
CONFIGS = st.dictionaries(
    st.sampled_from(["cleanup.policy", "retention.ms", "segment.ms"]),
    st.sampled_from(["1", "2"]),
)
ACLS = st.builds(
    Acl,
    st.sampled_from(["User:CN=ggk-a", "User:CN=ggk-b", "User:ander"]),
    st.sampled_from([Operation.READ, Operation.WRITE]),
    st.builds(
        Resource,
        st.sampled_from([Kind.TOPIC, Kind.GROUP]),
        st.sampled_from(["ggk.a", "ggk.", "x", "*"]),
        st.booleans(),
    ),
    allows=st.sampled_from([True, True, True, False]),
)
QUOTAS = st.dictionaries(
    st.sampled_from(["User:CN=ggk-a", "User:ander"]),
    st.dictionaries(st.sampled_from(["x", "y"]), st.floats(1, 9), min_size=1),
)


@st.composite
def states(draw: st.DrawFn, begin: str, principals: str) -> Desired:
    """Topics, access and quotas, all of them ours or none."""
    names = draw(st.sets(NAMES))
    topics = tuple(
        Topic(name, draw(st.integers(1, 3)), 1, draw(CONFIGS))
        for name in sorted(names)
        if name.startswith(begin)
    )
    acls = frozenset(
        acl
        for acl in draw(st.sets(ACLS))
        if acl.principal.startswith(principals) or not begin
    )
    quotas = {p: q for p, q in draw(QUOTAS).items() if p.startswith(principals)}
    return Desired(OURS, topics, acls, quotas)


@given(
    must=states(begin="ggk.", principals="User:CN=ggk-"),
    has=states(begin="", principals=""),
)
def test_what_the_plan_makes_is_what_must_be(must: Desired, has: Desired) -> None:
    """After the plan only findings are left, and what is of others is as it was."""
    given_acls = frozenset(acl for acl in must.acls if acl.allows)
    must = Desired(OURS, must.topics, given_acls, must.quotas)
    admin = MemoryAdmin()
    everything = Ours("", "")
    admin.make([CreateTopic(topic) for topic in has.topics])
    admin.make([AddAcl(acl) for acl in has.acls])
    admin.make(
        [SetQuota(p, k, None, v) for p, q in has.quotas.items() for k, v in q.items()]
    )
    before = admin.observe(everything)

    plan = diff(must, admin.observe(OURS))
    reasons = admin.make(plan.allowed(allow_delete=True))

    assert {None} >= set(reasons)
    left = diff(must, admin.observe(OURS))
    assert () == left.changes
    assert plan.findings == left.findings
    assert foreign(before) == foreign(admin.observe(everything))


def foreign(actual: Actual) -> tuple[object, ...]:
    """What is not ours."""
    return (
        [topic for topic in actual.topics if not OURS.has_topic(topic.name)],
        {acl for acl in actual.acls or () if not OURS.has_acl(acl)},
        {p: q for p, q in actual.quotas.items() if not OURS.has_principal(p)},
    )

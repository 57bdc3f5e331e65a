"""Making a cluster what it must be."""

from collections.abc import Sequence

from ibroker.topics.applying import apply_plan, make_plan
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.memory import MemoryAdmin
from ibroker.topics.plan import Change, CreateTopic, DeleteTopic
from ibroker.topics.state import Actual, Desired, Ours, Topic
from tests.topics.wishes import renamed_file

FILE = renamed_file("ggk")


class SlowToShow(MemoryAdmin):
    """Shows for some time what was there before the last change."""

    def __init__(self) -> None:
        """Show the old for three looks."""
        super().__init__()
        self._old: list[Actual] = []

    def observe(self, ours: Ours) -> Actual:
        return self._old.pop() if self._old else super().observe(ours)

    def make(self, changes: Sequence[Change]) -> Sequence[str | None]:
        self._old = [self.observe(Ours("ggk.", "User:CN=ggk-"))] * 3
        return super().make(changes)


def wish(*postvakken: str) -> Desired:
    """What our topics.yaml asks for these gemeenten."""
    return expand(FILE, postvakken, fitting(FILE, 1))


def test_all_is_made() -> None:
    """An empty cluster becomes what it must be, and then nothing is left to do."""
    admin, desired = MemoryAdmin(), wish("0344", "0363")
    plan = make_plan(admin, desired)

    made = apply_plan(admin, desired, plan)

    assert len(plan.changes) == made.count
    assert () == made.failures
    assert made.left.is_empty
    assert desired.topics == admin.observe(desired.ours).topics


def test_twice_does_nothing_more() -> None:
    """Who applies what is so already changes nothing."""
    admin, desired = MemoryAdmin(), wish("0344")
    apply_plan(admin, desired, make_plan(admin, desired))
    before = admin.observe(desired.ours)

    again = apply_plan(admin, desired, make_plan(admin, desired))

    assert 0 == again.count
    assert again.left.is_empty
    assert before == admin.observe(desired.ours)


def test_an_old_plan_does_no_harm() -> None:
    """A plan that another has already made fails change by change, and all is well."""
    admin, desired = MemoryAdmin(), wish("0344")
    plan = make_plan(admin, desired)
    apply_plan(admin, desired, plan)

    made = apply_plan(admin, desired, plan)

    assert {"TopicAlreadyExistsError"} == {reason for _, reason in made.failures}
    assert made.left.is_empty


def test_a_failure_is_told_and_the_rest_is_made() -> None:
    """What cannot be made is told with Kafka's reason; everything else is made."""
    admin, desired = MemoryAdmin(configs=["min.insync.replicas"]), wish("0344")
    simple = Topic("ggk.simpel", 1, 1)
    wanted = Desired(
        desired.ours, (*desired.topics, simple), desired.acls, desired.quotas
    )

    made = apply_plan(admin, wanted, make_plan(admin, wanted))

    failed = {CreateTopic(topic).topic.name for topic in desired.topics}
    assert failed == {
        change.topic.name
        for change, _ in made.failures
        if isinstance(change, CreateTopic)
    }
    assert (simple,) == admin.observe(desired.ours).topics
    assert len(desired.topics) == len(made.left.changes)


def test_a_topic_goes_only_when_allowed() -> None:
    """A topic that must not be there stays, and is told, until it may be deleted."""
    admin, desired = MemoryAdmin(), wish("0344", "0363")
    apply_plan(admin, desired, make_plan(admin, desired))
    less = wish("0344")

    first = apply_plan(admin, less, make_plan(admin, less))
    assert (DeleteTopic("ggk.gemeente.0363"),) == first.left.changes
    # But whose topic it was has no access any more.
    assert less.acls == admin.observe(less.ours).acls

    second = apply_plan(admin, less, make_plan(admin, less), allow_delete=True)
    assert second.left.is_empty
    assert less.topics == admin.observe(less.ours).topics


def test_it_waits_until_the_change_shows() -> None:
    """A broker shows a change a little later: that is no difference."""
    admin, desired = SlowToShow(), wish("0344")

    made = apply_plan(admin, desired, make_plan(admin, desired))

    assert made.left.is_empty


def test_three_brokers_have_three_copies() -> None:
    """On three brokers there are three copies, of which two must be written."""
    admin = MemoryAdmin(brokers=3)
    desired = expand(FILE, ["0344"], fitting(FILE, 3))

    made = apply_plan(admin, desired, make_plan(admin, desired))

    assert made.left.is_empty
    assert {(3, "2")} == {
        (topic.replicas, topic.config["min.insync.replicas"])
        for topic in admin.observe(desired.ours).topics
    }

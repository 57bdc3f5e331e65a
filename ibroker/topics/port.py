"""How a cluster is seen and changed. Kafka and its in-memory twin both do it."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from ibroker.topics.plan import Change
from ibroker.topics.state import Actual, Ours

__all__ = ["Admin"]


class Admin(Protocol):
    """The administration of one cluster; leaving its context closes it.

    Both methods raise ClusterUnreachable where no broker answers, and LogError where a
    broker refuses the request as such.
    """

    def observe(self, ours: Ours) -> Actual:
        """Say what the cluster has.

        Of topics and quotas only ours; of access all, since that of others may touch
        our topics. What was changed just before may not be there yet. Raises
        ConfigError where we may not see it all: nothing could be compared then.
        """
        ...

    def make(self, changes: Sequence[Change]) -> Sequence[str | None]:
        """Make changes, in this order by kind; one that fails does not stop the others.

        Gives for each, in the order of `changes`, why it was not made, by Kafka's own
        name of the error, or None where it was.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

"""Making a cluster what it must be, and seeing whether it is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ibroker.topics.plan import Change, Plan, diff
from ibroker.topics.port import Admin
from ibroker.topics.state import Actual, Desired

__all__ = ["Made", "Wish", "apply_plan", "make_plan"]

_SETTLED = 60.0  # s in which the brokers must show what the controller has done
_AGAIN = 0.1  # s

Wish = Callable[[Actual], Desired]
"""What a cluster must have, given what it is: how many copies depends on its size."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a plan: how many changes were made, which not, and what is left.

    `failures` has Kafka's reason with each. `left` is of the cluster as it is now.
    """

    count: int
    failures: tuple[tuple[Change, str], ...]
    left: Plan


def make_plan(admin: Admin, desired: Desired) -> Plan:
    """Compare a cluster with what it must have. Raises as `Admin` does."""
    return diff(desired, admin.observe(desired.ours))


def apply_plan(
    admin: Admin, desired: Desired, plan: Plan, *, allow_delete: bool = False
) -> Made:
    """Make what the plan says, and look at what is left of it.

    A change that fails does not stop the others. Topics go only where `allow_delete`
    is True. Doing it twice does nothing more. Raises as `Admin` does.
    """
    changes = plan.allowed(allow_delete=allow_delete)
    if not changes:
        return Made(0, (), plan)
    reasons = admin.make(changes)
    failures = [
        (change, reason)
        for change, reason in zip(changes, reasons, strict=True)
        if reason is not None
    ]
    done = [c for c, reason in zip(changes, reasons, strict=True) if reason is None]
    return Made(len(done), tuple(failures), _settle(admin, desired, done))


def _settle(admin: Admin, desired: Desired, done: Sequence[Change]) -> Plan:
    """Wait until the brokers show what was done: they learn it a little later."""
    until = time.monotonic() + _SETTLED
    while True:
        left = make_plan(admin, desired)
        if time.monotonic() > until or not any(c in done for c in left.changes):
            return left
        time.sleep(_AGAIN)

"""The state of one partition as a dict, and a router that keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ibroker.core.record import Record
from ibroker.core.state import Change
from ibroker.core.step import Outcome, RouteTables, step
from tests.core.routed import tables

__all__ = ["Kept", "Router"]


@dataclass(slots=True)
class Kept:
    """A state that changes are made to, as the loop does."""

    entries: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        """What the key holds, None where nothing."""
        return self.entries.get(key)

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """The keys that begin with `prefix` and come before `until`, in order.

        What they hold is that of now, whatever changes before the last is asked for.
        """
        found = sorted(one for one in self.entries.items() if one[0].startswith(prefix))
        return iter([one for one in found if until is None or one[0] < until])

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Make the changes."""
        for change in changes:
            if change.value is None:
                self.entries.pop(change.key, None)
            else:
                self.entries[change.key] = change.value


@dataclass(slots=True)
class Router:
    """A router with a state: each record sees what those before it left."""

    tables: RouteTables = field(default_factory=tables)
    state: Kept = field(default_factory=Kept)

    def route(self, record: Record) -> Outcome:
        """Route a record, and keep what its outcome says."""
        outcome = step(record, self.tables, self.state)
        self.state.apply(outcome.changes)
        return outcome

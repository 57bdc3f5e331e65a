"""What one lane keeps: its state, what changes in it, and how much it came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ibroker.core.record import Handled, Position, Written
from ibroker.kafka.meter import Counted, Meter
from ibroker.kafka.overlay import Overlay
from ibroker.kafka.port import Transaction
from ibroker.kafka.restoring import Kept
from ibroker.kafka.totals import Totals

__all__ = ["Ledger", "StatefulTransaction"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state of one lane: what is committed, and what was laid over it.

    `made` is what was made meanwhile, where there are `totals` to count it in.
    """

    topic: str
    partition: int
    overlay: Overlay
    kept: Kept
    meter: Meter
    totals: Totals | None
    made: list[Handled] = field(default_factory=list)

    def take(self, handled: Handled, *, is_counted: bool = True) -> None:
        """Lay what changes by it, and count it once that is committed."""
        self.overlay.lay(handled.changes)
        if is_counted and self.totals is not None:
            self.made.append(handled)

    def records(self) -> list[Written]:
        """What must be written to the changelog with what was made."""
        if self.totals is not None:
            self.overlay.lay(self.totals.count(self.made))
        return self.overlay.records(self.topic, self.partition)

    def keep(self, following: int) -> None:
        """What was laid is committed; the changelog goes on at `following`."""
        self.kept.write(self.overlay.changes, following)
        if self.totals is not None:
            self.totals.keep()
        self.drop()
        self.show()

    def drop(self) -> None:
        """Forget what was laid."""
        self.overlay.clear()
        self.made.clear()

    def show(self) -> None:
        """Tell the meter how much there was of each kind."""
        if self.totals is not None:
            self.meter.tell(Counted(self.partition, self.totals.kept))


class StatefulTransaction:
    """A transaction that holds the changes too; it is a `Transaction`."""

    def __init__(self, transaction: Transaction, ledger: Ledger) -> None:
        self._transaction = transaction
        self._ledger = ledger
        self._following: int | None = None

    async def send(self, outgoing: Sequence[Written]) -> Sequence[Position]:
        """See `Transaction.send`. With the first go the changes."""
        if self._following is not None:
            return await self._transaction.send(outgoing)
        records = self._ledger.records()
        if not records:
            return await self._transaction.send(outgoing)
        positions = await self._transaction.send([*outgoing, *records])
        self._following = positions[-1].offset + 1
        return positions[: len(outgoing)]

    async def commit(self) -> None:
        """See `Transaction.commit`. Only then is it written to the store."""
        await self._transaction.commit()
        if self._following is not None:
            self._ledger.keep(self._following)

"""The partitions that a watch has a share in, and what it counts of them."""

import asyncio
from collections.abc import Collection

from ibroker.watch.werk import Werk

__all__ = ["Aandeel"]


class Aandeel:
    """Begins where the group is divided, and ends before it is divided anew."""

    def __init__(self, werk: Werk) -> None:
        self._werk = werk
        self._turn = 0

    async def begin(self, partitions: Collection[int]) -> bool:
        """Count what is kept of these, and write what differs; False where that ended.

        Nothing is written then: another may have them by now, and know more.
        """
        self._werk.vergeet()
        turn = self._turn
        for partition in sorted(partitions):
            for _pause in self._werk.begin(partition):
                await asyncio.sleep(0)
                if turn != self._turn:
                    return False
            self._werk.ruim_weken_op(partition)
        self._werk.schrijf()
        return True

    def end(self) -> None:
        """Forget what was counted."""
        self._turn += 1
        self._werk.vergeet()

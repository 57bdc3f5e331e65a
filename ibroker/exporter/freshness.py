"""Whether the exporter lives, and whether what it shows is of now."""

import time
from collections.abc import Callable, Mapping

from ibroker.health import Health, HealthBounds

__all__ = ["Freshness"]

_ROUNDS = 4  # that may fail before it is not ready


class Freshness:
    """The health of the exporter; `every` is the time of a round in seconds.

    It is told in the event loop and asked in other threads, one value at a time.
    """

    def __init__(
        self, every: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pulse = Health(HealthBounds(), clock)
        self._clock = clock
        self._patience = _ROUNDS * every
        self._round: float | None = None

    async def beat(self) -> None:
        """See `Health.beat`."""
        await self._pulse.beat()

    def end_round(self) -> None:
        """Tell that a round ended well."""
        self._round = self._clock()

    def why_not_alive(self) -> tuple[str, ...]:
        """Why this process must be started anew; nothing where it lives."""
        return self._pulse.why_not_alive()

    def why_not_ready(self) -> tuple[str, ...]:
        """Why what it shows is not of now; nothing where it is."""
        reasons = self.why_not_alive()
        if self._round is None:
            return (*reasons, "nog geen ronde langs het cluster is gelukt")
        age = self._clock() - self._round
        if age > self._patience:
            reasons += (f"al {age:.0f} s is geen ronde langs het cluster gelukt",)
        return reasons

    def figures(self) -> Mapping[str, object]:
        """What else /readyz says."""
        age = None if self._round is None else round(self._clock() - self._round, 1)
        return {"seconden_sinds_ronde": age}

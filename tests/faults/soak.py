"""Traffic and faults for as long as one likes, in rounds that are settled each.

All rounds are about the same people on the same cluster, so that what must stand is
asked of all that was ever told of them.
"""

import asyncio
import inspect
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from tests.faults.fleet import Program
from tests.faults.ledger import Account
from tests.faults.signalen import WlzAccount
from tests.faults.storm import Fault
from tests.faults.toezicht import WatchAccount, settle_watch, until_watched
from tests.faults.town import GEMEENTEN
from tests.faults.wlz_post import Brief, draw_post
from tests.faults.wlz_storm import FACTS, GROUP, WlzStorm

__all__ = ["Healing", "Round", "SoakRound", "report"]

_LOOK = 0.2  # s
_HEALED = 300.0  # s in which all must be normal again


@dataclass(frozen=True, slots=True)
class Healing:
    """What one fault did: its own seconds, and those until all was normal after it.

    Normal is when all that was handed in until its end has its outcome, and the Wlz
    stream has taken in all facts until then.
    """

    fault: str
    lasted: float
    healed: float


@dataclass(frozen=True, slots=True)
class Round:
    """How one round ended."""

    seed: int
    account: Account
    signals: WlzAccount
    watch: WatchAccount
    canaries: Sequence[str]
    longest: float

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        accounts = self.account, self.signals, self.watch
        return [*(fault for one in accounts for fault in one.faults), *self.canaries]


@dataclass
class SoakRound(WlzStorm):
    """One round, after those that told `earlier`."""

    earlier: Sequence[Brief] = ()
    healings: list[Healing] = field(default_factory=list)

    def programs(self, address: str) -> list[Program]:
        """Also two watches, each with a disk of its own."""
        return [
            *super().programs(address),
            *(
                Program(
                    f"watch-{number}",
                    ("-m", "ibroker", "watch"),
                    self.town.environment_of(f"machine-w{number}", address),
                )
                for number in range(2)
            ),
        ]

    async def calm_down(self) -> None:
        """Wait for the watch too."""
        await super().calm_down()
        await until_watched(self.cluster.address, _HEALED)

    def post(self) -> list[Brief]:
        """Berichten about the same people as in each round, with news of them."""
        fresh = draw_post(self.count, self.seed, GEMEENTEN)
        self.briefs = [*self.earlier, *fresh]
        return fresh

    async def suffer(self, fault: Fault) -> None:
        """Let one thing go wrong, and wait until it is as if it had not."""
        began = time.monotonic()
        await super().suffer(fault)
        ended = time.monotonic()
        handed_in = len(self.sent)
        async with asyncio.timeout(_HEALED):
            await self.watcher.until(handed_in, _HEALED)
            await self._taken_in()
        if not self.sending.done():  # else nothing came that it could be seen by
            lasted, healed = ended - began, time.monotonic() - ended
            self.healings.append(Healing(_says(fault), lasted, healed))

    async def round(self, faults: Sequence[Fault]) -> Round:
        """Go through it, and settle."""
        account = await self.run(faults)
        signals = await self.settle_signals()
        watch = await settle_watch(self.cluster.address)
        canaries = await self.find_canaries()
        longest = self.watcher.longest
        return Round(self.seed, account, signals, watch, canaries, longest)

    async def _taken_in(self) -> None:
        """Wait until the Wlz stream is past all facts that there are now.

        What ends a transaction stands after its last record and is not taken in, but
        what comes after that is.
        """
        async with AIOKafkaConsumer(
            bootstrap_servers=self.cluster.address,
            group_id=GROUP,
            enable_auto_commit=False,
            isolation_level="read_committed",
        ) as consumer:
            cluster = await consumer._client.fetch_all_metadata()
            numbers = cluster.partitions_for_topic(FACTS) or ()
            places = [TopicPartition(FACTS, number) for number in numbers]
            ends = await consumer.end_offsets(places)
            behind = set(places)
            while behind and not self.sending.done():
                try:
                    behind -= {
                        place
                        for place in behind
                        if (await consumer.committed(place) or 0) >= ends[place]
                    }
                except KafkaError:
                    continue  # a broker is on its way back
                await asyncio.sleep(_LOOK)


def _says(fault: Fault) -> str:
    """What is done, as the fault itself says it."""
    return (inspect.getdoc(fault) or "").partition("\n")[0].rstrip(".")


def report(rounds: Sequence[Round], healings: Sequence[Healing]) -> dict[str, Any]:
    """Give the figures: of the whole, of each fault, and of each round."""
    signals, watch = rounds[-1].signals, rounds[-1].watch  # of all rounds so far
    return {
        "berichten": sum(one.account.inputs for one in rounds),
        "faults": len(healings),
        "lost or wrong": sum(len(one.account.wrong) for one in rounds),
        "doubled": sum(len(one.account.doubled) for one in rounds),
        "signals": signals.signals,
        "signals standing": signals.standing,
        "signals missed": len(signals.missed),
        "signals doubled": len(signals.doubled),
        "signals wrong": len(signals.wrong),
        "references that the watch keeps": watch.references,
        "references or weeks that it has wrong": sum(one.watch.wrong for one in rounds),
        "places with a BSN in clear": sum(len(one.canaries) for one in rounds),
        "seconds without any outcome, longest": round(
            max(one.longest for one in rounds), 1
        ),
        "by fault": dict(_by_fault(healings)),
    }


def _by_fault(healings: Sequence[Healing]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in sorted({one.fault for one in healings}):
        mine = [asdict(one) for one in healings if one.fault == name]
        yield (
            name,
            {
                "times": len(mine),
                "lasted, median s": round(median(one["lasted"] for one in mine), 1),
                "normal after, median s": round(
                    median(one["healed"] for one in mine), 1
                ),
                "normal after, longest s": round(max(one["healed"] for one in mine), 1),
            },
        )

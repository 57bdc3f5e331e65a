"""Traffic under faults that chance chooses, and the account of what came of it."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from aiokafka import TopicPartition
from traffic import Post

from ibroker.broker.layout import Cluster
from ibroker.core.record import Outgoing, Position
from ibroker.post.kafka_submission import KafkaIntake
from tests.faults.fleet import Fleet, routers
from tests.faults.ledger import INPUT, Account, Place, Seen, Sent, settle
from tests.faults.reading import Watcher, ends_of, read_all
from tests.faults.town import Town
from tests.kafka.proxy import Proxy

_TICK = 0.1  # s between two hands of post
_PATIENCE = 90.0  # s without any outcome; then something hangs
_AFTER = 2.0  # s for what comes double

Fault = Callable[["Storm"], Awaitable[None]]


@dataclass
class Storm:
    """One run: `count` berichten in about `seconds`, past so many routers.

    Between two faults it rests for at least and at most so many seconds.
    """

    town: Town
    cluster: Cluster
    logs: Path
    seed: int
    count: int
    seconds: float
    routers: int = 2
    rest: tuple[float, float] = (0.2, 2)
    proxy: Proxy | None = None
    sent: list[Sent] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    watcher: Watcher = field(init=False)
    sending: "asyncio.Task[None]" = field(init=False)

    def __post_init__(self) -> None:
        """Let the seed decide everything."""
        self.chance = random.Random(self.seed)  # noqa: S311 - it must be repeatable
        self.route_by(self.cluster.address)

    def route_by(self, address: str) -> None:
        """Let the routers reach Kafka by another address, such as that of a proxy."""
        environment = self.town.environment(address)
        self.fleet = Fleet(routers(self.routers, environment), self.logs)

    async def run(self, faults: Sequence[Fault]) -> Account:
        """Send, hurt, and settle; both readers must have seen the same."""
        address = self.cluster.address
        starts = await ends_of(address)
        inputs = await ends_of(address, of_input=True)
        async with Watcher(address, starts) as watcher:
            self.watcher = watcher
            async with self.fleet:
                # Some post waits already when the first router comes up.
                sending = self.sending = asyncio.create_task(self._send())
                hurting = asyncio.create_task(self._hurt(faults))
                began = time.monotonic()
                await sending
                await hurting
                is_through = await watcher.until(len(self.sent), _PATIENCE)
                took = time.monotonic() - began
                await self.calm_down()
            ends = await ends_of(address)
            final = await asyncio.to_thread(read_all, address, starts, ends)
            await watcher.until(sum(one.event is not None for one in final), 10)
        account = settle(self.sent, final)
        if not is_through:
            account.wrong.append("nothing came any more")
        account.wrong += await self._also(inputs)
        if by_place(watcher.seen) != by_place(final):
            account.wrong.append("the reader that read along saw something else")
        self._report(account, took, watcher.longest)
        if account.faults:
            print(self.fleet.said())  # noqa: T201 - idem
        return account

    async def calm_down(self) -> None:
        """Wait, while all processes still run, for what may come double."""
        await asyncio.sleep(_AFTER)

    def post(self) -> Sequence[Post]:
        """What is to be sent."""
        return list(self.town.post(self.count, self.seed))

    async def _also(self, inputs: dict[TopicPartition, int]) -> list[str]:
        wrong: list[str] = []
        strange = self.fleet.strange_ends()
        if strange:
            wrong.append(f"routers ended with {strange}")
        ends = await ends_of(self.cluster.address, of_input=True)
        written = sum(ends[place] - inputs[place] for place in ends)
        if written != len(self.sent):
            wrong.append(f"{written} written for {len(self.sent)} sent")
        return wrong

    async def _send(self) -> None:
        """As `ibroker publish` does, a hand at a time, at an even pace."""
        all_of_it = self.post()
        hand = max(1, round(len(all_of_it) * _TICK / self.seconds))
        post = iter(all_of_it)
        connection = {"bootstrap_servers": self.cluster.address.split(",")}
        async with KafkaIntake(connection, INPUT) as intake:
            due = time.monotonic()
            while taken := [one for _, one in zip(range(hand), post, strict=False)]:
                answers = await intake.take(
                    [
                        Outgoing(
                            INPUT,
                            one.zender.encode(),
                            one.value,
                            (("zender", one.zender.encode()),),
                        )
                        for one in taken
                    ]
                )
                for one, answer in zip(taken, answers, strict=True):
                    if not isinstance(answer, Position):
                        raise TypeError(f"not taken: {answer}")
                    digest = sha256(one.value).hexdigest()
                    place = answer.partition, answer.offset
                    self.sent.append(Sent(*place, one.zender, digest, one.uitkomst))
                due += _TICK
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _hurt(self, faults: Sequence[Fault]) -> None:
        """Each fault once, in an order of chance, and again until the time is over."""
        until = time.monotonic() + self.seconds
        await asyncio.sleep(2)
        while faults:
            for fault in self.chance.sample(faults, len(faults)):
                await self.suffer(fault)
                await asyncio.sleep(self.chance.uniform(*self.rest))
            if time.monotonic() > until:
                return

    async def suffer(self, fault: Fault) -> None:
        """Let one thing go wrong."""
        await fault(self)
        self.done[fault.__name__] += 1

    def _report(self, account: Account, took: float, longest: float) -> None:
        faults = ", ".join(f"{name} {n}x" for name, n in sorted(self.done.items()))
        ends = ", ".join(f"{code}: {n}" for code, n in sorted(self.fleet.ends.items()))
        print(  # noqa: T201 - the report is what the run is for
            f"\n{account}",
            f"  seed {self.seed}, {self.routers} router(s), {took:.0f} s,"
            f" {account.refused} refused by the log",
            f"  faults: {faults}; ends of routers by exit code: {ends}",
            f"  longest wait for an outcome: {longest:.1f} s",
            *(f"  FAULT {one}" for one in account.faults[:10]),
            sep="\n",
        )


def by_place(seen: Sequence[Seen]) -> list[tuple[Place, str]]:
    """What stands where, in one order."""
    return sorted((one.place, one.sha256) for one in seen)

"""A storm over the Wlz stream: its berichten through the router, its signals out.

Each process of the stream has a disk of its own, as on machines of their own.
"""

import asyncio
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Message

from ibroker.broker.ports import free_ports
from ibroker.feiten import load_wlztabel
from tests.faults.canary import Canaries
from tests.faults.fleet import Fleet, Program, routers
from tests.faults.groups import extents, until_taken_in
from tests.faults.reading import read_messages
from tests.faults.signalen import EXPLAINED, WlzAccount, settle_signals, told_in
from tests.faults.storm import Storm
from tests.faults.town import GEMEENTEN
from tests.faults.wlz_post import Brief, draw_post

__all__ = ["FACTS", "GROUP", "WlzStorm"]

FACTS = "ggk.intern.wlz.feiten"
GROUP = "ibroker.wlz"
_PATIENCE = 120.0  # s in which all facts must have been taken in
_AFTER = 2.0  # s for what comes double


@dataclass
class WlzStorm(Storm):
    """`count` is that of the persons; `members` that of the processes of the stream.

    `left` is how much a restore had still to read when the broker was killed.
    """

    members: int = 2
    briefs: list[Brief] = field(default_factory=list)
    signals: WlzAccount | None = None
    metrics: list[bytes] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def route_by(self, address: str) -> None:
        """Let all processes reach Kafka by another address."""
        self.fleet = Fleet(self.programs(address), self.logs)

    def programs(self, address: str) -> list[Program]:
        """All that is to run: routers, and members of the stream."""
        self.ports = free_ports(self.members + 1)
        town = self.town
        first = f"127.0.0.1:{self.ports[0]}"
        router = town.environment_of("machine-r", address)
        programs = routers(self.routers, router)
        programs[0] = Program(
            programs[0].name,
            programs[0].arguments,
            {**router, "IBROKER_METRICS": first},
        )
        return programs + [
            Program(
                f"wlz{number}",
                ("-m", "ibroker", "wlz"),
                {
                    **town.environment_of(f"machine-{number}", address),
                    "IBROKER_METRICS": f"127.0.0.1:{port}",
                },
            )
            for number, port in enumerate(self.ports[1:])
        ]

    def state_of(self, number: int) -> Path:
        """Where the state of that member lies."""
        return self.town.folder / f"machine-{number}" / "state" / GROUP

    def post(self) -> list[Brief]:
        """Berichten about so many persons."""
        self.briefs = draw_post(self.count, self.seed, GEMEENTEN)
        return self.briefs

    async def calm_down(self) -> None:
        """Wait until all facts are taken in; then ask how it went, and for doubles."""
        await self._until_taken_in()
        await asyncio.sleep(_AFTER)
        for port in self.ports:
            self.metrics.append(await asyncio.to_thread(_scrape, port))

    async def settle_signals(self) -> WlzAccount:
        """Read what the gemeenten were told, once all processes have ended."""
        names = [f"ggk.gemeente.{code}" for code in GEMEENTEN]
        told = await asyncio.to_thread(self._read, names)
        explained = await asyncio.to_thread(self._read, [EXPLAINED])
        events = [
            ((one.key() or b"").decode(), one.value() or b"") for one in explained
        ]
        signals = [one for one in map(told_in, told) if one is not None]
        tabel = load_wlztabel()
        profielen = {code: status.value for code, status in tabel.profielen.items()}
        account = settle_signals(self.briefs, signals, events, profielen)
        print(account, *account.faults[:10], sep="\n  FAULT ")  # noqa: T201 - idem
        return account

    async def find_canaries(
        self, topics: Sequence[str] = (), machines: str = "machine-*"
    ) -> list[str]:
        """Name what shows the BSN of someone, of all that is there after the run.

        Also of what was written and undone: who reads a topic may ask for that too.
        Of topics all of ours, where none is named; of machines those of such names.
        """
        canaries = Canaries(bsn for brief in self.briefs for bsn, _ in brief.feiten)
        messages = await asyncio.to_thread(self._read, [*topics], "read_uncommitted")
        pages = [n for n, page in enumerate(self.metrics) if canaries.are_in(page)]
        return [
            *canaries.in_messages(messages),
            *canaries.in_folder(self.logs),
            *(
                found
                for node in self.cluster.nodes
                for found in canaries.in_files(node.folder.glob("*.log*"))
            ),
            *(f"metrics {number}" for number in pages),
            *(
                found
                for machine in sorted(self.town.folder.glob(machines))
                for found in canaries.in_folder(machine)
            ),
        ]

    def _read(
        self, topics: list[str], isolation: str = "read_committed"
    ) -> list[Message]:
        """Read topics from begin to end: all of ours where none is named."""
        address = self.cluster.address
        starts, ends = asyncio.run(extents(address, topics))
        return list(read_messages(address, starts, ends, isolation))

    async def _until_taken_in(self) -> None:
        try:
            await until_taken_in(self.cluster.address, GROUP, FACTS, _PATIENCE)
        except TimeoutError as error:
            text = f"facts are not taken in:\n{self.fleet.said()}"
            raise TimeoutError(text) from error


def _scrape(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        data: bytes = page.read()
        return data

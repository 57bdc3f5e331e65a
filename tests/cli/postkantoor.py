"""A post office of one test: topics of its own, and `ibroker` run on them for real."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ibroker.core.record import Outgoing, Record
from ibroker.kafka.producer import TransactionalProducer
from ibroker.post.kafka_replay import KafkaArchive
from ibroker.post.replay import HERSTEL
from ibroker.register import load_register
from tests.kafka.broker_address import Topics

__all__ = ["IBROKER", "Postkantoor", "open_postkantoor", "rows"]

IBROKER = [sys.executable, "-m", "ibroker"]
_TABLE = Path(__file__).parents[2] / "schemas" / "partijen.toml"


@dataclass(frozen=True, slots=True)
class Postkantoor:
    """Where its topics are, and where its commands run."""

    address: str
    prefix: str
    folder: Path
    code: str

    @property
    def mailbox(self) -> str:
        """The topic of its gemeente, for `topic`."""
        return f"gemeente.{self.code}"

    @property
    def group(self) -> str:
        """The consumer group of its gemeente."""
        return f"gemeente.{self.code}"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of a command."""
        return {
            **os.environ,
            "COLUMNS": "100",
            "IBROKER_KAFKA": self.address,
            "IBROKER_PARTIJEN": str(self.folder / "partijen"),
        }

    def topic(self, name: str) -> str:
        """What a topic is called that is `ggk.<name>` in a real one."""
        return self.prefix + name

    def run(
        self, *arguments: str | Path, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return subprocess.run(
            [*IBROKER, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=self.env,
            timeout=120,
        )

    def start(
        self,
        *arguments: str | Path,
        program: Sequence[str] = IBROKER,
        stdin: int | None = None,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> "subprocess.Popen[bytes]":
        """Start a command, or a program that is one, whose output is read later."""
        return subprocess.Popen(
            [*program, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            bufsize=0,  # else `communicate` misses what a readline had read ahead
            cwd=self.folder,
            env=self.env,
        )

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        """Write records in one transaction, as the router does, and wait for it."""
        topics = sorted({one.topic for one in outgoing})
        for records in (outgoing, ()):  # whoever owns the id next waits for the commit
            producer = TransactionalProducer(f"{self.prefix}put", self._connection)
            await producer.start(topics)
            if records:
                async with producer.transaction() as transaction:
                    await transaction.send(records)
                    await transaction.commit()
            await producer.close()

    async def read(self, name: str) -> list[Record]:
        """All that is committed on `ggk.<name>`."""
        archive = KafkaArchive(self._connection)
        return [record async for record in archive.read(self.topic(name))]

    async def committed(self, group: str, name: str, partition: int = 0) -> int | None:
        """Where a consumer group goes on."""
        async with AIOKafkaConsumer(**self._connection, group_id=group) as consumer:
            place = TopicPartition(self.topic(name), partition)
            found: int | None = await consumer.committed(place)
            return found

    @property
    def _connection(self) -> Mapping[str, list[str]]:
        return {"bootstrap_servers": [self.address]}


async def open_postkantoor(
    topics: Topics, folder: Path, **partitions: int
) -> Postkantoor:
    """Make the topics, and the table of parties that says what they are called.

    Consumer groups have their own names: the gemeente is one that no other test is
    likely to have. So has the topic of markers: ids of one test are of no other.
    """
    code = secrets.choice(load_register(None).postvakken(date(2026, 11, 24)))
    prefix = topics.name("")
    table = _TABLE.read_text(encoding="utf-8").replace('"ggk.', f'"{prefix}')
    (folder / "partijen").mkdir()
    (folder / "partijen" / "partijen.toml").write_text(table, encoding="utf-8")
    for name, count in partitions.items():
        await topics.create(f"gemeente.{code}" if name == "gemeente" else name, count)
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.address)
    await admin.start()
    try:
        if HERSTEL not in await admin.list_topics():
            await admin.create_topics(
                [NewTopic(HERSTEL, 3, 1, None, {"cleanup.policy": "compact"})]
            )
            await asyncio.sleep(1)
    finally:
        await admin.close()
    return Postkantoor(topics.address, prefix, folder, code)


def rows(output: bytes) -> list[dict[str, object]]:
    """What JSON lines say."""
    return [json.loads(line) for line in output.splitlines()]

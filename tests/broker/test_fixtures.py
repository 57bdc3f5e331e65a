"""The fixtures `kafka` and `topic`, which tests of every folder use."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.broker.traffic_of_bytes import read, write
from tests.kafka.broker_address import Topics

HERE = Path(__file__)


@pytest.mark.kafka
async def test_a_topic_is_there_at_once(topic: Topics) -> None:
    """A topic that was made can be written to and read, and is named for its test."""
    name = await topic.create("post", partitions=1)

    await write(topic.address, name, [b"een"])

    assert [b"een"] == await read(topic.address, name)
    assert name == topic.name("post")
    assert name.startswith("t.test-a-topic-is-there-at-once.")


@pytest.mark.kafka
async def test_topics_go_after_the_test(kafka: str) -> None:
    """What one test made is taken away, with the partitions it asked for until then."""
    topics = Topics(kafka, "x")
    name = await topics.create(partitions=12, max_message_bytes="1000")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        [found] = await admin.describe_topics([name])
        left = [name]
        await topics.delete()
        for _ in range(200):  # the broker hears of it a moment after the controller
            left = await admin.list_topics()
            if name not in left:
                break
            await asyncio.sleep(0.05)
    finally:
        await admin.close()

    assert 12 == len(found["partitions"])
    assert name not in left
    assert name != Topics(kafka, "x").name("topic")


@pytest.mark.parametrize(
    "setting,outcome",
    [
        ({}, "1 skipped"),
        ({"CI": "true"}, "1 error"),
        ({"IBROKER_KAFKA": "127.0.0.1:1"}, "1 skipped"),
        ({"IBROKER_KAFKA": "127.0.0.1:1", "CI": "true"}, "1 error"),
    ],
    ids=["here", "ci", "here, no such cluster", "ci, no such cluster"],
)
def test_without_a_broker(setting: dict[str, str], outcome: str) -> None:
    """For want of a broker a test is skipped with one clear line; with CI it fails."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name != "CI" and not name.startswith(("IBROKER_", "PYTEST_", "COV_"))
    }
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            f"{HERE}::test_topics_go_after_the_test",
        ],
        cwd=HERE.parents[2],
        env={**clean, "PATH": "", "COLUMNS": "300", **setting},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )

    assert outcome in done.stdout.splitlines()[-1]
    missing = "antwoordt geen Kafka" if "IBROKER_KAFKA" in setting else "java ontbreekt"
    assert missing in done.stdout

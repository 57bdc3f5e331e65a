"""deploy/compose.yaml says what our launcher says, as the image itself reads it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ibroker.broker.jars import deploy_folder, find_java, version_of
from ibroker.broker.properties import Seat, node_settings, read_table

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
# What a container has its own way for: its folder, and all its own interfaces.
OWN = {"listeners", "log.dirs"}
DATA = "/var/lib/kafka/data"


def service() -> dict[str, Any]:
    """The broker in the compose file."""
    return dict(yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["kafka"])


def settings_of(text: str) -> dict[str, str]:
    """Read a properties file without escapes."""
    lines = (line.partition("=") for line in text.splitlines() if line)
    return {name: value for name, _, value in lines}


@pytest.fixture(scope="module")
def as_the_image_reads_it(
    jars: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The settings that the image's own program makes of the environment.

    That program is in the jars of Kafka; the image runs it before each start.
    """
    work = tmp_path_factory.mktemp("image")
    folders = {name: work / name for name in ("default", "mounted", "final")}
    for folder in folders.values():
        folder.mkdir()
    (folders["final"] / "server.properties").touch()
    subprocess.run(
        [
            find_java(),
            "-cp",
            f"{jars}/*",
            "kafka.docker.KafkaDockerWrapper",
            "setup",
            "-D",
            folders["default"],
            "-M",
            folders["mounted"],
            "-F",
            folders["final"],
        ],
        env={
            "PATH": os.environ["PATH"],
            **service()["environment"],
            "KAFKA_LOG_DIRS": str(work / "data"),
        },
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert (work / "data" / "meta.properties").is_file()
    text = (folders["final"] / "server.properties").read_text(encoding="utf-8")
    return settings_of(text)


@pytest.mark.kafka
def test_settings_are_those_of_the_launcher(
    as_the_image_reads_it: dict[str, str],
) -> None:
    """Apart from folder and listeners the container gets what one node of ours gets."""
    table = read_table(deploy_folder() / "broker.toml")
    ours = node_settings(table, (Seat(1, 9092, 9093),), 1, Path(DATA))

    found = as_the_image_reads_it

    assert ours.keys() == found.keys()
    assert {} == {
        name: (ours[name], found[name])
        for name in ours.keys() - OWN
        if ours[name] != found[name]
    }


def test_java_gets_the_same_options() -> None:
    """The options of the JVM are those of broker.toml, in their order."""
    environment = service()["environment"]

    options = (
        f"{environment['KAFKA_HEAP_OPTS']} {environment['KAFKA_JVM_PERFORMANCE_OPTS']}"
    )

    assert read_table(deploy_folder() / "broker.toml").jvm == tuple(options.split())


@pytest.mark.kafka
def test_the_version_is_the_same(jars: Path) -> None:
    """The image and the jars are one version of Kafka."""
    assert f"apache/kafka:{version_of(jars)}" == service()["image"]


def test_only_this_machine_reaches_it() -> None:
    """The port is bound to the loopback address, and the data has a volume."""
    assert ["127.0.0.1:9092:9092"] == service()["ports"]
    assert [f"kafka:{DATA}"] == service()["volumes"]
    assert DATA == service()["environment"]["KAFKA_LOG_DIRS"]

"""Names in deploy/ are those of ibroker itself: settings, commands, users, versions."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from ibroker.broker.jars import deploy_folder
from ibroker.broker.properties import read_table
from ibroker.cli.app import app
from ibroker.kafka.member import Patience
from ibroker.settings import Settings
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.reading import load_topics
from ibroker.topics.strimzi import render_topics, render_users
from tests.deploy.manifests import DEPLOY, Resource, find, resources
from tests.deploy.units import read_unit, units

CONTAINERFILE = DEPLOY / "Containerfile"
# Strimzi sets these itself; and a real group does better to wait for its members.
NOT_IN_STRIMZI = {
    "process.roles",
    "controller.listener.names",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "group.initial.rebalance.delay.ms",
}
# Of each process a topic that it alone reads, and the secrets that are made by hand.
INPUTS = {
    "route": "ggk.aanlevering",
    "wlz": "ggk.intern.wlz.feiten",
    "watch": "ggk.intern.watch.verwijzing",
    "exporter": "ggk.intern.hartslag",
}
BY_HAND = {
    "route": ["ibroker-verwijzing", "ibroker-persoonssleutels"],
    "wlz": ["ibroker-persoonssleutels"],
    "watch": [],
    "exporter": [],
}
STATEFUL = ["route", "wlz", "watch"]
each_process = pytest.mark.parametrize("process", INPUTS)
PREFIX = "IBROKER_"
FIELDS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
TEXTS = [
    path
    for path in sorted(DEPLOY.rglob("*"))
    if path.is_file() and "target" not in path.parts
]


def pod(process: str) -> Resource:
    """What a pod of a process is."""
    spec: Resource = find("Deployment", process)["spec"]["template"]["spec"]
    return spec


def container(process: str) -> Resource:
    """The one container of a pod."""
    [found] = pod(process)["containers"]
    return dict(found)


def settings(process: str) -> dict[str, str]:
    """What a process is told under Kubernetes."""
    return dict(find("ConfigMap", process)["data"])


def rendered() -> list[Resource]:
    """The topics and users that topics.yaml gives the cluster of the manifests."""
    file = load_topics()
    wanted = expand(
        file, ["0344"], fitting(file, find("KafkaNodePool")["spec"]["replicas"])
    )
    name = find("Kafka")["metadata"]["name"]
    return [*render_topics(wanted, name), *render_users(wanted, name)]


def is_of(resource: Resource, topic: str) -> bool:
    """Whether the resource of an ACL is that topic, by its name or how that begins."""
    if resource["type"] != "topic":
        return False
    name = str(resource["name"])
    is_prefix = resource["patternType"] == "prefix"
    return topic.startswith(name) if is_prefix else topic == name


def commands() -> Iterator[list[str]]:
    """What is run of ibroker by units, image and pod, without its path."""
    for unit in units():
        for line in read_unit(unit)["ExecStart"]:
            yield line.split()[1:]
    text = CONTAINERFILE.read_text(encoding="utf-8")
    yield re.findall(r'"([^"]+)"', *re.findall(r"^CMD (.*)", text, re.MULTILINE))
    for process in INPUTS:
        yield container(process)["args"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_exists(path: Path) -> None:
    """A variable that begins with IBROKER_ is one that ibroker reads."""
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", path.read_text(encoding="utf-8")))

    assert set() == named - FIELDS


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_exists(words: list[str]) -> None:
    """What is run is a command of ibroker that can be asked for help."""
    found: Any = typer.main.get_command(app)
    for word in words:
        found = found.get_command(found.make_context("ibroker", ["x"]), word)
        assert found is not None

    assert words
    assert 0 == CliRunner().invoke(app, [*words, "--help"]).exit_code


def test_kafka_is_told_what_broker_toml_says() -> None:
    """The cluster of Strimzi has the settings of our own one of three nodes."""
    table = read_table(deploy_folder() / "broker.toml")
    nodes = find("KafkaNodePool")["spec"]["replicas"]
    wanted = {**table.settings, **table.nodes[str(nodes)]}

    found = find("Kafka")["spec"]["kafka"]["config"]

    assert wanted.keys() >= NOT_IN_STRIMZI
    assert {key: wanted[key] for key in wanted.keys() - NOT_IN_STRIMZI} == {
        key: str(value).lower() for key, value in found.items()
    }


@each_process
def test_versions_are_ours(process: str) -> None:
    """Kafka is of the version of the jars, and the image of that of the project."""
    pom = (deploy_folder() / "pom.xml").read_text(encoding="utf-8")
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text("utf-8"))
    image = f"ibroker:{project['project']['version']}"

    assert find("Kafka")["spec"]["kafka"]["version"] in re.findall(
        r"<kafka.version>(.*)</kafka.version>", pom
    )
    assert image == container(process)["image"]
    assert image in CONTAINERFILE.read_text(encoding="utf-8")


@each_process
def test_all_is_of_one_cluster(process: str) -> None:
    """Nodes, topics and users have the label of the one Kafka."""
    name = find("Kafka")["metadata"]["name"]
    labelled = [find("KafkaNodePool"), *rendered()]

    assert {name} == {
        one["metadata"]["labels"]["strimzi.io/cluster"] for one in labelled
    }
    [listener] = find("Kafka")["spec"]["kafka"]["listeners"]
    assert (
        f"{name}-kafka-bootstrap:{listener['port']}"
        == settings(process)["IBROKER_KAFKA"]
    )


@each_process
def test_a_process_is_the_user_that_may_do_its_work(process: str) -> None:
    """Its certificate is that of the only KafkaUser that reads what it works on."""
    readers = {
        user["metadata"]["name"]
        for user in rendered()
        if user["kind"] == "KafkaUser"
        for rule in user["spec"]["authorization"]["acls"]
        if is_of(rule["resource"], INPUTS[process]) and "Read" in rule["operations"]
    }
    cluster = find("Kafka")["metadata"]["name"]
    secrets = [
        volume["secret"]["secretName"]
        for volume in pod(process)["volumes"]
        if "secret" in volume
    ]

    assert [f"{cluster}-cluster-ca-cert", *readers, *BY_HAND[process]] == secrets


@each_process
def test_every_file_is_mounted(process: str) -> None:
    """A setting that names a file names one that a secret brings."""
    # Of a secret without items all is mounted: the setting names the folder.
    items = {
        volume["name"]: [
            f"/{item['path']}" for item in volume.get("secret", {}).get("items", ())
        ]
        for volume in pod(process)["volumes"]
    }
    mounted = {
        f"{mount['mountPath']}{path}"
        for mount in container(process)["volumeMounts"]
        for path in items[mount["name"]] or [""]
    }

    assert mounted == {value for value in settings(process).values() if value[0] == "/"}


@each_process
def test_no_secret_is_kept_here(process: str) -> None:
    """A secret is only named: what is in it never stands in a file of ours."""
    assert [] == [one for one in resources() if one["kind"] == "Secret"]
    assert set() == {
        key for key in settings(process) if key.endswith(("KEY", "SLEUTEL"))
    } - {
        "IBROKER_TLS_KEY",
        "IBROKER_VERWIJZING_SLEUTEL",
    }


@each_process
def test_a_pod_has_time_to_drain(process: str) -> None:
    """Kubernetes waits longer than a process takes to drain."""
    assert Patience().drain < pod(process)["terminationGracePeriodSeconds"]


@each_process
def test_every_pod_gets_work(process: str) -> None:
    """Also during a rollout there are no more pods than partitions."""
    spec = find("Deployment", process)["spec"]
    [incoming] = [
        one["spec"]["partitions"]
        for one in rendered()
        if one["metadata"]["name"] == INPUTS[process]
    ]

    assert spec["replicas"] + spec["strategy"]["rollingUpdate"]["maxSurge"] <= incoming


@each_process
def test_probes_go_where_the_router_listens(process: str) -> None:
    """The port of the setting is that of the container, the probes and the policy."""
    [port] = container(process)["ports"]
    [ingress] = find("NetworkPolicy", process)["spec"]["ingress"]
    probes = [
        value for key, value in container(process).items() if key.endswith("Probe")
    ]

    assert f"0.0.0.0:{port['containerPort']}" == settings(process)["IBROKER_METRICS"]
    assert {port["name"]} == {probe["httpGet"]["port"] for probe in probes}
    assert [port["name"]] == [one["port"] for one in ingress["ports"]]
    assert f"EXPOSE {port['containerPort']}\n" in CONTAINERFILE.read_text("utf-8")


@each_process
def test_all_choose_the_same_pods(process: str) -> None:
    """What chooses the pods of a process does so by labels that they have."""
    labels = find("Deployment", process)["spec"]["template"]["metadata"]["labels"]
    chosen = [
        find("Deployment", process)["spec"]["selector"],
        find("PodDisruptionBudget", process)["spec"]["selector"],
        find("NetworkPolicy", process)["spec"]["podSelector"],
        *(one["labelSelector"] for one in pod(process)["topologySpreadConstraints"]),
    ]
    [listener] = find("Kafka")["spec"]["kafka"]["listeners"]

    assert [{"app.kubernetes.io/name": f"ibroker-{process}"}] * len(chosen) == [
        one["matchLabels"] for one in chosen
    ]
    for selector in (
        *chosen,
        *(peer["podSelector"] for peer in listener["networkPolicyPeers"]),
    ):
        assert selector["matchLabels"].items() <= labels.items()


@each_process
def test_a_pod_may_do_little(process: str) -> None:
    """A pod runs as the standard `restricted` wants, and writes its state alone."""
    own, shared = container(process)["securityContext"], pod(process)["securityContext"]

    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == own
    assert shared["runAsNonRoot"]
    assert {"type": "RuntimeDefault"} == shared["seccompProfile"]
    assert not pod(process)["automountServiceAccountToken"]


@each_process
def test_the_image_has_the_user_of_the_pod(process: str) -> None:
    """The image runs as who the pod says, and all it copies is there."""
    text = CONTAINERFILE.read_text(encoding="utf-8")
    shared = pod(process)["securityContext"]
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.*)", text, re.MULTILINE)
        for path in line.split()[:-1]
    ]

    assert f"USER {shared['runAsUser']}:{shared['runAsGroup']}\n" in text
    assert copied
    assert [] == [path for path in copied if not (DEPLOY.parent / path).exists()]


@pytest.mark.parametrize("process", STATEFUL)
def test_state_goes_with_the_pod(process: str) -> None:
    """What a process keeps on disk is in a folder that it may write, and is a copy."""
    [state] = [one for one in pod(process)["volumes"] if "emptyDir" in one]
    [mount] = [
        one
        for one in container(process)["volumeMounts"]
        if one["name"] == state["name"]
    ]

    assert settings(process)["IBROKER_DATA"] == mount["mountPath"]
    assert not mount.get("readOnly")
    assert "sizeLimit" in state["emptyDir"]

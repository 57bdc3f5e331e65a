"""`ibroker topics`, on a real cluster."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from ibroker.cli.topics import topics_app
from ibroker.errors import ClusterUnreachable, ConfigError, TopicsError
from ibroker.topics.kafka_admin import KafkaAdmin
from ibroker.topics.plan import AddAcl, CreateTopic, DeleteTopic
from ibroker.topics.state import Acl, Kind, Operation, Ours, Resource, Topic
from tests.topics.guarded import Guarded
from tests.topics.wishes import admin_sees, fresh_ours, renamed_text

# A register with two gemeenten: enough for what is of each.
GEMEENTEN = """\
gemeente = [
  { code = "0344", naam = "Utrecht" },
  { code = "0363", naam = "Amsterdam" },
]
"""


class Installation:
    """A topics.yaml, a register, and the address of a cluster."""

    def __init__(self, folder: Path, address: str) -> None:
        """Give it names that nobody else has."""
        self.ours: Ours = fresh_ours()
        self.name = self.ours.topics.rstrip(".")
        self.topics = folder / "topics.yaml"
        self.topics.write_text(renamed_text(self.name), encoding="utf-8")
        self.folder = folder
        (folder / "gemeenten.toml").write_text(GEMEENTEN, encoding="utf-8")
        self.address = address

    def run(self, *arguments: str) -> Result:
        """Run the command with the settings of this installation."""
        return CliRunner().invoke(
            topics_app,
            arguments,
            env={
                "IBROKER_KAFKA": self.address,
                "IBROKER_TOPICS": str(self.topics),
                "IBROKER_PARTIJEN": str(self.folder),
                "COLUMNS": "200",
            },
        )

    def change(self, there: str, instead: str) -> None:
        """Change topics.yaml."""
        text = self.topics.read_text(encoding="utf-8")
        assert there in text
        self.topics.write_text(text.replace(there, instead, 1), encoding="utf-8")

    def admin(self) -> KafkaAdmin:
        """The administration of the cluster, as an operator."""
        return KafkaAdmin({"bootstrap_servers": [self.address]})


@pytest.fixture
def guarded_installation(guarded: Guarded, tmp_path: Path) -> Installation:
    """On a cluster with an authorizer."""
    return Installation(tmp_path, guarded.open_address)


@pytest.fixture
def nowhere(tmp_path: Path) -> Installation:
    """Where no broker is."""
    return Installation(tmp_path, "127.0.0.1:1")


def rows(result: Result) -> list[dict[str, Any]]:
    """The JSON lines of a result."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.kafka
def test_plan_apply_plan(guarded_installation: Installation) -> None:
    """The plan says what apply does; afterwards there is no difference."""
    it = guarded_installation

    before = it.run("plan", "--format", "json")
    assert 2 == before.exit_code
    kinds = {row["soort"] for row in rows(before)}
    assert {"topic maken", "toegang geven", "quotum"} == kinds

    applied = it.run("apply", "--format", "json")
    assert 0 == applied.exit_code
    assert {"gedaan"} == {row["uitkomst"] for row in rows(applied)}
    assert len(rows(before)) == len(rows(applied))

    after = it.run("plan", "--format", "table")
    assert 0 == after.exit_code
    assert "Het cluster is zoals topics.yaml het wil.\n" == after.stdout

    again = it.run("apply", "--format", "table")
    assert 0 == again.exit_code
    assert "0 gedaan. Het cluster is zoals topics.yaml het wil.\n" == again.stdout


@pytest.mark.kafka
def test_a_table_is_short(guarded_installation: Installation) -> None:
    """A table counts what there is; each topic has a line of its own."""
    it = guarded_installation

    shown = it.run("plan", "--format", "table").stdout

    assert f"+ topic maken        {it.name}.gemeente.0344  1 partitie, 1 exem" in shown
    assert "18× topic maken" in shown
    assert "`ibroker topics apply` maakt het zo." in shown


@pytest.mark.kafka
def test_what_cannot_be_stays_told(guarded_installation: Installation) -> None:
    """Drift that apply cannot mend is told by both, and both end with 2."""
    it = guarded_installation
    it.run("apply")
    it.change("partitions: 12", "partitions: 5")

    planned = it.run("plan", "--format", "json")
    applied = it.run("apply", "--format", "table")

    assert ["te veel partities"] == [row["soort"] for row in rows(planned)]
    assert [2, 2] == [planned.exit_code, applied.exit_code]
    assert "12 in plaats van 5" in applied.stdout
    assert "`ibroker topics apply` maakt het zo." not in applied.stdout
    assert "Wat met ! begint kan of mag ibroker niet zelf." in applied.stdout


@pytest.mark.kafka
def test_apply_goes_on_after_a_failure(guarded_installation: Installation) -> None:
    """What Kafka refuses is told with its reason; the rest is made."""
    it = guarded_installation
    it.change("max.message.bytes: 28311552", "max.message.bytes: 4294967296")

    applied = it.run("apply", "--format", "table")

    assert 2 == applied.exit_code
    assert f"mislukt: topic maken {it.name}.cak: InvalidConfiguration" in applied.stdout
    with it.admin() as admin:
        there = {topic.name for topic in admin.observe(it.ours).topics}
    assert f"{it.name}.aanlevering" in there
    assert f"{it.name}.cak" not in there


@pytest.mark.kafka
def test_a_topic_goes_only_when_allowed(guarded_installation: Installation) -> None:
    """A topic that must not be there stays until --allow-delete."""
    it = guarded_installation
    it.run("apply")
    stray = f"{it.name}.oud"
    with it.admin() as admin:
        admin.make([CreateTopic(Topic(stray, 1, 1))])
        admin_sees(
            admin,
            it.ours,
            lambda actual: stray in {topic.name for topic in actual.topics},
        )

    kept = it.run("apply", "--format", "table")
    assert 2 == kept.exit_code
    assert f"- topic verwijderen  {stray}" in kept.stdout
    assert "Een topic verdwijnt alleen met --allow-delete." in kept.stdout
    json_kept = it.run("apply", "--format", "json")
    assert [(stray, "gelaten")] == [
        (row["topic"], row["uitkomst"]) for row in rows(json_kept)
    ]

    gone = it.run("apply", "--allow-delete", "--format", "table")
    assert 0 == gone.exit_code
    assert 0 == it.run("plan").exit_code


@pytest.mark.kafka
def test_stray_access_is_taken(guarded_installation: Installation) -> None:
    """Access to our topics that is not in topics.yaml is taken away by apply."""
    it = guarded_installation
    it.run("apply")
    acl = Acl(
        "User:CN=vreemd",
        Operation.READ,
        Resource(Kind.TOPIC, f"{it.name}.zorgaanbieder"),
    )
    with it.admin() as admin:
        admin.make([AddAcl(acl)])
        admin_sees(admin, it.ours, lambda actual: acl in (actual.acls or ()))

    planned = it.run("plan", "--format", "table")
    assert 2 == planned.exit_code
    line = (
        f"- toegang intrekken  User:CN=vreemd  lezen van topic {it.name}.zorgaanbieder"
    )
    assert line in planned.stdout
    assert 0 == it.run("apply").exit_code
    assert 0 == it.run("plan").exit_code


@pytest.mark.kafka
def test_without_authorizer_topics_alone(kafka: str, tmp_path: Path) -> None:
    """Where there is no authorizer one line says so, and only topics count."""
    it = Installation(tmp_path, kafka)

    try:
        applied = it.run("apply", "--format", "json")
        planned = it.run("plan", "--format", "json")
    finally:
        with it.admin() as admin:
            there = admin.observe(it.ours).topics
            admin.make([DeleteTopic(topic.name) for topic in there])

    assert [0, 0] == [applied.exit_code, planned.exit_code]
    assert {"topic maken"} == {row["soort"] for row in rows(applied)}
    assert [] == rows(planned)
    assert 1 == planned.stderr.count("geen authorizer")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nobody_answers(nowhere: Installation, command: str) -> None:
    """Where no broker answers it ends as the fault for which `ibroker` gives 3."""
    assert isinstance(nowhere.run(command).exception, ClusterUnreachable)


@pytest.mark.parametrize("command", [["plan"], ["apply"], ["render", "strimzi"]])
def test_a_wrong_file(nowhere: Installation, command: list[str]) -> None:
    """A wrong topics.yaml is told before any broker is asked."""
    nowhere.change("prefix:", "prefiks:")

    assert isinstance(nowhere.run(*command).exception, TopicsError)


def test_render_to_stdout(nowhere: Installation) -> None:
    """All resources come as one stream of YAML, without a broker."""
    result = nowhere.run("render", "strimzi", "--cluster", "post")

    assert 0 == result.exit_code
    resources = list(yaml.safe_load_all(result.stdout))
    kinds = [one["kind"] for one in resources]
    assert (18, 12) == (kinds.count("KafkaTopic"), kinds.count("KafkaUser"))
    assert {3} == {
        one["spec"]["replicas"] for one in resources if one["kind"] == "KafkaTopic"
    }
    clusters = {one["metadata"]["labels"]["strimzi.io/cluster"] for one in resources}
    assert {"post"} == clusters


def test_render_to_a_folder(nowhere: Installation, tmp_path: Path) -> None:
    """Topics and users come each in a file, with as many copies as is asked."""
    out = tmp_path / "k8s" / "post"

    result = nowhere.run("render", "strimzi", "--out", str(out), "--replication", "1")

    assert (0, "") == (result.exit_code, result.stdout)
    topics = list(yaml.safe_load_all((out / "kafkatopics.yaml").read_text()))
    users = list(yaml.safe_load_all((out / "kafkausers.yaml").read_text()))
    assert {1} == {one["spec"]["replicas"] for one in topics}
    assert {"KafkaUser"} == {one["kind"] for one in users}


@pytest.mark.parametrize(
    "arguments", [["--replication", "2"], ["--out", "/dev/null/map"]]
)
def test_render_what_cannot_be(nowhere: Installation, arguments: list[str]) -> None:
    """Copies that topics.yaml has not, or a folder that cannot be, are refused."""
    result = nowhere.run("render", "strimzi", *arguments)

    assert isinstance(result.exception, ConfigError)

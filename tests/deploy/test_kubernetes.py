"""Kubernetes and Strimzi take the manifests, and all that `render strimzi` writes."""

import os
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from ibroker.cli.topics import topics_app
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.reading import load_topics
from ibroker.topics.strimzi import render_users
from tests.deploy.manifests import (
    MANIFESTS,
    Resource,
    find,
    misspellings,
    resources,
)
from tests.deploy.strimzi_schemas import Validators, load_validators, make_crds
from tests.kafka.broker_address import give_up

HERE = Path(__file__)
STRIMZI = "kafka.strimzi.io/"
# The oldest that is still kept up, and the newest whose schemas are known.
VERSIONS = ("1.35", "1.37")


@pytest.fixture(scope="module")
def validators() -> Validators:
    """The schemas of Strimzi; without them the test is skipped, and fails on CI."""
    try:
        return load_validators(make_crds())
    except (OSError, subprocess.SubprocessError) as error:
        give_up(f"geen schema's van Strimzi: {error}")


def complaints(validators: Validators, resource: Resource) -> list[str]:
    """Where a resource is not as its schema says, and which word of that says so."""
    return [
        f"{error.json_path}: {error.validator}"
        for error in validators[resource["kind"]].iter_errors(resource)
    ]


OF_KUBERNETES = [one for one in resources() if STRIMZI not in one["apiVersion"]]
OF_STRIMZI = [one for one in resources() if STRIMZI in one["apiVersion"]]


def kind_of(resource: Resource) -> str:
    """Name a case for the kind of its resource."""
    return str(resource["kind"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource", OF_KUBERNETES, ids=kind_of)
def test_kubernetes_takes_it(resource: Resource, version: str) -> None:
    """Each resource of Kubernetes is valid, with no field that it does not know."""
    assert version == kubernetes_validate.validate(resource, version, strict=True)


@pytest.mark.parametrize("resource", OF_KUBERNETES, ids=kind_of)
def test_kubernetes_refuses_a_misspelled_field(resource: Resource) -> None:
    """A field with a wrong name is seen: the first, the last, and one halfway."""
    wrong = list(misspellings(resource))

    for _, one in (wrong[0], wrong[len(wrong) // 2], wrong[-1]):
        with pytest.raises((kubernetes_validate.ValidationError, KeyError)):
            kubernetes_validate.validate(one, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("resource", OF_STRIMZI, ids=kind_of)
def test_strimzi_takes_it(validators: Validators, resource: Resource) -> None:
    """Each resource of Strimzi is valid, with no field that it does not know."""
    assert [] == complaints(validators, resource)


@pytest.mark.parametrize("resource", OF_STRIMZI, ids=kind_of)
def test_strimzi_refuses_a_misspelled_field(
    validators: Validators, resource: Resource
) -> None:
    """Whichever field has a wrong name, it is seen."""
    wrong = dict(misspellings(resource))
    del wrong[".kind"]  # by which its schema is found

    unseen = [way for way, one in wrong.items() if not complaints(validators, one)]

    assert wrong
    assert [] == unseen


def test_what_is_rendered_is_taken(validators: Validators) -> None:
    """All that `render strimzi` writes is valid, and is of the cluster beside it."""
    result = CliRunner().invoke(topics_app, ["render", "strimzi"])
    rendered = list(yaml.load_all(result.stdout, yaml.CSafeLoader))

    assert 0 == result.exit_code
    assert {"KafkaTopic", "KafkaUser"} == {kind_of(one) for one in rendered}
    assert {find("Kafka")["metadata"]["name"]} == {
        one["metadata"]["labels"]["strimzi.io/cluster"] for one in rendered
    }
    assert [] == [
        (one["metadata"]["name"], found)
        for one in rendered
        if (found := complaints(validators, one))
    ]


def test_a_wrong_user_is_refused(validators: Validators) -> None:
    """In a KafkaUser an operation that is not there is seen, and a wrong name."""
    file = load_topics()
    user = next(render_users(expand(file, [], fitting(file, 3)), "ibroker"))
    user["spec"]["authorization"]["acls"][0]["operations"] = ["Look"]
    user["metadata"]["name"] = "Kapitaal"

    assert [
        "$.metadata.name: pattern",
        "$.spec.authorization.acls[0].operations[0]: enum",
    ] == sorted(complaints(validators, user))


def test_kustomization_names_every_file() -> None:
    """What stands in the folder is applied, and nothing that is not there."""
    listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text("utf-8"))

    assert {"apiVersion", "kind", "namespace", "resources"} == set(listed)
    assert {path.name for path in MANIFESTS.iterdir()} == {
        "kustomization.yaml",
        *listed["resources"],
    }


@pytest.mark.parametrize(
    "setting,outcome", [({}, "1 skipped"), ({"CI": "true"}, "1 error")], ids=str
)
def test_without_the_schemas(
    setting: dict[str, str], outcome: str, tmp_path: Path
) -> None:
    """Where Strimzi's schemas cannot be made a test is skipped; on CI it fails."""
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
            f"{HERE}::test_what_is_rendered_is_taken",
        ],
        cwd=HERE.parents[2],
        env={**clean, "PATH": "", "HOME": str(tmp_path), "COLUMNS": "300", **setting},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )

    assert outcome in done.stdout.splitlines()[-1]
    assert "mvn ontbreekt" in done.stdout

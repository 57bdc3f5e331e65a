"""What deploy/kubernetes has, read as kubectl reads it."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["DEPLOY", "MANIFESTS", "Resource", "find", "misspellings", "resources"]

DEPLOY = Path(__file__).parents[2] / "deploy"
MANIFESTS = DEPLOY / "kubernetes"
# Below these any name goes: a schema cannot know them.
_FREE = {"-XX", "config", "data", "labels", "limits", "matchLabels", "requests"}

Resource = dict[str, Any]


def resources() -> list[Resource]:
    """All resources of the files that kustomization.yaml names, in that order."""
    listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text("utf-8"))
    return [
        resource
        for name in listed["resources"]
        for resource in yaml.safe_load_all((MANIFESTS / name).read_text("utf-8"))
    ]


def find(kind: str, process: str | None = None) -> Resource:
    """The one resource of a kind, or the one of that kind of a process of ours."""
    [found] = [
        one
        for one in resources()
        if one["kind"] == kind
        and process in {None, one["metadata"]["name"].removeprefix("ibroker-")}
    ]
    return found


def misspellings(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """Give the resource once for each of its fields, with that field misspelled.

    Each with the way to that field, such as `.spec.ports.0.name`.
    """
    for way in _fields(resource, ()):
        wrong = copy.deepcopy(resource)
        parent: Any = wrong
        for step in way[:-1]:
            parent = parent[step]
        parent[f"{way[-1]}x"] = parent.pop(way[-1])
        yield "".join(f".{step}" for step in way), wrong


def _fields(node: object, way: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, list):
        for number, child in enumerate(node):
            yield from _fields(child, (*way, number))
    elif isinstance(node, dict):
        for name, child in node.items():
            yield (*way, name)
            if name not in _FREE:
                yield from _fields(child, (*way, name))

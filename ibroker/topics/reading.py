"""Reads topics.yaml; what is wrong with it is said by file, line and field."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.constructor import SafeConstructor

from ibroker.errors import TopicsError
from ibroker.topics.checking import check_topics
from ibroker.topics.model import TopicsFile

__all__ = ["load_topics", "own_topics_file", "parse_topics"]

_MAP = "tag:yaml.org,2002:map"
_MOST = 10  # faults that are named

# What pydantic has against a value, in words. Else its own message stands.
_WORDS = {
    "dict_type": "moet sleutels met waarden hebben",
    "enum": "is geen van {expected}",
    "extra_forbidden": "is geen bekende sleutel",
    "float_type": "moet een getal zijn",
    "greater_than": "moet groter zijn dan {gt}",
    "int_type": "moet een geheel getal zijn",
    "less_than_equal": "mag ten hoogste {le} zijn",
    "list_type": "moet een lijst zijn",
    "literal_error": "is geen van {expected}",
    "missing": "ontbreekt",
    "model_type": "moet sleutels met waarden hebben",
    "string_pattern_mismatch": "past niet bij {pattern}",
    "string_too_short": "is leeg",
    "string_type": "moet tekst zijn",
    "too_short": "is leeg",
}


class _Twice(NamedTuple):
    """A key that its mapping already has."""

    line: int
    path: tuple[str, ...]


def own_topics_file() -> Path:
    """Give topics.yaml inside the installed package, or beside it in a checkout.

    Raises TopicsError where it is in neither place.
    """
    package = Path(__file__).parents[1]
    for folder in (package, package.parent):
        if (folder / "topics.yaml").is_file():
            return folder / "topics.yaml"
    raise TopicsError(f"topics.yaml ontbreekt bij {package}")


def load_topics(path: Path | None = None) -> TopicsFile:
    """Read our own topics.yaml, or another in its place.

    Raises TopicsError where it is not there or not usable.
    """
    path = own_topics_file() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TopicsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TopicsError(f"{path}: is geen UTF-8") from error
    return parse_topics(text, path.name)


def parse_topics(text: str, name: str) -> TopicsFile:
    """Read a text as topics.yaml; `name` is what errors call it.

    Raises TopicsError that names the line and the field of everything that is wrong.
    """
    root = _compose(text, name)
    lines: dict[tuple[str, ...], int] = {(): 1}
    twice = list(_walk(root, (), lines, frozenset()))
    if twice:
        raise _refused(name, [(t.line, t.path, "staat er twee keer") for t in twice])
    try:
        file = TopicsFile.model_validate(_construct(root, name))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise _refused(
            name, [_place(one["loc"], _say(one), lines) for one in details]
        ) from error
    faults = list(check_topics(file))
    if faults:
        raise _refused(name, [_place(where, what, lines) for where, what in faults])
    return file


def _compose(text: str, name: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _broken(name, error) from error
    except yaml.YAMLError as error:
        raise TopicsError(f"{name}: is geen YAML") from error
    if root is None:
        raise TopicsError(f"{name}: is leeg")
    return root


def _construct(root: yaml.Node, name: str) -> object:
    """Make values of the nodes; keys were already seen to be texts, each once."""
    try:
        return SafeConstructor().construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise _broken(name, error) from error


def _broken(name: str, error: yaml.MarkedYAMLError) -> TopicsError:
    mark = error.problem_mark
    line = "" if mark is None else f", regel {mark.line + 1}"
    return TopicsError(f"{name}{line}: {error.problem}")


def _walk(
    node: yaml.Node,
    path: tuple[str, ...],
    lines: dict[tuple[str, ...], int],
    above: frozenset[int],
) -> Iterator[_Twice]:
    """Note the line of every field, and give the keys that are there twice.

    `above` holds the nodes that this one is in: an alias may lead back to one.
    """
    if id(node) in above:
        return
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*path, str(number)] = item.start_mark.line + 1
            yield from _walk(item, (*path, str(number)), lines, above)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            field = (*path, str(key.value))
            line = key.start_mark.line + 1
            if field in seen:
                yield _Twice(line, field)
            seen.add(field)
            lines[field] = line
            yield from _walk(value, field, lines, above)


def _place(
    where: tuple[str | int, ...], what: str, lines: dict[tuple[str, ...], int]
) -> tuple[int, tuple[str, ...], str]:
    """Find the line of a field, or of the nearest part that holds it."""
    path = tuple(str(step) for step in where if step != "[key]")
    nearest = next(
        path[:end] for end in range(len(path), -1, -1) if path[:end] in lines
    )
    return lines[nearest], path, what


def _say(error: ErrorDetails) -> str:
    words = _WORDS.get(error["type"])
    return error["msg"] if words is None else words.format(**error.get("ctx", {}))


def _refused(name: str, faults: list[tuple[int, tuple[str, ...], str]]) -> TopicsError:
    said = [
        f"{name}, regel {line}, {'.'.join(path) or 'het geheel'}: {what}"
        for line, path, what in sorted(faults)
    ]
    more = [f"en nog {len(said) - _MOST}"] if len(said) > _MOST else []
    return TopicsError("; ".join([*said[:_MOST], *more]))

"""What was measured: the files of benchmarks/, as figures and as tables.

A file says of itself with what `command`, when (`moment`), on which `machine`, with
which `versions` and `seed` it was made. The seed may stand among the `options` of the
command; one of none says that nothing was drawn.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from docs.markdown import code, plain, table

__all__ = [
    "FILES",
    "ORIGIN",
    "find_figure",
    "measured",
    "render_measured",
    "seed_of",
]

_FOLDER: Final = Path(__file__).parents[1] / "benchmarks"
FILES: Final = tuple(sorted(_FOLDER.glob("*.json")))
ORIGIN: Final = ("command", "moment", "machine", "versions")
"""What each file says of how it was made, beside its seed."""

_NOT_SHOWN: Final = frozenset({*ORIGIN, "seed", "options", "minutes"})
_MOST_ROWS: Final = 24  # more is a list to search in the file itself

_Scalar = str | int | float | None


def measured(name: str) -> Mapping[str, Any]:
    """Read what a benchmark found. Raises KeyError where there is no such file."""
    path = _FOLDER / f"{name}.json"
    if path not in FILES:
        raise KeyError(name)
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def find_figure(name: str, keys: Sequence[str]) -> float:
    """Give one figure of a file; a key of a list is a number.

    Raises LookupError where it is not there.
    """
    value: Any = measured(name)
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value[key]
    if not isinstance(value, int | float):
        raise KeyError(f"{name}: {' > '.join(keys)} is no figure")
    return value


def seed_of(found: Mapping[str, Any]) -> int | None:
    """Give the seed of a file. Raises KeyError where it says none."""
    seed: int | None = found["seed"] if "seed" in found else found["options"]["seed"]
    return seed


def render_measured(name: str, found: Mapping[str, Any]) -> str:
    """Write all of a file as tables, with first where they come from."""
    figures = {key: value for key, value in found.items() if key not in _NOT_SHOWN}
    return "\n\n".join((_origin(name, found), *_parts("", figures)))


def _origin(name: str, found: Mapping[str, Any]) -> str:
    versions = ", ".join(
        f"{library} {plain(_version(one))}"
        for library, one in found["versions"].items()
    )
    drawn = seed_of(found)
    seed = "nothing drawn" if drawn is None else f"seed {drawn}"
    return (
        f"{code(found['command'])}, {found['moment'][:10]}, {seed}, on "
        f"{plain(found['machine'])}; {versions}. All of it: `benchmarks/{name}.json`."
    )


def _version(text: str) -> str:
    """Leave out what a version says of its build."""
    return text.partition("\n")[0].replace('"', "")


def _parts(title: str, found: Mapping[str, Any]) -> Iterator[str]:
    """Write a part of a file: its single figures first, then each part of it."""
    single = {key: value for key, value in found.items() if _is_single(value)}
    if single:
        rows = ((plain(key), _shown(value)) for key, value in single.items())
        yield table((_head(title), ""), rows, right=1)
    for key, value in found.items():
        place = f"{title} > {key}" if title else key
        if key in single:
            continue
        if isinstance(value, list):
            yield from _list(place, value)
        elif rows_of := _as_rows(value):
            yield _rows(place, rows_of)
        else:
            yield from _parts(place, value)


def _list(title: str, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write a list of things with equal keys, of which the first names it.

    What has too much in it for a row has a part of its own.
    """
    if len(found) > _MOST_ROWS:
        yield f"{_head(title)}: {len(found)} rows, in the file."
        return
    named = {str(next(iter(one.values()))): _flat(one) for one in found}
    if not all(_is_single(one) for row in named.values() for one in row.values()):
        for name, one in zip(named, found, strict=True):
            yield from _parts(f"{title} > {name}", one)
        return
    first = next(iter(found[0]))
    for row in named.values():
        del row[first]
    yield _rows(title, named)


def _as_rows(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the rows of what has the same keys for each name; none where it has not."""
    if not all(isinstance(value, Mapping) for value in found.values()):
        return {}
    rows = {name: _flat(value) for name, value in found.items()}
    return rows if len({tuple(row) for row in rows.values()}) == 1 < len(rows) else {}


def _rows(title: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    keys = [*next(iter(rows.values()))]
    return table(
        (_head(title), *map(plain, keys)),
        (
            (plain(name), *(_shown(row[key]) for key in keys))
            for name, row in rows.items()
        ),
        right=len(keys),
    )


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """Bring what is one level deeper up, by both keys."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if isinstance(value, Mapping):
            flat |= {f"{key} > {inner}": one for inner, one in value.items()}
        else:
            flat[key] = value
    return flat


def _is_single(value: object) -> bool:
    if isinstance(value, list):
        return all(not isinstance(one, list | dict) for one in value)
    return not isinstance(value, dict)


def _head(title: str) -> str:
    return f"**{plain(title)}**" if title else ""


def _shown(value: _Scalar | Sequence[_Scalar]) -> str:
    match value:
        case None:
            return "none"
        case bool() | str():
            return plain(str(value))
        case int() | float():
            return f"{value:,}"
        case _:
            return ", ".join(map(_shown, value))

"""The rules of level 2, and what a sender is told, as schemas/regels.toml has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from docs.markdown import code, plain, table
from ibroker.standards import own_folder, read_toml

__all__ = ["render"]


def render() -> str:
    """Write each rule once: its text, and where it looks in which berichten."""
    rules = read_toml(own_folder() / "regels.toml")
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in rules["regel"]:
        rows.setdefault(row["id"], []).append(row)
    unique = rules["uniek"]
    rows[unique["id"]] = [
        {**answer, "plaats": unique["plaats"]} for answer in unique["antwoord"]
    ]
    head = (
        f"They follow version {rules['versie']} of the official rule sheet. "
        f"Whoever breaks one gets `RetourCode` {rules['retourcode']}, "
        "unless its row names another."
    )
    return "\n\n".join(
        (
            head,
            table(
                (
                    "rule",
                    "what the sender is told (Dutch)",
                    "where, in which berichten",
                ),
                (
                    (
                        code(name),
                        plain(rules["teksten"][name]),
                        "<br>".join(_where(ones)),
                    )
                    for name, ones in sorted(rows.items())
                ),
            ),
        )
    )


def _where(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    found: dict[str, set[str]] = {}
    for row in rows:
        place = code(row["plaats"])
        if "retourcode" in row:
            place += f" (answered with {row['retourcode']})"
        found.setdefault(place, set()).update(row["berichten"])
    for place, types in found.items():
        yield f"{place}: {', '.join(sorted(types))}"

"""Tables in Markdown, as GitHub and the site both show them."""

import re
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "plain", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> str:
    """Write a table; its last `right` columns are numbers, so they end at one line."""
    rules = ["---"] * (len(head) - right) + ["--:"] * right
    return "\n".join(_row(row) for row in (head, rules, *rows))


def code(text: str) -> str:
    """Write a text as code in a cell; nothing stays nothing."""
    return f"`{cell(text)}`" if text else ""


def plain(text: str) -> str:
    """Make a cell of a text that is no Markdown, so that it shows as it is."""
    return cell(re.sub(r"([\\*_<\[`])", r"\\\1", text))


def cell(text: str) -> str:
    """Make a cell of Markdown: one line, that ends no cell."""
    return " ".join(text.split()).replace("|", r"\|")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")

"""A progress bar for work that takes long, where a person is watching."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

__all__ = ["with_progress"]

_T = TypeVar("_T")

_LONG = 200


def with_progress(items: Iterable[_T], total: int) -> Iterator[_T]:
    """Pass the items on, with a bar on stderr for as long as that lasts.

    No bar for short work, where stderr is no terminal, and where stdout is one: there
    the verdicts themselves scroll by.
    """
    if total < _LONG or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, total=total)

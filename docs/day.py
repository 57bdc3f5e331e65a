"""Puts the figures of a day that was played into the runbook: `make operator-day`.

The day itself is benchmarks/operator_day.py; what it found is kept beside it as JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from docs.panels import read_dashboards

__all__ = ["FOUND", "RUNBOOK", "main", "put_in", "render"]

_DOCS: Final = Path(__file__).parent
FOUND: Final = _DOCS.parent / "benchmarks" / "operator_day.json"
"""What the day found, with the machine and the versions."""
RUNBOOK: Final = _DOCS / "runbook.md"
"""Where it is told."""
_PLACE: Final = re.compile(r"(?s)(<!-- operator_day\.json -->\n).*?(<!-- end -->\n)")
_NO_BEATS: Final = "HartslagNietVerstuurd"
_SILENT: Final = (
    " No heartbeat was sent on this day, so that no alert on those that are late fired."
)
_HEAD: Final = """\
| what | alert | | fires after | panel | it showed | over after |
|---|---|---|---|---|---|---|
"""


def render(found: Mapping[str, Any]) -> str:
    """Give the figures as Markdown: a table, and what else fired."""
    boards = {one.naam: one.titel for one in read_dashboards()}
    rows = "".join(_rows(found["scenes"], boards))
    besides = "; ".join(
        f"[{one['alert']}](#{one['alert'].lower()}) {one['about']}".rstrip()
        + f" after {_time(one['at'])}"
        for one in found["besides"]
    )
    silent = any(one["alert"] == _NO_BEATS for one in found["besides"])
    return (
        f"Played in {found['minutes']} minutes on {found['moment'][:10]}: "
        f"{found['handed_in']:,} berichten were handed in and "
        f"{found['refused'] or 'none'} refused. Machine: {found['machine']}, "
        f"Prometheus {found['versions']['prometheus']}; it had other work as well, a "
        f"load of {found['load_average']:g} at the start.\n\n"
        f"{_HEAD}{rows}\nBesides these fired: {besides or 'none'}."
        f"{_SILENT if silent else ''}\n"
    )


def put_in(text: str, found: Mapping[str, Any]) -> str:
    """Give the runbook with these figures."""
    return _PLACE.sub(lambda place: place[1] + render(found) + place[2], text)


def main() -> None:
    """Put what was found last into the runbook."""
    found = json.loads(FOUND.read_text(encoding="utf-8"))
    text = put_in(RUNBOOK.read_text(encoding="utf-8"), found)
    RUNBOOK.write_text(text, encoding="utf-8")
    print(f"{RUNBOOK}: {FOUND} put in")


def _rows(scenes: list[dict[str, Any]], boards: Mapping[str, str]) -> Iterator[str]:
    for scene in scenes:
        name = scene["scene"]
        for one in scene["seen"]:
            alert = one["alert"]
            line = one["line"]
            yield (
                f"| {name} | [{alert}](#{alert.lower()}) | {one['severity'] or '—'} "
                f"| {_time(one['fires'])} "
                f"| *{one['panel']}* of *{boards[one['dashboard']]}* "
                f"| {line}: {_number(one['before'])} → {_number(one.get('then'))} "
                f"| {_time(one['over'])} |\n"
            )
            name = ""


def _time(seconds: int | None) -> str:
    return "—" if seconds is None else f"{seconds} s"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()

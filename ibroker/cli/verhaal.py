"""Shows a story of the Wlz stream: what was sent, what arrived, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from ibroker.demo.verhaal import Gehoord, Verhaal, hoort

__all__ = ["show_verhaal"]

_SHORT = 8  # characters by which an id is known on a screen
_INDENT = " " * 4


def show_verhaal(
    console: Console, verhaal: Verhaal, stappen: Sequence[Gehoord]
) -> bool:
    """Show each step with what came of it; True where all went as the table says."""
    console.print(f"\n[bold]Wlz: {verhaal.titel}[/bold]")
    files = {one.spoor.receipt.id: one.stap.zending.bestand for one in stappen}
    width = max(map(len, files.values()))
    for one in stappen:
        console.print(
            f"{one.stap.zending.bestand:<{width}}  {one.stap.zending.zender:>4}"
            f"  {one.spoor.uitkomst}{'' if one.is_goed else ' (!)'}"
        )
        for post in one.post:
            place = f"{post.place.topic}/{post.place.partition}/{post.place.offset}"
            event = one.uitleg.get(post.id)
            if event is None:
                console.print(f"{_INDENT}-> {place}  antwoord: {hoort(post)}")
            else:
                _show_signal(console, place, event["data"], files)
    good = all(one.is_goed for one in stappen)
    console.print(
        "Zo hoort het: de gemeente hoort precies dit."
        if good
        else "Dit hoort niet zo: zie (!)."
    )
    return good


def _show_signal(
    console: Console, place: str, data: Mapping[str, Any], files: Mapping[str, str]
) -> None:
    text = f"Wlz-signaal {data['reden']}: {data['status']}"
    if data["herroept"] is not None:
        text += f", herroept signaal {data['herroept'][:_SHORT]}"
    console.print(f"{_INDENT}-> {place}  {text}")
    causes = ", ".join(
        f"{files.get(name, 'een eerder bericht')} ({name[:_SHORT]})"
        for name in data["oorzaken"]
    )
    console.print(
        f"{_INDENT}   want: {causes}; regels {data['regelversie']}", style="dim"
    )

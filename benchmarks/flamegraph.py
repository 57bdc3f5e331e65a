"""Draws stacks as a flame graph: a bar for each function, as wide as its samples."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

__all__ = ["draw"]

WIDTH, ROW, MARGIN = 16.0, 0.17, 0.45  # inches
LEAST: Final = 0.002  # of all samples; a bar narrower than that is not drawn
LETTER: Final = 0.0045  # of the width of the picture, that a letter takes
SHORTEST: Final = 3  # letters; fewer tell nothing
COLOURS: Final = mpl.colormaps["YlOrRd"]


@dataclass(slots=True)
class Bar:
    """A function called from that below it: its samples, and what it called."""

    samples: int = 0
    called: "dict[str, Bar]" = field(default_factory=dict)


def draw(stacks: Iterable[tuple[list[str], int]], title: str, path: Path) -> None:
    """Draw stacks, frames from the outermost on, with how often each was seen."""
    bottom = Bar()
    for frames, samples in stacks:
        bottom.samples += samples
        bar = bottom
        for frame in frames:
            bar = bar.called.setdefault(frame, Bar())
            bar.samples += samples
    rows = _height(bottom, bottom.samples)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure, axes = plt.subplots(figsize=(WIDTH, rows * ROW + MARGIN))
        _draw_above(axes, bottom, (0.0, 0), bottom.samples)
        axes.set(xlim=(0, 1), ylim=(0, rows))
        axes.set_axis_off()
        axes.set_title(f"{title}: {bottom.samples:,} samples", loc="left", fontsize=9)
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
        plt.close(figure)


def _height(bar: Bar, total: int) -> int:
    """How many bars stand on each other above this one."""
    above = [one for one in bar.called.values() if one.samples >= LEAST * total]
    return max((1 + _height(one, total) for one in above), default=0)


def _draw_above(axes: Axes, bar: Bar, place: tuple[float, int], total: int) -> None:
    """Draw what was called by a function that begins at that place of the picture."""
    left, row = place
    for name, one in sorted(bar.called.items()):
        width = one.samples / total
        if width >= LEAST:
            axes.barh(
                row + 0.5, width, 0.95, left, color=_colour(name), ec="white", lw=0.3
            )
            text = name.rpartition(":")[2][: int(width / LETTER)]
            if len(text) >= SHORTEST:
                axes.text(left + 0.001, row + 0.5, text, fontsize=6, va="center")
            _draw_above(axes, one, (left, row + 1), total)
        left += width


def _colour(name: str) -> tuple[float, float, float, float]:
    """The same for all functions of a file."""
    file = name.rpartition(":")[0].encode()
    return COLOURS(0.15 + 0.45 * hashlib.sha256(file).digest()[0] / 255)

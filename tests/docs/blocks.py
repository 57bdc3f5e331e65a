"""The commands that our texts tell people to type, as values."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.reference.commands import commands

__all__ = ["ROOT", "TEXTS", "Typed", "shown", "typed"]

ROOT: Final = Path(__file__).parents[2]
_FOLDERS: Final = ("benchmarks", "deploy", "schemas")
TEXTS: Final = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted(
        [
            *ROOT.glob("*.md"),
            *(ROOT / name / "README.md" for name in _FOLDERS),
            *(ROOT / "docs").rglob("*.md"),
        ]
    )
)
_BLOCK: Final = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE: Final = re.compile(r"(?<!`)`((?:ibroker|make|systemctl) [^`]+)`(?!`)")
_PROMPTS: Final = ("$ ", "# ")
_ENDS: Final = frozenset(";&|()<>")


@dataclass(frozen=True, slots=True)
class Typed:
    """One command with its words; where it stands; `is_whole` as it must be typed.

    What stands within a sentence may leave out what must be there.
    """

    where: str
    words: tuple[str, ...]
    is_whole: bool

    def __str__(self) -> str:
        """It as one line."""
        return f"{self.where}: {shlex.join(self.words)}"


def typed() -> Iterator[Typed]:
    """Give each command of our texts, and of the help of our commands."""
    for name in TEXTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in _BLOCK.findall(text):
            for line in block.splitlines():
                if line.startswith(_PROMPTS):
                    yield from _split(name, line[2:], is_whole=True)
        for inline in _INLINE.findall(_BLOCK.sub("", text)):
            yield from _split(name, inline, is_whole=False)
    for command in commands():
        name = " ".join(("ibroker", *command.words, "--help"))
        text = re.sub(r"\\\n\s*", "", command.text)
        for line in re.findall(r"^ +(?:cat \S+ \| )?(ibroker .+)$", text, re.MULTILINE):
            # Behind the command stands what it is for.
            yield from _split(name, re.split(r"\s{2,}", line)[0], is_whole=True)


def shown() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Give each command that judges samples, with what a text says that it shows."""
    for name in TEXTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in _BLOCK.findall(text):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                if line.startswith("ibroker validate tests/") and output.strip():
                    yield name, tuple(shlex.split(line)[1:]), output


def _split(where: str, line: str, *, is_whole: bool) -> Iterator[Typed]:
    """Give each command of a line of shell, without its variables and comment."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="".join(_ENDS))
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, ";"]:
        if not set(token) <= _ENDS:
            words.append(token)
            continue
        while words and re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        if words:
            yield Typed(where, tuple(words), is_whole)
        words = []

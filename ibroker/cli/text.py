"""File names as text that any terminal and any JSON reader can take."""

import os

__all__ = ["printable"]


def printable(name: str) -> str:
    r"""Spell what is not printable, or not UTF-8, as an escape such as \xff or \n.

    A file name may hold control characters that steer a terminal, and bytes that are
    no text at all.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )

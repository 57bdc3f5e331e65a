"""Finds the elements in the bytes of a bericht, and changes them as a whole."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

__all__ = ["Place", "change_element", "leaves_of", "places_of", "swap_elements"]

MOST_REPEATED = 150_000  # bytes that a repeat may add
_TAG = re.compile(
    rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|(/?)([^\s<>/!?]+)([^<>]*?)(/?)>)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Place:
    """An element in the bytes: where it and its content start and end."""

    name: bytes
    start: int
    inner: int
    inner_end: int
    end: int
    is_leaf: bool


@lru_cache(maxsize=256)
def places_of(data: bytes) -> tuple[Place, ...]:
    """Find the elements, also in what is not quite XML any more."""
    found: list[Place] = []
    opened: list[tuple[bytes, int, int, int]] = []
    for tag in _TAG.finditer(data):
        closing, name, _, empty = tag.groups()
        if name is None:
            continue
        if empty:
            found.append(
                Place(name, tag.start(), tag.end(), tag.end(), tag.end(), True)
            )
        elif not closing:
            opened.append((name, tag.start(), tag.end(), len(found)))
        elif opened and opened[-1][0] == name:
            name, start, inner, before = opened.pop()
            is_leaf = before == len(found)
            found.append(Place(name, start, inner, tag.start(), tag.end(), is_leaf))
    return tuple(found)


def leaves_of(data: bytes) -> list[Place]:
    """Find the elements that hold a value."""
    return [one for one in places_of(data) if one.is_leaf and one.inner < one.end]


def change_element(rng: Random, data: bytes) -> bytes:
    """Duplicate, delete, rename, empty, wrap or repeat an element."""
    places = places_of(data)
    if not places:
        return data
    one = rng.choice(places)
    whole = data[one.start : one.end]
    new = rng.choice(_ELEMENTS)(rng, whole, one.name, rng.choice(places).name)
    return data[: one.start] + new + data[one.end :]


def _misspelt(rng: Random, whole: bytes, name: bytes, _: bytes) -> bytes:
    local = name.rpartition(b":")[2]
    return whole.replace(local, rng.choice((b"x", local.lower())))


def _wrapped(rng: Random, whole: bytes, _name: bytes, _other: bytes) -> bytes:
    depth = rng.choice((1, 1, 3, 260))
    return b"<w>" * depth + whole + b"</w>" * depth


def _repeated(rng: Random, whole: bytes, _name: bytes, _other: bytes) -> bytes:
    most = rng.choice((3, 3, 9, 150 if rng.random() < 0.9 else 3000))
    return whole * min(most, 1 + MOST_REPEATED // len(whole))


_ELEMENTS: tuple[Callable[[Random, bytes, bytes, bytes], bytes], ...] = (
    lambda _rng, whole, _name, _other: whole * 2,
    lambda _rng, _whole, _name, _other: b"",
    lambda _rng, whole, name, other: whole.replace(name, other),
    lambda _rng, _whole, name, _other: b"<" + name + b"/>",
    _misspelt,
    _wrapped,
    _repeated,
)


def swap_elements(rng: Random, data: bytes) -> bytes:
    """Swap two elements, or put one inside the other."""
    places = places_of(data)
    if not places:
        return data
    one, two = sorted(rng.choices(places, k=2), key=lambda place: place.start)
    whole = data[one.start : one.end]
    if two.start < one.end:
        return data[: two.inner] + whole + data[two.inner :]
    middle = data[one.end : two.start]
    swapped = data[two.start : two.end] + middle + whole
    return data[: one.start] + swapped + data[two.end :]

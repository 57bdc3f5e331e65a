"""Mangles berichten: a mutant is a function of a seed, a kind and a number."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from tests.property.elements import (
    change_element,
    leaves_of,
    places_of,
    swap_elements,
)
from tests.property.odd_values import (
    ATTRIBUTES,
    CANARY,
    MARKUP,
    PROLOGS,
    changed_value,
    odd_text,
)

__all__ = ["KINDS", "mutant", "sources"]

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "berichten.zip"
MOST_BYTES = 100_000  # of a source: a larger one costs time and shows nothing more
_XMLNS = re.compile(rb"""xmlns(?::[\w.-]+)?=(["'])[^"']*\1""")
_PREFIX = re.compile(rb"</?([\w.-]+):")


@cache
def sources() -> tuple[bytes, ...]:
    """Read the berichten to mangle: those of the corpus, else our own samples."""
    if CORPUS.is_file():
        with zipfile.ZipFile(CORPUS) as corpus:
            names = sorted(corpus.namelist())
            # Of what the XSD refuses as it is, some will do.
            names = [name for name in names if name[0] != "B"] + names[::9]
            found = [corpus.read(name) for name in names]
    else:
        paths = sorted((ROOT / "tests" / "berichten").glob("*/*.xml"))
        found = [path.read_bytes() for path in paths]
    return tuple(data for data in found if 0 < len(data) <= MOST_BYTES)


def mutant(seed: int, kind: str, number: int) -> bytes:
    """Make the mutant of that number: up to five changes, of some with the canary."""
    rng = Random(f"{seed} {kind} {number}")  # noqa: S311 - no secret, but the same again
    data = rng.choice(sources())
    if rng.random() < 0.3:
        data = _planted(rng, data)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 5))):
        change = rng.choice(KINDS[kind])
        data = change(rng, data)
    return data


@cache
def _by_name() -> dict[bytes, list[bytes]]:
    """Give elements of all sources by local name, some of each."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for data in sources()[::7]:
        for place in places_of(data):
            same = found[place.name.rpartition(b":")[2]]
            if len(same) < 200:
                same.append(data[place.start : place.end])
    return found


def _planted(rng: Random, data: bytes) -> bytes:
    """Put the canary in a value, mostly in one where it fits."""
    leaves = leaves_of(data)
    fitting = [one for one in leaves if one.name.endswith((b"Bsn", b"Commentaar"))]
    if not leaves:
        return data
    place = rng.choice(fitting if fitting and rng.random() < 0.8 else leaves)
    return data[: place.inner] + CANARY + data[place.inner_end :]


def _flip(rng: Random, data: bytes) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _insert(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    piece = rng.choice((rng.randbytes(rng.randint(1, 8)), rng.choice(MARKUP)))
    return data[:at] + piece + data[at:]


def _cut(rng: Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    return data[:start] + data[start + rng.choice((1, 1, 2, 9, 80)) :]


def _truncate(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[at:] if rng.random() < 0.1 else data[:at]


def _copy_within(rng: Random, data: bytes) -> bytes:
    start, to = rng.randint(0, len(data)), rng.randint(0, len(data))
    return data[:to] + data[start : start + rng.choice((4, 60, 600))] + data[to:]


def _splice(rng: Random, data: bytes) -> bytes:
    other = rng.choice(sources())
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _graft(rng: Random, data: bytes) -> bytes:
    """Replace an element by one of the same name of another bericht."""
    places = places_of(data)
    if not places:
        return data
    place = rng.choice(places)
    same = _by_name().get(place.name.rpartition(b":")[2]) or [b"<x/>"]
    return data[: place.start] + rng.choice(same) + data[place.end :]


def _transplant(rng: Random, data: bytes) -> bytes:
    """Replace an element by any element of another bericht."""
    other = rng.choice(sources())
    places, others = places_of(data), places_of(other)
    if not places or not others:
        return data
    place, donor = rng.choice(places), rng.choice(others)
    return data[: place.start] + other[donor.start : donor.end] + data[place.end :]


def _attribute(rng: Random, data: bytes) -> bytes:
    places = places_of(data)
    if not places:
        return data
    at = rng.choice(places)
    at_name = at.start + 1 + len(at.name)
    return data[:at_name] + b" " + rng.choice(ATTRIBUTES) + data[at_name:]


def _namespace(rng: Random, data: bytes) -> bytes:
    """Change, drop or borrow a declaration, or change a prefix in one or all places."""
    declared = list(_XMLNS.finditer(data))
    prefixes = sorted(set(_PREFIX.findall(data)))
    case = rng.randrange(5)
    if case < 3 and declared:
        one = rng.choice(declared)
        text = one[0]
        if case == 0:
            other = rng.choice(list(_XMLNS.finditer(rng.choice(sources()))) or [one])
            text = text.partition(b"=")[0] + b"=" + other[0].partition(b"=")[2]
        elif case == 1:
            text = b""
        else:
            text = _flip(rng, text)
        return data[: one.start()] + text + data[one.end() :]
    if not prefixes:
        return data
    old = rng.choice(prefixes)
    new = rng.choice((*prefixes, b"p", b"xml", b"xmlns", b"_9.-"))
    if case == 3:
        return re.sub(
            rb"(</?|xmlns:)%b(?=[:=])" % re.escape(old), rb"\g<1>" + new, data
        )
    return data.replace(old + b":", new + b":", rng.randint(1, 2))


def _value(rng: Random, data: bytes) -> bytes:
    leaves = leaves_of(data)
    if not leaves:
        return data
    place = rng.choice(leaves)
    value = data[place.inner : place.inner_end]
    new = changed_value(rng, value) if rng.random() < 0.7 else odd_text(rng)
    return data[: place.inner] + new + data[place.inner_end :]


def _digit(rng: Random, data: bytes) -> bytes:
    """Change a digit, which leaves a value much like it was."""
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    at = rng.choice(digits)
    return data[:at] + b"%d" % rng.randrange(10) + data[at + 1 :]


def _borrowed_value(rng: Random, data: bytes) -> bytes:
    """Give a value the text of another value of the bericht, a date a date's mostly."""
    leaves = leaves_of(data)
    if not leaves:
        return data
    place = rng.choice(leaves)
    alike = [one for one in leaves if one.name[-5:] == place.name[-5:]]
    other = rng.choice(alike if rng.random() < 0.8 else leaves)
    text = data[other.inner : other.inner_end]
    return data[: place.inner] + text + data[place.inner_end :]


def _markup(rng: Random, data: bytes) -> bytes:
    """Insert a comment, an instruction or the like, between elements or in a value."""
    places = places_of(data)
    if not places:
        return data
    place = rng.choice(places)
    at = rng.choice((place.start, place.end, rng.randint(place.inner, place.inner_end)))
    return data[:at] + rng.choice(MARKUP) + data[at:]


def _prolog(rng: Random, data: bytes) -> bytes:
    body = data.partition(b"?>")[2] if data.startswith(b"<?xml") else data
    if rng.random() < 0.1:
        return data + rng.choice((*MARKUP, b"\n", b"\0"))
    return rng.choice(PROLOGS) + body


_Change = Callable[[Random, bytes], bytes]
KINDS: dict[str, tuple[_Change, ...]] = {
    "bytes": (_flip, _insert, _cut, _truncate, _copy_within),
    "splices": (_splice, _graft, _graft, _transplant),
    "elements": (change_element, change_element, change_element, swap_elements),
    "attributes": (_attribute, _namespace),
    "values": (_value, _value, _borrowed_value, _digit),
    "markup": (_markup, _markup, _prolog),
}
KINDS["all"] = tuple(change for changes in KINDS.values() for change in changes)

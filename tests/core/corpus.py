"""The corpus of messages with the verdict of the official sheet, and how to read it."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

__all__ = ["CORPUS", "OFFICIAL", "SAMPLES", "Case", "Element", "Reading", "cases"]

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "corpus"
OFFICIAL = SHARED / "reference" / "xsd"
SAMPLES = SHARED / "reference" / "voorbeelden"


@dataclass(frozen=True, slots=True)
class Case:
    """One message of the corpus; the names of the fields are those of its README."""

    id: str
    kind: str
    data: bytes
    xsd_valid: bool | None
    rules: Counter[str]
    locations: Counter[tuple[str, str]]
    verwacht: str | None


@cache
def cases(kind: str) -> tuple[Case, ...]:
    """Read all messages of a kind."""
    return tuple(case for case in _all() if case.kind == kind)


@cache
def _all() -> tuple[Case, ...]:
    lines = (CORPUS / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    with zipfile.ZipFile(CORPUS / "berichten.zip") as berichten:
        return tuple(_case(json.loads(line), berichten) for line in lines)


def _case(row: dict[str, Any], berichten: zipfile.ZipFile) -> Case:
    return Case(
        id=row["id"],
        kind=row["kind"],
        data=_bytes(row, berichten),
        xsd_valid=row["xsd_valid"],
        rules=Counter({rule: count for rule, _, count in row["rules"] or ()}),
        locations=Counter((rule, place) for rule, place in row["locations"] or ()),
        verwacht=row.get("verwacht"),
    )


def _bytes(row: dict[str, Any], berichten: zipfile.ZipFile) -> bytes:
    if row["file"] is not None:
        return berichten.read(row["file"])
    recipe = row["recipe"]
    text = "".join(part * times for part, times in recipe["delen"])
    return text.encode(recipe["codering"])


@dataclass(slots=True)
class Element:
    """An element as expat sees it, with the first and last line of its start tag."""

    name: str
    parent: "Element | None"
    first: int
    last: int = 0
    children: "list[Element]" = field(default_factory=list)
    has_comment: bool = False

    def paths(self, above: str = "") -> "Iterator[tuple[str, Element]]":
        """Give the paths without prefixes of this element and all in it."""
        path = f"{above}/{self._local()}"
        yield path, self
        family = Counter(child.name for child in self.children)
        seen: Counter[str] = Counter()
        for child in self.children:
            seen[child.name] += 1
            for below, element in child.paths(path):
                if family[child.name] > 1:
                    head = f"{path}/{child._local()}"
                    yield f"{head}[{seen[child.name]}]{below[len(head) :]}", element
                else:
                    yield below, element

    def below(self) -> "Iterator[Element]":
        """Give this element and all in it."""
        yield self
        for child in self.children:
            yield from child.below()

    def _local(self) -> str:
        return self.name.rpartition(" ")[2]


class Reading:
    """A message as expat reads it: what it declares, and its elements with lines."""

    def __init__(self, data: bytes) -> None:
        self.encoding: str | None = None
        self._current: Element | None = None
        self._opened: Element | None = None
        self._root: Element | None = None
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._comment
        parser.CharacterDataHandler = self._any
        parser.StartCdataSectionHandler = self._any
        parser.Parse(data, True)

    @property
    def root(self) -> Element:
        """The root element."""
        assert self._root is not None
        return self._root

    @property
    def namespace(self) -> str:
        """The namespace of the root element, empty where it has none."""
        return self.root.name.rpartition(" ")[0]

    def _declaration(self, _version: str, encoding: str | None, _alone: int) -> None:
        self.encoding = encoding

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._any()
        line = self._parser.CurrentLineNumber
        element = Element(name, self._current, line)
        if self._current is None:
            self._root = element
        else:
            self._current.children.append(element)
        self._current = self._opened = element

    def _end(self, _name: str) -> None:
        self._any()
        assert self._current is not None
        self._current = self._current.parent

    def _comment(self, *_text: str) -> None:
        self._any()
        if self._current is not None:
            self._current.has_comment = True

    def _any(self, *_text: str) -> None:
        """Note where the last start tag ended: before what comes now."""
        if self._opened is not None:
            self._opened.last = self._parser.CurrentLineNumber
            self._opened = None

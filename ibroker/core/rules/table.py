"""The table of level 2 rules: which rule is checked where, and what it says."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from itertools import islice
from types import MappingProxyType
from typing import Any

from lxml import etree

from ibroker.core.catalogue import Catalogue
from ibroker.core.fout import Fout
from ibroker.core.location import Locator, line_of
from ibroker.core.rules import (
    contact,
    declaratie,
    dubbel,
    overlap,
    periode,
    persoon,
    product,
    verzoek,
)
from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.errors import RuleTableError

__all__ = ["RuleTable", "parse_rules"]

Check = Callable[[Klasse, Kader], Plaatsen]

_FUNCTIONS: Mapping[str, Callable[..., Plaatsen]] = MappingProxyType(
    {
        name: getattr(module, name)
        for module in (
            contact,
            declaratie,
            dubbel,
            overlap,
            periode,
            persoon,
            product,
            verzoek,
        )
        for name in module.__all__
    }
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row of the table, tied to its function."""

    id: str
    check: Check


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rules of one message type, by the tag of the element they look at.

    Under each tag first those for the element itself (None), then for its parts.
    """

    tags: tuple[str, ...]
    by_tag: Mapping[str, tuple[tuple[str | None, tuple[_Rule, ...]], ...]]


@dataclass(frozen=True, slots=True)
class _Cause:
    """A way of writing that the official sheet misreads, and what to say of it."""

    regels: frozenset[str]
    schrijfwijze: re.Pattern[str]
    tekst: str


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Every level 2 rule. `versie` is the version of the official sheet followed."""

    versie: str
    retourcode: str
    teksten: Mapping[str, str]
    _causes: tuple[_Cause, ...]
    _sheets: Mapping[str, _Sheet]

    def check(
        self,
        berichttype: str,
        root: etree._Element,
        dagtekening: etree._Element,
        most: int,
    ) -> list[Fout]:
        """Check a schema-valid bericht; one Fout for each time a rule is broken.

        In document order of the place where the sheet looks, then in the order of
        the table. Stops after `most` faults or places: a list of equal keys makes
        more pairs than anyone will read.
        """
        sheet = self._sheets.get(berichttype)
        if sheet is None:
            return []
        kader = Kader(root, dagtekening)
        by_tag = sheet.by_tag
        found: list[tuple[str, tuple[etree._Element, ...]]] = []
        for element in root.iter(*sheet.tags):
            klasse = kader.klasse(element)
            for name, rules in by_tag[element.tag]:
                deel = klasse if name is None else klasse.deel(name)
                if deel is None:
                    continue
                for rule in rules:
                    places = rule.check(deel, kader)
                    if places is not NIETS:
                        found.extend((rule.id, place) for place in islice(places, most))
        return self._describe(found, most) if found else []

    def _describe(
        self, found: Sequence[tuple[str, tuple[etree._Element, ...]]], most: int
    ) -> list[Fout]:
        locator = Locator()
        fouten = []
        for regel, elements in found:
            if most <= 0:
                break
            most -= len(elements)
            fouten.append(
                Fout(
                    regel=regel,
                    retourcode=self.retourcode,
                    locaties=tuple(locator.path(element) for element in elements),
                    regelnummer=line_of(elements[0]),
                    tekst=" ".join(self._tekst(regel, elements)),
                )
            )
        return fouten

    def _tekst(self, regel: str, elements: Sequence[etree._Element]) -> Iterator[str]:
        yield self.teksten[regel]
        for cause in self._causes:
            if regel in cause.regels and any(
                cause.schrijfwijze.fullmatch(text)
                for element in elements
                for text in (element.text or "", *(child.text or "" for child in element))
            ):
                yield cause.tekst


def parse_rules(table: Mapping[str, Any], catalogue: Catalogue) -> RuleTable:
    """Build the table from the parsed regels.toml.

    Raises RuleTableError where a row names a function, parameter, message type or
    text that is not there.
    """
    teksten: Mapping[str, str] = table["teksten"]
    rules: _Places = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in table["regel"]:
        rule = _Rule(row["id"], _function(row))
        if rule.id not in teksten:
            message = f"{rule.id}: no text"
            raise RuleTableError(message)
        for name in row["berichten"]:
            berichttype = catalogue.by_type.get(name)
            if berichttype is None:
                message = f"{rule.id}: unknown message type {name!r}"
                raise RuleTableError(message)
            plaats, _, deel = row["plaats"].partition("/")
            tag = f"{{{berichttype.namespace}}}{plaats}"
            rules[name][tag][deel or None].append(rule)
    return RuleTable(
        versie=table["versie"],
        retourcode=table["retourcode"],
        teksten=teksten,
        _causes=tuple(
            _Cause(
                frozenset(row["regels"]), re.compile(row["schrijfwijze"]), row["tekst"]
            )
            for row in table.get("oorzaak", ())
        ),
        _sheets={
            name: _Sheet(
                tuple(by_tag),
                {
                    tag: tuple((deel, tuple(rows)) for deel, rows in by_deel.items())
                    for tag, by_deel in by_tag.items()
                },
            )
            for name, by_tag in rules.items()
        },
    )


_Places = dict[str, dict[str, dict[str | None, list[_Rule]]]]
"""Message type, tag, part of it, rules."""


def _function(row: Mapping[str, Any]) -> Check:
    name = row.get("functie", row["id"].lower())
    function = _FUNCTIONS.get(name)
    if function is None:
        message = f"{row['id']}: no function {name!r}"
        raise RuleTableError(message)
    parameters = row.get("parameters", {})
    try:
        signature(function).bind(None, None, **parameters)
    except TypeError as error:
        message = f"{row['id']}: {error}"
        raise RuleTableError(message) from error
    return partial(function, **parameters) if parameters else function

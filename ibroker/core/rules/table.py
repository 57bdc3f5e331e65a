"""The table of level 2 rules: which rule is checked where, and what it says."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from types import MappingProxyType
from typing import Any

from lxml import etree

from ibroker.core.catalogue import Catalogue
from ibroker.core.fout import Fout
from ibroker.core.location import Locator
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
from ibroker.core.rules.building import Row, build_sheet
from ibroker.core.rules.sheet import Hit, Sheet
from ibroker.core.schema import Schema
from ibroker.errors import RuleTableError

__all__ = ["RuleTable", "parse_rules"]

_FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
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
    _rows: tuple[Row, ...]
    _repeated: Mapping[str, Sequence[str]]
    _causes: tuple[_Cause, ...]
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    def check(
        self,
        berichttype: str,
        schema: Schema,
        root: etree._Element,
        dagtekening: etree._Element,
        most: int,
    ) -> tuple[Fout, ...]:
        """Check a schema-valid bericht; one Fout for each time a rule is broken.

        In document order of the place where the rule looks, then in the order of the
        table. Of each rule at most `most` places are named: a list of equal keys makes
        more pairs than anyone will read.
        """
        sheet = self._sheets.get(berichttype)
        if sheet is None:
            sheet = self._sheets[berichttype] = self.build_sheet(berichttype, schema)
        hits = sheet.walk(root, dagtekening, most)
        return tuple(self._describe(hits, schema)) if hits else ()

    def build_sheet(self, berichttype: str, schema: Schema) -> Sheet:
        """The rules of one message type, tied to the tags that its XSD has.

        Raises RuleTableError where a rule reads what the XSD does not know.
        """
        return build_sheet(
            [row for row in self._rows if berichttype in row.berichten],
            self._repeated,
            schema,
        )

    def _describe(self, hits: Sequence[Hit], schema: Schema) -> Iterator[Fout]:
        locator = Locator(schema.tags, schema.lists)
        for hit in sorted(hits, key=lambda hit: (hit.seq, hit.order)):
            yield Fout(
                hit.regel,
                self.retourcode,
                tuple([locator.path(element) for element in hit.elements]),
                hit.elements[0].sourceline,
                " ".join(self._tekst(hit)),
            )

    def _tekst(self, hit: Hit) -> Iterator[str]:
        yield self.teksten[hit.regel]
        for cause in self._causes:
            if hit.regel in cause.regels and any(
                cause.schrijfwijze.fullmatch(text)
                for element in hit.elements
                for text in (element.text or "", *(part.text or "" for part in element))
            ):
                yield cause.tekst


def parse_rules(table: Mapping[str, Any], catalogue: Catalogue) -> RuleTable:
    """Build the table from the parsed regels.toml.

    Raises RuleTableError where a row names a function, parameter, message type or
    text that is not there.
    """
    teksten: Mapping[str, str] = table["teksten"]
    rows = tuple(
        row
        for order, table_row in enumerate(table["regel"])
        for row in _parse_rows(order, table_row)
    )
    for row in rows:
        if row.id not in teksten:
            message = f"{row.id}: no text"
            raise RuleTableError(message)
        unknown = row.berichten - catalogue.by_type.keys()
        if unknown:
            message = f"{row.id}: unknown message types {sorted(unknown)}"
            raise RuleTableError(message)
    return RuleTable(
        versie=table["versie"],
        retourcode=table["retourcode"],
        teksten=teksten,
        _rows=rows,
        _repeated=table.get("herhaling", {}),
        _causes=tuple(
            _Cause(
                frozenset(row["regels"]), re.compile(row["schrijfwijze"]), row["tekst"]
            )
            for row in table.get("oorzaak", ())
        ),
    )


def _parse_rows(order: int, row: Mapping[str, Any]) -> Iterator[Row]:
    name = row.get("functie", row["id"].lower())
    function = _FUNCTIONS.get(name)
    if function is None:
        message = f"{row['id']}: no function {name!r}"
        raise RuleTableError(message)
    velden = tuple(row.get("velden", ()))
    binnen = row.get("binnen")
    parameters = row.get("parameters", {})
    arguments = (None, None) if binnen else velden
    try:
        signature(function).bind(*arguments, **parameters)
    except TypeError as error:
        message = f"{row['id']}: {name}: {error}"
        raise RuleTableError(message) from error
    plaatsen = row["plaats"]
    for plaats in [plaatsen] if isinstance(plaatsen, str) else plaatsen:
        yield Row(
            id=row["id"],
            order=order,
            berichten=frozenset(row["berichten"]),
            plaats=plaats,
            binnen=binnen,
            least=row.get("minstens", 0),
            velden=velden,
            lijstvelden=tuple(row.get("lijstvelden", ())),
            check=function,
            parameters=parameters,
        )

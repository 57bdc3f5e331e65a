"""Builds the sheet of a message type from the rows of the table and its XSD."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from ibroker.core.rules.broken import Values
from ibroker.core.rules.compiled import compile_judge
from ibroker.core.rules.plaats import ListRule, Plaats, Read, Record, Rule
from ibroker.core.rules.record import Node, build_node
from ibroker.core.rules.sheet import DAGTEKENING, Sheet
from ibroker.core.schema import Schema
from ibroker.core.structure import Structure
from ibroker.errors import RuleTableError

__all__ = ["Row", "build_sheet"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a rule at one kind of place."""

    id: str
    order: int
    berichten: frozenset[str]
    plaats: str
    binnen: str | None
    least: int
    velden: tuple[str, ...]
    lijstvelden: tuple[str, ...]
    check: Callable[..., Any]
    parameters: Mapping[str, Any]


def build_sheet(
    rows: Sequence[Row], repeated: Mapping[str, Sequence[str]], schema: Schema
) -> Sheet:
    """The rules of one message type, tied to the structure that its XSD has.

    `repeated` names by place the fields that are mostly the same in a whole bericht.
    Raises RuleTableError where a rule reads what the XSD does not have there.
    """
    names = {row.plaats for row in rows} | {row.binnen for row in rows if row.binnen}
    kept: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for veld in sorted({veld for row in rows for veld in row.velden if "." in veld}):
        owner, _, name = veld.partition(".")
        if veld != DAGTEKENING:
            kept[owner].append((name, veld))
    places: dict[str, tuple[Plaats, Collection[str]]] = {}
    for name in sorted(names | kept.keys()):
        plaats, own = _build_plaats(name, rows, kept[name], repeated.get(name, ()))
        places[f"{{{schema.namespace}}}{name}"] = plaats, own
    for tag, (plaats, own) in places.items():
        _check_fields(tag, plaats, own, build_node(_structure_of(schema, tag), places))
    return Sheet(root=build_node(schema.structure, places))


def _build_plaats(
    name: str,
    rows: Sequence[Row],
    keeps: Sequence[tuple[str, str]],
    repeated: Sequence[str],
) -> tuple[Plaats, Collection[str]]:
    """A place, and the fields that its rules read."""
    here = [row for row in rows if row.plaats == name]
    lists = [row for row in rows if row.binnen == name]
    velden = [veld for row in here for veld in row.velden]
    velden += [veld for row in lists for veld in row.lijstvelden]
    own = {veld for veld in velden if "." not in veld} | {veld for veld, _ in keeps}
    plaats = Plaats(
        name=name,
        blank=dict.fromkeys((*velden, *own)),
        keeps=tuple(keeps),
        judge=compile_judge(
            [
                Rule(row.id, row.order, row.velden, row.check, row.parameters)
                for row in here
                if row.binnen is None
            ],
            repeated,
        ),
        member_of=tuple(sorted({row.binnen for row in here if row.binnen})),
        lists=tuple(
            ListRule(
                row.id,
                row.order,
                row.least,
                row.lijstvelden,
                row.velden,
                _reader(row.lijstvelden),
                _reader(row.velden),
                partial(row.check, **row.parameters),
            )
            for row in lists
        ),
    )
    return plaats, own


def _check_fields(
    tag: str, plaats: Plaats, own: Collection[str], node: Node | None
) -> None:
    """Refuse a rule that reads what the XSD does not have there, or has twice."""
    reader = None if node is None else node.reader
    found = Counter(() if reader is None else reader.names())
    for veld in own:
        if found[veld] != 1:
            message = f"{tag}: {found[veld]} elements {veld} for a rule ({plaats.name})"
            raise RuleTableError(message)


def _structure_of(schema: Schema, tag: str) -> Structure:
    """The structure of the elements with that tag, which is one wherever they stand."""
    found = {one.children: one for one in schema.structure.below() if one.tag == tag}
    if len(found) != 1:
        message = f"{schema.namespace}: {len(found)} kinds of {tag} for a rule"
        raise RuleTableError(message)
    return next(iter(found.values()))


def _reader(velden: tuple[str, ...]) -> Read:
    """Takes these values out of a record, in this order."""
    match velden:
        case ():
            return _no_values
        case (veld,):
            return lambda record: (record[veld],)
        case _:
            return itemgetter(*velden)


def _no_values(_record: Record) -> Values:
    return ()

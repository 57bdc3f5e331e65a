"""Writes out what is done for every record, as functions compiled once.

Loops over fields and rules cost more than most rules do. So the reading of a place and
the calls of its rules are written out, one line for each, as a person would, when the
first bericht of a type is judged. It is what dataclasses does; the text holds nothing
but names of our own tables and XSDs.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from ibroker.core.rules.broken import NOTHING
from ibroker.core.rules.plaats import Judge, Rule

if TYPE_CHECKING:
    from ibroker.core.rules.record import Read, Reader, Wanted

__all__ = ["compile_judge", "compile_read"]


def compile_judge(rules: Sequence[Rule], repeated: Sequence[str] = ()) -> Judge | None:
    """One function that checks these rules; None where there are none.

    `repeated` are fields that are mostly the same in all records of the place. Rules
    that read no others (but for those kept from elsewhere) are checked once for each
    combination that breaks none of them. Of CD075 on Budget and Einddatum it holds

        broken = check0(record['Budget'], record['Einddatum'])
        if broken is not NOTHING:
            found += ((rule0, broken),)
    """
    if not rules:
        return None
    names: dict[str, Any] = {"NOTHING": NOTHING}
    once: list[str] = []
    always: list[str] = []
    for number, rule in enumerate(rules):
        own = {veld for veld in rule.velden if "." not in veld}
        lines = once if own and own <= set(repeated) else always
        lines += _lines(number, rule, names)
    key = ", ".join(f"record[{veld!r}]" for veld in repeated)
    text = ["def judge(record, good):", "    found = ()"]
    if once:
        text += [f"    key = ({key},)", "    if key not in good:"]
        text += [f"    {line}" for line in once]
        text += ["        if not found:", "            good.add(key)"]
    text += [*always, "    return found"]
    judge: Judge = _compile("judge", text, names)
    return judge


def _compile(name: str, text: Sequence[str], names: dict[str, Any]) -> Any:  # noqa: ANN401
    exec("\n".join(text), names)  # noqa: S102 - see the docstring of the module
    return names[name]


def _lines(number: int, rule: Rule, names: dict[str, Any]) -> list[str]:
    """The lines that check one rule, and the names in them."""
    names[f"check{number}"], names[f"rule{number}"] = rule.check, rule
    arguments = [f"record[{veld!r}]" for veld in rule.velden]
    for name, value in rule.parameters.items():
        names[f"{name}{number}"] = value
        arguments.append(f"{name}={name}{number}")
    return [
        f"    broken = check{number}({', '.join(arguments)})",
        "    if broken is not NOTHING:",
        f"        found += ((rule{number}, broken),)",
    ]


def compile_read(reader: "Reader") -> "Read":
    """One function that reads an element and the classes in it, as `reader` does.

    It looks at the number of children: where all optional ones are there, or none, it
    knows their places, and takes each value in a line of its own,

        record['Eenheid'] = children0[6].text or ""

    and leaves every other case to the reader itself.
    """
    names: dict[str, Any] = {}
    text = ["def read(element, record, onward):"]
    text += _read_lines(reader, "element", names, count())
    read: Read = _compile("read", text, names)
    return read


def _read_lines(
    reader: "Reader", element: str, names: dict[str, Any], numbers: Iterator[int]
) -> list[str]:
    number = next(numbers)
    children = f"children{number}"
    names[f"reader{number}"] = reader
    lines = [f"{children} = {element}[:]", f"if len({children}) == {reader.full}:"]
    lines += _wanted_lines(reader.all, children, names, numbers)
    if reader.least != reader.full:
        lines.append(f"elif len({children}) == {reader.least}:")
        lines += _wanted_lines(reader.bare, children, names, numbers)
    lines += [
        "else:",
        f"    reader{number}.read_children({children}, record, onward)",
    ]
    return [f"    {line}" for line in lines]


def _wanted_lines(
    wanted: "Wanted", children: str, names: dict[str, Any], numbers: Iterator[int]
) -> list[str]:
    lines = [
        f"    record[{name!r}] = {children}[{index}].text or ''"
        for index, name in wanted.values
    ]
    for index, inside in wanted.inside:
        lines += _read_lines(inside, f"{children}[{index}]", names, numbers)
    for index, node in wanted.onward:
        name = f"node{next(numbers)}"
        names[name] = node
        lines.append(f"    onward.append(({name}, {children}[{index}]))")
    for index, name in wanted.lists:
        values = f"[value.text or '' for value in {children}[{index}]]"
        lines.append(f"    record[{name!r}] = ' '.join({values})")
    return lines or ["    pass"]

"""Makes one function of all rules of a place.

Calling each rule through a general reader of its fields costs more than most rules do.
So the calls are written out, as a person would: one line for each rule, in a function
that is compiled once, when the first bericht of a type is judged. Like what dataclasses
does; the text holds nothing but names of our own tables.
"""

from collections.abc import Sequence
from typing import Any

from ibroker.core.rules.broken import NOTHING
from ibroker.core.rules.plaats import Judge, Rule

__all__ = ["compile_judge"]


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
    exec("\n".join(text), names)  # noqa: S102 - see the docstring of the module
    judge: Judge = names["judge"]
    return judge


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

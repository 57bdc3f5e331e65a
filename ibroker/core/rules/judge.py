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


def compile_judge(rules: Sequence[Rule]) -> Judge | None:
    """One function that checks these rules in their order; None where there are none.

    Of CD075 on Budget and Einddatum it holds the lines

        broken = check0(record['Budget'], record['Einddatum'])
        if broken is not NOTHING:
            found += ((rule0, broken),)
    """
    if not rules:
        return None
    names: dict[str, Any] = {"NOTHING": NOTHING}
    lines = ["def judge(record):", "    found = ()"]
    for number, rule in enumerate(rules):
        names[f"check{number}"], names[f"rule{number}"] = rule.check, rule
        arguments = [f"record[{veld!r}]" for veld in rule.velden]
        for name, value in rule.parameters.items():
            names[f"{name}{number}"] = value
            arguments.append(f"{name}={name}{number}")
        lines += [
            f"    broken = check{number}({', '.join(arguments)})",
            "    if broken is not NOTHING:",
            f"        found += ((rule{number}, broken),)",
        ]
    lines.append("    return found")
    exec("\n".join(lines), names)  # noqa: S102 - see the docstring of the module
    judge: Judge = names["judge"]
    return judge

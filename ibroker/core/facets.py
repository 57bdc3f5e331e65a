"""What a value of a simple type must look like, in Dutch, told from its facets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Facets", "describe_value"]

_MOST_VALUES = 20

_KINDS = {
    "boolean": "true of false",
    "date": "een datum jjjj-mm-dd",
    "dateTime": "een tijdstip jjjj-mm-ddTuu:mm:ss",
    "decimal": "een getal",
    "integer": "een geheel getal",
    "time": "een tijd uu:mm:ss",
}
_FORMS = {
    "[^:Z]*": "zonder tijdzone",
    "[^Z+-]+": "zonder tijdzone",
    r".*[^\s].*": "niet alleen witruimte",
    r"([.\s]*\S+[.\s]*)+": "niet alleen witruimte",
    "[0-9]*": "alleen cijfers",
}
_LITERAL = re.compile(r"[0-9A-Za-z]+")
_DIGITS = re.compile(r"\[0-9\]\{([0-9]+)\}")


@dataclass(slots=True)
class Facets:
    """What a simple type asks of its values.

    `kinds` are the names of the type and of those it is derived from, nearest first;
    `patterns` all hold at once; `limits` are the other facets by name, such as
    maxLength; `values` is the code list, None where there is none.
    """

    kinds: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    limits: dict[str, str] = field(default_factory=dict)
    values: list[str] | None = None


def describe_value(facets: Facets) -> str:
    """Say what is wanted, such as `een geheel getal van 0 t/m 99`."""
    if facets.values is not None:
        more = len(facets.values) - _MOST_VALUES
        rest = f" en nog {more} (samen {len(facets.values)})" if more > 0 else ""
        return f"een van: {', '.join(facets.values[:_MOST_VALUES])}{rest}"
    for pattern in facets.patterns:
        if _LITERAL.fullmatch(pattern):
            return f"de waarde {pattern}"
        if digits := _DIGITS.fullmatch(pattern):
            return f"{digits[1]} cijfers: patroon {pattern}"
    kind = next((_KINDS[name] for name in facets.kinds if name in _KINDS), "")
    forms = [_FORMS.get(pattern, f"patroon {pattern}") for pattern in facets.patterns]
    said = f"{kind} {_bounds(facets.limits)}".strip()
    if forms[:1] == ["zonder tijdzone"]:
        said, forms = f"{said} {forms[0]}", forms[1:]
    return ", ".join(filter(None, [said or _length(facets.limits), *forms])) or "tekst"


def _bounds(limits: Mapping[str, str]) -> str:
    """Describe between which values it lies, empty where there is no bound."""
    low, high = limits.get("minInclusive"), limits.get("maxInclusive")
    if low is not None and high is not None:
        return f"van {low} t/m {high}"
    if low is not None:
        return f"van minstens {low}"
    return "" if high is None else f"van hoogstens {high}"


def _length(limits: Mapping[str, str]) -> str:
    """Describe how many characters it has, empty where that is free."""
    least = limits.get("length", limits.get("minLength"))
    most = limits.get("length", limits.get("maxLength"))
    if least == most:
        return "" if most is None else _characters(f"precies {most}", most)
    if most is None:
        return _characters(f"minstens {least}", least)
    if least is None:
        return _characters(f"hoogstens {most}", most)
    return _characters(f"{least} t/m {most}", most)


def _characters(count: str, last: str | None) -> str:
    return f"{count} {'teken' if last == '1' else 'tekens'}"

"""Where something stands in a bericht: a path without prefixes, and its line."""

from collections import Counter
from collections.abc import Container

from lxml import etree

__all__ = ["Locator", "line_of"]

_UNKNOWN = "*"


class Locator:
    """Paths of elements, such as /Bericht/Client/Contactgegevens/Contact[2]/Soort.

    An index stands only where siblings share the name. Names that are not in `names`
    become `*`: a sender may have put anything there. Each family of siblings is
    counted once, so that many paths cost no more than one walk.
    """

    def __init__(self, names: Container[str] | None = None) -> None:
        self._names = names
        self._steps: dict[etree._Element, dict[etree._Element, str]] = {}

    def path(self, element: etree._Element) -> str:
        """The path of an element, from the root."""
        steps: list[str] = []
        parent = element.getparent()
        while parent is not None:
            family = self._steps.get(parent)
            if family is None:
                family = self._steps[parent] = self._count(parent)
            steps.append(family[element])
            element, parent = parent, parent.getparent()
        steps.append(self._name(element))
        return "/" + "/".join(reversed(steps))

    def _count(self, parent: etree._Element) -> dict[etree._Element, str]:
        children = [child for child in parent if isinstance(child.tag, str)]
        names = [self._name(child) for child in children]
        total = Counter(names)
        seen: Counter[str] = Counter()
        steps = {}
        for child, name in zip(children, names, strict=True):
            seen[name] += 1
            steps[child] = f"{name}[{seen[name]}]" if total[name] > 1 else name
        return steps

    def _name(self, element: etree._Element) -> str:
        name = str(element.tag).rpartition("}")[2]
        return name if self._names is None or name in self._names else _UNKNOWN


def line_of(element: etree._Element) -> int | None:
    """The line on which an element starts, from 1."""
    return element.sourceline

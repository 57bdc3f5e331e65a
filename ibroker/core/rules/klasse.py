"""A berichtklasse as the rules see it: its elements by local name."""

from collections.abc import Iterable

from lxml import etree

from ibroker.core.rules.values import dag

__all__ = ["NIETS", "Datum", "Kader", "Klasse", "Plaatsen", "find"]

Plaatsen = Iterable[tuple[etree._Element, ...]]
"""For each time a rule is broken: the elements that it names, in document order."""

NIETS: Plaatsen = ()
"""The rule holds."""


class _LocalNames(dict[str, str]):
    """Local names by tag. Only tags of a valid bericht come here, so it stays small."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = tag.rpartition("}")[2]
        return name


_local = _LocalNames()
_MOST_SHARED = 1000


class Klasse:
    """One element of a schema-valid bericht, with its children by local name.

    Not a dataclass: several are made for each bericht, and this costs half. In a list
    the last child of a name counts; the rules for lists walk `element` itself.
    """

    __slots__ = ("_delen", "element", "velden")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.velden = {_local[child.tag]: child for child in element[:]}
        self._delen: dict[str, Klasse] | None = None

    def deel(self, name: str) -> "Klasse | None":
        """The child of that name as a Klasse, None where it is absent."""
        element = self.velden.get(name)
        if element is None:
            return None
        if self._delen is None:
            self._delen = {}
        found = self._delen.get(name)
        if found is None:
            found = self._delen[name] = Klasse(element)
        return found

    def tekst(self, name: str) -> str:
        """The value of the child of that name as it stands, empty where absent."""
        element = self.velden.get(name)
        return "" if element is None else element.text or ""


class Datum:
    """A date that many places are compared with, read once. `dag` is as `values.dag`."""

    __slots__ = ("dag", "element", "tekst")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.tekst = element.text or ""
        self.dag = dag(self.tekst)


class Kader:
    """What the rules may know of the bericht around their place."""

    __slots__ = ("_data", "_leden", "_lijst", "_shared", "dagtekening", "root")

    def __init__(self, root: etree._Element, dagtekening: etree._Element) -> None:
        self.root = root
        self.dagtekening = Datum(dagtekening)
        self._data: dict[str, Datum] = {}
        self._lijst: etree._Element | None = None
        self._leden: list[Klasse] = []
        self._shared: dict[etree._Element, Klasse] = {}

    def datum(self, path: str) -> Datum:
        """The date at a path below the root that every valid bericht of the type has.

        Raises LookupError where it is not there: the rule table is wrong.
        """
        found = self._data.get(path)
        if found is None:
            element: etree._Element | None = self.root
            for name in path.split("/"):
                element = None if element is None else find(element, name)
            if element is None:
                raise LookupError(path)
            found = self._data[path] = Datum(element)
        return found

    def klasse(self, element: etree._Element) -> Klasse:
        """The element as a Klasse, the one that `leden` made where it did."""
        return self._shared.pop(element, None) or Klasse(element)

    def leden(self, lijst: etree._Element) -> Iterable[Klasse]:
        """The members of a list, read once for all rules, unless there are too many.

        Of a long list they are read anew for each rule, so that they need not all be
        in memory.
        """
        if len(lijst) > _MOST_SHARED:
            return map(Klasse, lijst)
        if self._lijst is not lijst:
            self._lijst = lijst
            self._leden = [Klasse(lid) for lid in lijst]
            self._shared.update((klasse.element, klasse) for klasse in self._leden)
        return self._leden


def find(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name. Quick for what stands in front."""
    for child in element:
        if _local[child.tag] == name:
            return child
    return None

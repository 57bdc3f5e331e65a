"""Where something stands in a bericht: a path without prefixes."""

from collections.abc import Container, Mapping

from lxml import etree

__all__ = ["Locator", "local_name"]

_UNKNOWN = "*"


class Locator:
    """Paths of elements, such as /Bericht/Client/Contactgegevens/Contact[2]/Soort.

    An index stands only where siblings share the name. `namen` gives the local names
    of the tags that the XSD knows; others become `*`, as a sender may have put anything
    there. Each family of siblings is counted once, so that many paths cost no more
    than one walk. Of a schema-valid bericht `lists` tells which tags can have
    siblings at all; without it every tag is looked at.
    """

    def __init__(
        self, namen: Mapping[str, str], lists: Container[str] | None = None
    ) -> None:
        self._namen = namen
        self._lists = lists
        self._paths: dict[etree._Element, str] = {}
        self._places: dict[
            tuple[etree._Element, str], dict[etree._Element, int] | None
        ] = {}

    def path(self, element: etree._Element) -> str:
        """The path of an element, from the root."""
        parent = element.getparent()
        if parent is None:
            return "/" + self._namen.get(str(element.tag), _UNKNOWN)
        above = self._paths.get(parent)
        if above is None:
            above = self._paths[parent] = self.path(parent)
        return f"{above}/{self._step(parent, element)}"

    def _step(self, parent: etree._Element, element: etree._Element) -> str:
        tag = str(element.tag)
        name = self._namen.get(tag, _UNKNOWN)
        if self._lists is not None and tag not in self._lists:
            return name
        key = parent, tag
        if key not in self._places:
            family = list(parent.iterchildren(tag))
            self._places[key] = (
                {member: place for place, member in enumerate(family, start=1)}
                if len(family) > 1
                else None
            )
        places = self._places[key]
        return name if places is None else f"{name}[{places[element]}]"


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; not for the hot path."""
    return etree.QName(element).localname

"""The structure that an XSD gives a bericht: which elements stand where.

A schema-valid bericht has its elements in the order of the XSD, so whoever knows the
structure finds most of them by their place alone. Reading a tag costs as much as
finding the element, which is why the rules are built on this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from ibroker.errors import SchemaError

__all__ = ["Structure", "parse_structure"]

_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True)
class Structure:
    """An element as the XSD declares it. `children` is empty for a value.

    `in_sequence` says that the children stand in this order, each of them at most
    once: then the present ones tell by number and by the optional ones alone which
    they are.
    """

    tag: str
    name: str
    optional: bool
    repeated: bool
    children: tuple["Structure", ...]

    @property
    def in_sequence(self) -> bool:
        """Whether the place of a child tells which it is."""
        return not any(child.repeated for child in self.children)

    @property
    def is_value_list(self) -> bool:
        """Whether it holds nothing but one kind of value, repeated."""
        match self.children:
            case (Structure(repeated=True, children=()),):
                return True
            case _:
                return False

    def below(self) -> Iterator["Structure"]:
        """This element and everything in it, in document order."""
        yield self
        for child in self.children:
            yield from child.below()


def parse_structure(namespace: str, trees: Mapping[str, etree._Element]) -> Structure:
    """Read the structure of the one global element of a namespace.

    `trees` are the XSD of that namespace and those it imports. Raises SchemaError for
    a content model that is no plain sequence of elements: the standards have no other.
    """
    declared = trees[namespace].find(f"{_XS}element")
    if declared is None:
        message = f"XSD of {namespace} declares no element"
        raise SchemaError(message)
    return _Reader(trees).element(namespace, declared)


class _Reader:
    """Follows types through the XSDs."""

    def __init__(self, trees: Mapping[str, etree._Element]) -> None:
        self._types = {
            f"{{{namespace}}}{definition.get('name')}": (namespace, definition)
            for namespace, tree in trees.items()
            for definition in tree.iterchildren(f"{_XS}complexType")
        }

    def element(self, namespace: str, declared: etree._Element) -> Structure:
        name = declared.get("name")
        if name is None:
            message = f"XSD of {namespace} uses an element by ref"
            raise SchemaError(message)
        return Structure(
            tag=f"{{{namespace}}}{name}",
            name=name,
            optional=declared.get("minOccurs") == "0",
            repeated=declared.get("maxOccurs", "1") != "1",
            children=tuple(self._children(namespace, declared)),
        )

    def _children(
        self, namespace: str, declared: etree._Element
    ) -> Iterator[Structure]:
        definition = declared.find(f"{_XS}complexType")
        if definition is None:
            prefix, _, name = (declared.get("type") or "").rpartition(":")
            target = declared.nsmap.get(prefix or None, "")
            found = self._types.get(f"{{{target}}}{name}")
            if found is None:
                return
            namespace, definition = found
        for part in definition.iterchildren(f"{_XS}*"):
            if part.tag == f"{_XS}sequence" and part.get("maxOccurs", "1") == "1":
                for child in part.iterchildren(f"{_XS}*"):
                    if child.tag != f"{_XS}element":
                        raise _unknown(namespace, child)
                    yield self.element(namespace, child)
            elif part.tag not in (f"{_XS}annotation", f"{_XS}attribute"):
                raise _unknown(namespace, part)


def _unknown(namespace: str, part: etree._Element) -> SchemaError:
    name = str(part.tag).rpartition("}")[2]
    return SchemaError(
        f"XSD of {namespace}: cannot follow xs:{name} at {part.sourceline}"
    )

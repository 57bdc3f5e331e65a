"""Level 1: the XSDs, compiled, and what they say of a bericht."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from ibroker.core.header import header_tags
from ibroker.core.location import Locator
from ibroker.core.reading import checking_parser
from ibroker.core.structure import Structure, parse_structure
from ibroker.errors import SchemaError

if TYPE_CHECKING:
    from lxml.etree._docloader import _InputDocument  # only the stubs name it

__all__ = ["Schema", "Schemas", "XsdFout", "parse_schemas"]

_XS = "{http://www.w3.org/2001/XMLSchema}"
_Known: TypeAlias = dict[tuple[etree._Element, str], list[etree._Element]]


@dataclass(frozen=True, slots=True)
class XsdFout:
    """One place that is not valid, with libxml2's name for what is wrong there."""

    locatie: str
    regelnummer: int | None
    soort: str
    element: etree._Element


@dataclass(frozen=True, slots=True)
class Schema:
    """The XSD of one message type.

    `tags` gives the local name of each of its elements' tags, `namen` are those names,
    `header_tags` the few that a header is read by; `klassen` the tags of the elements
    that hold elements, `lists` those that may be repeated; `bronnen` the bytes of the
    XSDs it is made of, by namespace.
    """

    namespace: str
    tags: Mapping[str, str]
    header_tags: Mapping[str, str]
    namen: frozenset[str]
    klassen: frozenset[str]
    structure: Structure
    lists: frozenset[str]
    bronnen: Mapping[str, bytes]
    _compiled: etree.XMLSchema

    def is_valid(self, root: etree._Element) -> bool:
        """Whether the bericht is valid; no hint in the bericht itself counts."""
        return self._compiled.validate(root)

    def stream_faults(self, data: bytes) -> list[str]:
        """libxml2's names for what is wrong, found while parsing, one for each fault.

        In contrast to `is_valid` it costs no more for many faults among many siblings:
        libxml2 counts the siblings for the place of each fault, here there is none.
        Only for what has been parsed without XSD: of namespaces it takes any misuse.
        """
        parser = checking_parser(self._compiled)
        try:
            etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            if not parser.error_log:
                message = "the parser refuses with an XSD what it takes without"
                raise SchemaError(message) from None
        return [entry.type_name for entry in parser.error_log]

    def faults(self, root: etree._Element, most: int) -> list[XsdFout]:
        """Why the bericht that was just found invalid is so, once for each place.

        libxml2's own message quotes values, so only its kind and place are used.
        """
        locator = Locator(self.tags)
        found: dict[str, XsdFout] = {}
        known: _Known = {}
        for entry in self._compiled.error_log:
            if len(found) >= most:
                break
            element = _resolve(root, entry.path, known)
            path = locator.path(element)
            if path not in found:
                line = element.sourceline
                found[path] = XsdFout(path, line, entry.type_name, element)
        return list(found.values())


def _resolve(root: etree._Element, path: str | None, known: _Known) -> etree._Element:
    """The element at a path of libxml2, such as /wmo301:Bericht/*[2]/iwmo:Soort[3].

    Where the path leads nowhere the element above counts. `known` keeps the siblings
    already counted, since many faults can stand among many siblings.
    """
    element = root
    for step in (path or "").split("/")[2:]:
        name, _, index = step.rstrip("]").partition("[")
        place = int(index or 1) - 1
        key = element, name
        if key not in known:
            known[key] = _named(element, name)
        if place >= len(known[key]):
            break
        element = known[key][place]
    return element


def _named(parent: etree._Element, name: str) -> list[etree._Element]:
    """The children that a step counts: of that qualified name, or for `*` all."""
    children = [child for child in parent if isinstance(child.tag, str)]
    if name == "*":
        return children
    prefix, _, local = name.rpartition(":")
    return [
        child
        for child in children
        if child.prefix == (prefix or None)
        and str(child.tag).rpartition("}")[2] == local
    ]


@dataclass(slots=True)
class Schemas:
    """All XSDs by target namespace; each is compiled when it is first asked for.

    Compiling all of them takes half a second, and most runs need a few.
    """

    sources: Mapping[str, bytes]
    _compiled: dict[str, Schema] = field(default_factory=dict)

    def get(self, namespace: str) -> Schema:
        """The schema of a namespace. Raises SchemaError where it does not compile."""
        schema = self._compiled.get(namespace)
        if schema is None:
            schema = self._compiled[namespace] = self._compile(namespace)
        return schema

    def _compile(self, namespace: str) -> Schema:
        if namespace not in self.sources:
            message = f"no XSD for namespace {namespace}"
            raise SchemaError(message)
        bronnen = dict(self._with_imports(namespace))
        trees = [_parse(source) for source in bronnen.values()]
        try:
            compiled = etree.XMLSchema(_linked(namespace, bronnen))
        except etree.LxmlError as error:
            message = f"XSD of {namespace} does not compile: {error}"
            raise SchemaError(message) from error
        tags = {
            f"{{{tree.get('targetNamespace')}}}{name}": name
            for tree in trees
            for element in tree.iter(_XS + "element")
            if (name := element.get("name")) is not None
        }
        structure = parse_structure(namespace, dict(zip(bronnen, trees, strict=True)))
        return Schema(
            namespace=namespace,
            tags=tags,
            header_tags=header_tags(tags),
            namen=frozenset(tags.values()),
            klassen=_klassen(trees),
            structure=structure,
            lists=frozenset(one.tag for one in structure.below() if one.repeated),
            bronnen=bronnen,
            _compiled=compiled,
        )

    def _with_imports(self, namespace: str) -> Iterator[tuple[str, bytes]]:
        """The XSD of a namespace and all that it imports, found by namespace."""
        todo, seen = [namespace], {namespace}
        while todo:
            current = todo.pop()
            source = self.sources.get(current)
            if source is None:
                message = f"no XSD for imported namespace {current}"
                raise SchemaError(message)
            yield current, source
            for element in _parse(source).iterchildren(_XS + "import"):
                imported = element.get("namespace")
                if imported is not None and imported not in seen:
                    seen.add(imported)
                    todo.append(imported)


class _Resolver(etree.Resolver):
    """Gives libxml2 our own bytes for each import, and refuses anything else."""

    def __init__(self, bronnen: Mapping[str, bytes]) -> None:
        self._bronnen = bronnen

    def resolve(
        self,
        system_url: str | None,
        public_id: str | None,  # noqa: ARG002 - lxml passes it by place
        context: object,
    ) -> "_InputDocument":
        source = self._bronnen.get(system_url or "")
        if source is None:
            message = f"XSD imports what is not given: {system_url}"
            raise SchemaError(message)
        return self.resolve_string(source, context, base_url=system_url)


def _linked(namespace: str, bronnen: Mapping[str, bytes]) -> etree._Element:
    """The XSD with each import's location set to its namespace, which is resolved."""
    linked = {}
    for name, source in bronnen.items():
        tree = _parse(source)
        for element in tree.iterchildren(_XS + "import"):
            element.set("schemaLocation", element.get("namespace") or "")
        linked[name] = etree.tostring(tree)
    parser = _xsd_parser()
    parser.resolvers.add(_Resolver(linked))
    return etree.fromstring(linked[namespace], parser)


def _xsd_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )


def _parse(source: bytes) -> etree._Element:
    try:
        return etree.fromstring(source, _xsd_parser())
    except etree.XMLSyntaxError as error:
        message = f"XSD is not well-formed: {error}"
        raise SchemaError(message) from error


def _klassen(trees: list[etree._Element]) -> frozenset[str]:
    """The tags of all elements whose type has element content."""
    complex_types = {
        (tree.get("targetNamespace"), definition.get("name"))
        for tree in trees
        for definition in tree.iterchildren(_XS + "complexType")
    }
    found: set[str] = set()
    values: set[str] = set()
    for tree in trees:
        target = tree.get("targetNamespace")
        for element in tree.iter(_XS + "element"):
            prefix, _, name = (element.get("type") or "").rpartition(":")
            is_klasse = (
                element.find(_XS + "complexType") is not None
                or (element.nsmap.get(prefix or None), name) in complex_types
            )
            (found if is_klasse else values).add(f"{{{target}}}{element.get('name')}")
    # A name that stands for both is taken as a value: refusing is the safe side.
    return frozenset(found - values)


def parse_schemas(files: Mapping[str, bytes]) -> Schemas:
    """Take XSDs by file name; of two with the same target namespace the later counts.

    So the files of a folder of the user, given last, replace ours. Raises SchemaError
    for a file that is no XSD with a target namespace.
    """
    sources: dict[str, bytes] = {}
    for name, source in files.items():
        tree = _parse(source)
        namespace = tree.get("targetNamespace")
        if tree.tag != _XS + "schema" or namespace is None:
            message = f"{name}: no XSD with a targetNamespace"
            raise SchemaError(message)
        sources[namespace] = source
    return Schemas(sources)

"""What the XSD expects at each place that it refuses, told from the schema alone.

libxml2 says which places are wrong and in which way, as it does for the verdict;
xmlschema knows what the XSD wants there. It gets no more of a bericht than the tags of
elements, so no value can show in a text, and explaining costs a walk along siblings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from xmlschema import XMLSchema10, XMLSchemaException
from xmlschema.validators import (
    XsdComplexType,
    XsdElement,
    XsdFacet,
    XsdGroup,
    XsdPatternFacets,
    XsdSimpleType,
)

from ibroker.core.catalogue import Berichttype
from ibroker.core.facets import Facets, describe_value
from ibroker.core.fout import Uitkomst
from ibroker.core.location import local_name
from ibroker.core.reading import (
    Limits,
    Refusal,
    closed_parser,
    drop_comments,
    parse_bericht,
)
from ibroker.core.schema import XsdFout
from ibroker.core.verdict import Standards, validate_bericht

__all__ = ["Uitleg", "explain_xsd"]

_MOST = 100  # as many places as the verdict names
_MOST_COMPILED = 64  # there are some forty message types
_XS = "{http://www.w3.org/2001/XMLSchema}"
_ANYTHING = "wat de XSD van het berichttype hier voorschrijft"

# What libxml2 calls the ways in which an element can be wrong; other ways than these
# are about its value.
_CONTENT = "SCHEMAV_ELEMENT_CONTENT"
_ATTRIBUTES = frozenset(
    {
        "SCHEMAV_CVC_COMPLEX_TYPE_3_1",
        "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1",
        "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2",
        "SCHEMAV_CVC_COMPLEX_TYPE_4",
        "SCHEMAV_CVC_TYPE_3_1_1",
    }
)
_NOT = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "een leeg element",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "geen element, maar als waarde: ",
    "SCHEMAV_CVC_ELT_3_1": "geen xsi:nil, maar als waarde: ",
    "SCHEMAV_CVC_ELT_4_1": "geen xsi:type, maar als waarde: ",
    "SCHEMAV_CVC_ELT_4_2": "geen xsi:type, maar als waarde: ",
    "SCHEMAV_CVC_ELT_4_3": "geen xsi:type, maar als waarde: ",
    "SCHEMAV_CVC_TYPE_3_1_2": "geen element, maar als waarde: ",
}


@dataclass(frozen=True, slots=True)
class Uitleg:
    """What belongs at one place that is not valid; `verwacht` is Dutch."""

    locatie: str
    verwacht: str


def explain_xsd(
    data: bytes, berichttype: Berichttype, standards: Standards
) -> tuple[Uitleg, ...]:
    """Explain why a bericht of that type is ongeldig, for each place of its verdict.

    At most a hundred; none for a bericht that is not of that type, or not ongeldig.
    Never raises for a bericht.
    """
    # What is ongeldig was small enough for who judged it, whatever that bound was.
    limits = Limits(max_bytes=len(data))
    verdict = validate_bericht(data, standards, limits)
    if verdict.uitkomst is not Uitkomst.ONGELDIG or verdict.berichttype != berichttype:
        return ()
    root = parse_bericht(data, limits)
    if isinstance(root, Refusal):
        return ()
    drop_comments(root)
    schema = standards.schemas.get(berichttype.namespace)
    if not verdict.fouten[0].locaties or schema.is_valid(root):
        return ()  # no place to explain: there are too many faults
    compiled = _compile(tuple(schema.bronnen.values()))
    return tuple(
        Uitleg(fout.locatie, _expected(compiled, fout))
        for fout in schema.faults(root, _MOST)
    )


@lru_cache(maxsize=_MOST_COMPILED)
def _compile(sources: tuple[bytes, ...]) -> XMLSchema10 | None:
    """Compile an XSD and what it imports, None where xmlschema does not take it.

    Nothing is fetched: imports lose their location, and every other way is closed.
    """
    try:
        return XMLSchema10(
            [_without_locations(source) for source in sources],
            base_url="file:///dev/null/",  # a sandbox that no file can be in
            allow="sandbox",
            defuse="always",
            block="file io url tree",
            timeout=1,
            use_fallback=False,
        )
    except (XMLSchemaException, OSError):
        return None


def _without_locations(source: bytes) -> bytes:
    tree = etree.fromstring(source, closed_parser())
    for element in tree.iterchildren(f"{_XS}import"):
        element.attrib.pop("schemaLocation", None)
    return etree.tostring(tree)


def _expected(compiled: XMLSchema10 | None, fout: XsdFout) -> str:
    if compiled is None:
        return _ANYTHING
    above = [_tag(element) for element in fout.element.iterancestors()]
    parent = _declared(compiled, reversed(above))
    if parent is None:
        declared = None if above else compiled.maps.elements.get(_tag(fout.element))
    else:
        declared = _child(parent, _tag(fout.element))
    if not above and declared is None:
        return _roots(compiled)
    if fout.soort == _CONTENT:
        return _of_content(fout.element, parent, declared)
    return _ANYTHING if declared is None else _of_itself(declared, fout.soort)


def _tag(element: etree._Element) -> str:
    return str(element.tag)


def _roots(compiled: XMLSchema10) -> str:
    return f"als hoofdelement {_either(sorted(compiled.elements))}"


def _declared(compiled: XMLSchema10, tags: Iterable[str]) -> XsdElement | None:
    """Find the declaration of the last of the tags, from the root down."""
    found: XsdElement | None = None
    for depth, tag in enumerate(tags):
        if depth == 0:
            found = compiled.maps.elements.get(tag)
        elif found is not None:
            found = _child(found, tag)
    return found


def _child(declared: XsdElement, tag: str) -> XsdElement | None:
    group = _group(declared)
    found = None if group is None else group.match_element(tag)
    return found if isinstance(found, XsdElement) else None


def _group(declared: XsdElement) -> XsdGroup | None:
    """What an element may hold of elements, None where it can hold none."""
    kind = declared.type
    content = kind.content if isinstance(kind, XsdComplexType) else None
    return content if isinstance(content, XsdGroup) and len(content) else None


def _of_content(
    element: etree._Element, parent: XsdElement | None, declared: XsdElement | None
) -> str:
    """What the XSD wants where this element stands; if just that, what it lacks."""
    if parent is not None:
        before = [_tag(child) for child in element.itersiblings(preceding=True)]
        fitting, may_end = _fitting(parent, reversed(before))
        if not any(one.is_matching(_tag(element)) for one in fitting):
            for one in fitting:
                if one.local_name == local_name(element):
                    return f"element {one.local_name} in de namespace {_space(one)}"
            return _next(parent, fitting, may_end=may_end)
    if declared is None:
        return _ANYTHING
    fitting, may_end = _fitting(declared, map(_tag, element))
    if may_end or not fitting:
        return _ANYTHING
    return f"in {declared.local_name} nog {_next(declared, fitting, may_end=False)}"


def _fitting(parent: XsdElement, tags: Iterable[str]) -> tuple[list[XsdElement], bool]:
    """Which elements fit after children with those tags, and whether it may end there.

    None and False where the tags do not fit themselves.
    """
    group = _group(parent)
    if group is None:
        return [], True
    model = group.get_model_visitor()
    repeated = None
    for tag in tags:
        if tag == repeated:
            continue
        # An element that holds none is falsy.
        while model.element is not None and model.match_element(tag) is None:
            if list(model.advance()):
                return [], False
        element = model.element
        if element is None or list(model.advance(match=True)):
            return [], False
        is_endless = model.element is element and element.max_occurs is None
        repeated = tag if is_endless else None
    found: list[XsdElement] = []
    while (element := model.element) is not None:
        if not isinstance(element, XsdElement) or element in found:
            break
        found.append(element)
        if list(model.advance()):
            return found, False
    return found, True


def _space(declared: XsdElement) -> str:
    return etree.QName(declared.name or "").namespace or ""


def _next(parent: XsdElement, fitting: list[XsdElement], *, may_end: bool) -> str:
    names = [str(one.local_name) for one in fitting]
    if may_end:
        names.append(f"het einde van {parent.local_name}")
    if not names:
        return _ANYTHING
    return f"element {_either(names)}" if fitting else _either(names)


def _of_itself(declared: XsdElement, soort: str) -> str:
    """What the XSD wants of an element that is in its place."""
    kind = declared.type
    if soort in _ATTRIBUTES:
        return _attributes(declared)
    if isinstance(kind, XsdSimpleType):
        return _NOT.get(soort, "") + _value(kind)
    group = _group(declared)
    if group is None:
        return "een leeg element"
    names = [one.local_name for one in group.elements if one.local_name]
    return f"geen losse tekst, alleen elementen: {', '.join(names)}"


def _attributes(declared: XsdElement) -> str:
    kind = declared.type
    if not isinstance(kind, XsdComplexType):
        return "geen attributen"
    names = [one.local_name for one in kind.attributes.values() if one.local_name]
    return f"als attribuut: {', '.join(names)}" if names else "geen attributen"


def _value(kind: XsdSimpleType) -> str:
    facets = Facets()
    if kind.enumeration is not None:
        facets.values = [str(value) for value in kind.enumeration]
    base: object = kind
    while isinstance(base, XsdSimpleType):
        facets.kinds.append(base.local_name or "")
        for tag, facet in base.facets.items():
            if isinstance(facet, XsdPatternFacets):
                facets.patterns.append("|".join(facet.regexps))
            elif tag is not None and isinstance(facet, XsdFacet):
                facets.limits.setdefault(tag.removeprefix(_XS), str(facet.value))
        base = base.base_type
    return describe_value(facets)


def _either(names: list[str]) -> str:
    return " of ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

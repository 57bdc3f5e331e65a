"""Level 0: from bytes to a tree that every reader reads alike, or why not.

The parser fetches nothing, expands nothing and follows no hint in the bericht. What
would let two readers see different values is refused: encodings, DOCTYPEs, comments
and processing instructions inside a value. Where names outside ASCII stand in the way
of many a reader, Python's own parser (expat) has its say too.
"""

import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lxml import etree

from ibroker.core.fout import Regel

__all__ = [
    "Limits",
    "Refusal",
    "checking_parser",
    "closed_parser",
    "drop_comments",
    "has_include",
    "has_stretch",
    "may_hold_comments",
    "parse_bericht",
    "values_with_comment",
]

_BOM = b"\xef\xbb\xbf"
_BOMS_OTHER = (b"\xff\xfe", b"\xfe\xff")
_WIDE = (b"<\0", b"\0<", b"\0\0")
"""How UTF-16 and UTF-32 start without a byte order mark."""
_START = (b"<", b" ", b"\t", b"\r", b"\n")
_DECLARATION = re.compile(
    rb"""<\?xml [ \t\r\n]+
    version [ \t\r\n]* = [ \t\r\n]* (?: "1\.0" | '1\.0' )
    (?: [ \t\r\n]+ encoding [ \t\r\n]* = [ \t\r\n]*
        (?: "([^"<>]*)" | '([^'<>]*)' ) )?
    (?: [ \t\r\n]+ standalone [ \t\r\n]* = [ \t\r\n]*
        (?: "(?:yes|no)" | '(?:yes|no)' ) )?
    [ \t\r\n]* \?>""",
    re.VERBOSE,
)
"""The XML declaration (XML 1.0, production 23), with the coding that it declares.

Not of XML 1.1: there other parsers than ours read NEL and U+2028 as line ends.
"""
_DOCTYPE = re.compile(
    rb"(?: [ \t\r\n]+ | <\?(?>.*?\?>) | <!--(?>.*?-->) )*+ <!DOCTYPE",
    re.VERBOSE | re.DOTALL,
)
"""A DOCTYPE, with nothing before it but what may stand there."""
_UTF8 = b"utf-8"
_PLAIN = tuple(b'<?xml version="1.0" encoding="%b"?>' % c for c in (b"UTF-8", _UTF8))
"""What nearly every bericht starts with: there the coding is beyond doubt."""
_ODD_PREFIX = re.compile(rb"xmlns:[^\s:=<\x80-\xff]*+[\x80-\xff]")
_ODD_TARGET = re.compile(rb"<\?[^\s?<\x80-\xff]*+[\x80-\xff]")
"""Names outside ASCII that no XSD sees, or a text that looks so.

Apart they are found faster than together.
"""
_INCLUDES = "{http://www.w3.org/2001/XInclude}*"
_SMALL = 100_000  # bytes; of a smaller bericht the tree is no burden, whatever it holds
_LONGEST = 10_000_000  # bytes of a comment or processing instruction, says the parser
_UNFINISHED = frozenset(
    {etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED, etree.ErrorTypes.ERR_PI_NOT_FINISHED}
)
"""Also what the parser says of one that is too long."""
_EXCESSIVE = frozenset(
    {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one bericht may cost at most. A real one stays far below most of these.

    `max_bytes` is 25 MB, as OP179 says. `max_tags` (start and end tags together) bounds
    the memory of the tree, as does one tag for each `bytes_per_tag` in all but small
    ones. `max_pieces` is for comments, CDATA and the like, which the parser joins at
    the cost of all before; `max_attributes` for the root, where only hints can stand.
    Over `stream_tags` the XSD is checked while parsing, where many faults among many
    siblings cost no more than few, but a value in many pieces does: there no stretch of
    `max_stretch` bytes may be without a tag. `max_places` bounds what is reported of
    each rule.
    The parser itself refuses more than 256 levels and values over 10 MB.
    """

    max_bytes: int = 25_000_000
    max_tags: int = 2_000_000
    bytes_per_tag: int = 8
    max_pieces: int = 10_000
    max_attributes: int = 64
    stream_tags: int = 20_000
    max_stretch: int = 32_768
    max_places: int = 100_000

    def is_large(self, data: bytes) -> bool:
        """Whether the XSD is checked while parsing. There are more bytes than tags."""
        return len(data) > self.stream_tags and data.count(b"<") > self.stream_tags


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bericht is not read, and the line (from 1) and places where that shows."""

    regel: Regel
    regelnummer: int | None = None
    locaties: tuple[str, ...] = ()


_CLOSED: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "no_network": True,
    "huge_tree": False,
    "recover": False,
    "remove_comments": False,
    "remove_pis": False,
    "strip_cdata": True,
}
"""A parser with these fetches and expands nothing.

Comments stay: they must be seen to be refused. `collect_ids=False` would be faster by a
hair, but makes libxml2 load the DTD whatever `load_dtd` says.
"""


def closed_parser() -> etree.XMLParser:
    """A parser that fetches and expands nothing."""
    parser: etree.XMLParser = etree.XMLParser(**_CLOSED)
    return parser


class _NoTree:
    """What the parser makes of a bericht that is only checked: nothing."""

    def close(self) -> None:
        """End the bericht."""


def checking_parser(schema: etree.XMLSchema) -> etree.XMLParser:
    """A parser that makes no tree and keeps a log of what the XSD does not allow.

    It is for one bericht: the log grows. It does not raise for what is in the log.
    """
    checking = _CLOSED | {"schema": schema, "target": _NoTree()}
    parser: etree.XMLParser = etree.XMLParser(**checking)
    return parser


_PARSER = closed_parser()


def parse_bericht(data: bytes, limits: Limits) -> etree._Element | Refusal:
    """Parse a bericht, or say why it is refused."""
    refusal = _refuse_bytes(data, limits)
    return _parse_tree(data, limits) if refusal is None else refusal


def _refuse_bytes(data: bytes, limits: Limits) -> Refusal | None:
    """Why a bericht may not come near a parser, by its bytes alone; None where it may.

    A parser opens what a DTD names, however it is set, so none must see a DOCTYPE.
    """
    if len(data) > limits.max_bytes:
        return Refusal(Regel.GROOTTE)
    if not data.startswith(_PLAIN):
        refusal = _check_coding(data)
        if refusal is not None:
            return refusal
    if b"!" in data and _DOCTYPE.match(data):
        return Refusal(Regel.DOCTYPE)
    if len(data) > _SMALL and _is_excessive(data, limits):
        return Refusal(Regel.GROOTTE)
    return None


def _is_excessive(data: bytes, limits: Limits) -> bool:
    """Whether there are too many tags, or pieces that a value can be made of."""
    tags = data.count(b"<")
    if tags > min(limits.max_tags, len(data) // limits.bytes_per_tag):
        return True
    pieces = data.count(b"<!") + data.count(b"<?") if may_hold_comments(data) else 0
    return pieces > limits.max_pieces or (
        tags > limits.stream_tags and has_stretch(data, limits.max_stretch)
    )


def has_stretch(data: bytes, size: int) -> bool:
    """Whether there are `size` bytes without a tag, seen at multiples of `size`.

    So every stretch of twice that is found, and none that is shorter than it.
    """
    starts = range(0, len(data) - size + 1, size)
    return any(data.find(b"<", start, start + size) < 0 for start in starts)


def _parse_tree(data: bytes, limits: Limits) -> etree._Element | Refusal:
    """Parse what `_refuse_bytes` lets through.

    Never with an XSD at the same time: that parser takes faults against namespaces.
    """
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        return Refusal(_why_not(data, error.code), error.lineno or None)
    # lxml goes by the last thing said: a warning hides an error before it.
    for entry in _PARSER.error_log:
        if entry.level >= etree.ErrorLevels.ERROR:
            return Refusal(Regel.WELGEVORMD, entry.line or None)
    if len(root.attrib) > limits.max_attributes:
        return Refusal(Regel.GROOTTE, root.sourceline)
    if not data.isascii() and (_ODD_PREFIX.search(data) or _ODD_TARGET.search(data)):
        # Ours knows XML's fifth edition, many a parser the names of its fourth only.
        try:
            expat.ParserCreate(namespace_separator=" ").Parse(data, True)
        except expat.ExpatError as error:
            return Refusal(Regel.WELGEVORMD, error.lineno)
    return root


def _why_not(data: bytes, code: int) -> Regel:
    """What a parse error comes down to; the parser's own words quote the bericht."""
    if code in _EXCESSIVE or (code in _UNFINISHED and len(data) > _LONGEST):
        return Regel.GROOTTE
    return Regel.DOCTYPE if b"<!DOCTYPE" in data else Regel.WELGEVORMD


def may_hold_comments(data: bytes) -> bool:
    """Whether a comment or processing instruction can be there, told by two bytes.

    A single byte is found fastest. Question marks count behind the XML declaration.
    """
    start = data.find(b"?>") if data.startswith(b"<?") else 0
    return b"!" in data or data.find(b"?", start + 2) >= 0


def has_include(root: etree._Element) -> bool:
    """Whether the bericht asks for XInclude. It is never followed, but it is an attack.

    A valid bericht cannot hold one, so only an invalid one needs this look.
    """
    return next(root.iter(_INCLUDES), None) is not None


def _check_coding(data: bytes) -> Refusal | None:
    """UTF-8 without a byte order mark, by its first bytes and by what it declares.

    The parser goes by the same things. It must not see anything else: in another
    coding a DOCTYPE would not look like one, and it opens what a DTD names.
    """
    if data.startswith(_BOM):
        return Refusal(Regel.BOM)
    if data.startswith((*_BOMS_OTHER, *_WIDE)):
        return Refusal(Regel.CODERING)
    if not data.startswith(_START):
        return Refusal(Regel.WELGEVORMD, 1)
    if data.startswith(b"<?xml") and data[5:6] in _START:
        declaration = _DECLARATION.match(data)
        if declaration is None:
            return Refusal(Regel.WELGEVORMD, 1)
        declared = declaration[1] or declaration[2] or _UTF8
        if declared.lower() != _UTF8:
            return Refusal(Regel.CODERING, 1)
    return None


_COMMENTED = etree.XPath("//*[not(*)][comment() or processing-instruction()]")


def values_with_comment(
    root: etree._Element, klassen: frozenset[str]
) -> list[etree._Element]:
    """The values that a comment or processing instruction cuts in two.

    `klassen` are the tags of elements that hold elements, so no value.
    """
    return [element for element in _COMMENTED(root) if element.tag not in klassen]


def drop_comments(root: etree._Element) -> None:
    """Take comments and processing instructions out, so that only elements remain."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)

"""Level 0: from bytes to a tree that every reader reads alike, or why not.

The parser fetches nothing, expands nothing and follows no hint in the bericht. What
would let two readers see different values is refused: encodings, DOCTYPEs, comments
and processing instructions inside a value.
"""

import re
from dataclasses import dataclass

from lxml import etree

from ibroker.core.fout import Regel

__all__ = [
    "Limits",
    "Refusal",
    "closed_parser",
    "drop_comments",
    "has_include",
    "may_hold_comments",
    "parse_bericht",
    "root_tag",
    "values_with_comment",
]

_BOMS = (b"\xef\xbb\xbf",)
_BOMS_OTHER = (b"\xff\xfe", b"\xfe\xff")
_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_UTF8 = b"utf-8"
_PLAIN = (
    b'<?xml version="1.0" encoding="UTF-8"?>',
    b'<?xml version="1.0" encoding="utf-8"?>',
)
"""What nearly every bericht starts with: there the coding is beyond doubt."""
_INCLUDES = "{http://www.w3.org/2001/XInclude}*"
_FIRST_PART = 65_536
_SMALL = 100_000  # bytes; of a smaller bericht the tree is no burden, whatever it holds
_EXCESSIVE = frozenset(
    {
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one bericht may cost at most.

    `max_bytes` as OP179 says (25 MB). `max_tags` (start and end tags together) bounds
    the memory of the tree, as does one tag for each `bytes_per_tag` in all but small
    ones; a real bericht stays far below both. `max_attributes` is for the root, where
    only hints can stand. Over `stream_tags` the XSD is checked while parsing, where
    many faults among many siblings cost no more than few. `max_fouten` bounds what is
    reported. The parser itself refuses more than 256 levels and values over 10 MB.
    """

    max_bytes: int = 25_000_000
    max_tags: int = 2_000_000
    bytes_per_tag: int = 8
    max_attributes: int = 64
    stream_tags: int = 20_000
    max_fouten: int = 100_000

    def is_large(self, data: bytes) -> bool:
        """Whether the XSD is checked while parsing. There are more bytes than tags."""
        return len(data) > self.stream_tags and data.count(b"<") > self.stream_tags


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bericht is not read, and the line where that shows, from 1."""

    regel: Regel
    regelnummer: int | None = None


def closed_parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """A parser that fetches and expands nothing; with an XSD it refuses what breaks it.

    Comments stay: they must be seen to be refused.
    """
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=False,
        remove_pis=False,
        strip_cdata=True,
        collect_ids=False,
        schema=schema,
    )


_PARSER = closed_parser()


def parse_bericht(  # noqa: PLR0911 - a return for each reason to refuse
    data: bytes, limits: Limits, parser: etree.XMLParser = _PARSER
) -> etree._Element | Refusal:
    """Parse a bericht, or say why it is refused."""
    if len(data) > limits.max_bytes:
        return Refusal(Regel.GROOTTE)
    is_plain = data.startswith(_PLAIN)
    if not is_plain:
        refusal = _check_coding(data)
        if refusal is not None:
            return refusal
    if len(data) > _SMALL and data.count(b"<") > min(
        limits.max_tags, len(data) // limits.bytes_per_tag
    ):
        return Refusal(Regel.GROOTTE)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return Refusal(_why_not(data, error), error.lineno or None)
    if b"!" in data and root.getroottree().docinfo.internalDTD is not None:
        return Refusal(Regel.DOCTYPE)
    if not is_plain and not _is_utf8(root):
        return Refusal(Regel.CODERING)
    if len(root.attrib) > limits.max_attributes:
        return Refusal(Regel.GROOTTE, root.sourceline)
    return root


def root_tag(data: bytes) -> str | None:
    """The tag of the root, read off the first part; None where that does not tell."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, load_dtd=False, no_network=True
    )
    try:
        parser.feed(data[:_FIRST_PART])
    except etree.XMLSyntaxError:
        return None
    for _, element in parser.read_events():
        return str(element.tag)
    return None


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


def _is_utf8(root: etree._Element) -> bool:
    """What the parser found out of the coding, whatever the declaration looks like."""
    return (root.getroottree().docinfo.encoding or "").lower() == "utf-8"


def _check_coding(data: bytes) -> Refusal | None:
    """UTF-8 without a byte order mark, by its bytes and by what it declares."""
    start = data[:4]
    if start.startswith(_BOMS):
        return Refusal(Regel.BOM)
    if start.startswith(_BOMS_OTHER) or b"\0" in start:
        return Refusal(Regel.CODERING)
    if start == b"<?xm":
        declared = _DECLARED.match(data)
        if declared is not None and declared[1].lower() != _UTF8:
            return Refusal(Regel.CODERING, 1)
    return None


def _why_not(data: bytes, error: etree.XMLSyntaxError) -> Regel:
    """What a parse error comes down to; the parser's own words quote the bericht."""
    if b"<!DOCTYPE" in data:
        return Regel.DOCTYPE
    return Regel.GROOTTE if error.code in _EXCESSIVE else Regel.WELGEVORMD


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

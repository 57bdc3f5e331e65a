"""The parser by itself: safe even where nothing was looked at before."""

from pathlib import Path

import pytest
from lxml import etree

from ibroker.core.reading import checking_parser, closed_parser
from tests.core.guard import guarded

XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="a"/></xs:schema>"""


@pytest.mark.parametrize(
    "parser",
    [closed_parser(), checking_parser(etree.XMLSchema(etree.fromstring(XSD)))],
    ids=["closed", "checking"],
)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a SYSTEM "{path}">',
        '<!DOCTYPE a PUBLIC "x" "{path}">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "{path}"> %p;]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "{path}">]>',
    ],
)
def test_the_parser_alone_opens_nothing(
    doctype: str, parser: etree.XMLParser, tmp_path: Path
) -> None:
    """Not even without the look at the bytes does a DTD or an entity open a file."""
    target = tmp_path / "x.dtd"
    target.write_text("<!ELEMENT a ANY>")
    data = f"{doctype.format(path=target)}<a>&lt;</a>".encode()

    with guarded(tmp_path) as guard, guard.watching() as seen:
        etree.fromstring(data, parser)

    assert [] == seen.events

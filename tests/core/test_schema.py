"""The XSDs: where they come from, and which are refused."""

import pytest
from lxml import etree

from ibroker.core.schema import parse_schemas
from ibroker.core.structure import parse_structure
from ibroker.errors import SchemaError

XS = "http://www.w3.org/2001/XMLSchema"
HEAD = (
    f'<xs:schema xmlns:xs="{XS}" xmlns:t="urn:t" xmlns:b="urn:b"'
    ' targetNamespace="urn:t" elementFormDefault="qualified">'
)


def xsd(content: str, namespace: str = "urn:t") -> bytes:
    """An XSD with this content."""
    return (
        HEAD.replace('"urn:t" element', f'"{namespace}" element') + content
    ).encode() + (b"</xs:schema>")


def element(content: str) -> bytes:
    """An XSD of one element with this complex type."""
    return xsd(
        f'<xs:element name="A"><xs:complexType>{content}</xs:complexType></xs:element>'
    )


VALUE = '<xs:element name="A" type="xs:{}"/>'


def test_of_two_xsds_of_one_namespace_the_later_counts() -> None:
    """So a folder of the user's replaces ours, whatever its files are called."""
    ours, theirs = xsd(VALUE.format("integer")), xsd(VALUE.format("string"))
    root = etree.fromstring(b'<A xmlns="urn:t">x</A>')

    assert not parse_schemas({"a.xsd": ours}).get("urn:t").is_valid(root)
    both = parse_schemas({"a.xsd": ours, "extra/b.xsd": theirs})
    assert both.get("urn:t").is_valid(root)


def test_an_import_is_found_by_its_namespace() -> None:
    """What schemaLocation says does not matter, not even a path or an address."""
    where = "http://127.0.0.1:9/basis.xsd"
    main = xsd(
        f'<xs:import namespace="urn:b" schemaLocation="{where}"/>'
        '<xs:element name="A" type="b:T"/>'
    )
    basis = xsd(
        '<xs:simpleType name="T"><xs:restriction base="xs:integer"/></xs:simpleType>',
        namespace="urn:b",
    )

    schema = parse_schemas({"main.xsd": main, "basis.xsd": basis}).get("urn:t")
    assert schema.is_valid(etree.fromstring(b'<A xmlns="urn:t">7</A>'))
    assert not schema.is_valid(etree.fromstring(b'<A xmlns="urn:t">x</A>'))


@pytest.mark.parametrize(
    "source, complaint",
    [
        (b"<xs:schema", "not well-formed"),
        (b"<a/>", "no XSD"),
        (f'<xs:schema xmlns:xs="{XS}"/>'.encode(), "no XSD"),
    ],
)
def test_a_file_that_is_no_xsd_is_refused(source: bytes, complaint: str) -> None:
    """A file that cannot be an XSD is found when the folder is read."""
    with pytest.raises(SchemaError, match=complaint):
        parse_schemas({"x.xsd": source})


@pytest.mark.parametrize(
    "source, complaint",
    [
        (xsd('<xs:import namespace="urn:b"/>'), "imported namespace urn:b"),
        (xsd('<xs:element name="A" type="t:None"/>'), "does not compile"),
        (xsd(""), "declares no element"),
        (element("<xs:choice><xs:any/></xs:choice>"), "xs:choice"),
        (element("<xs:sequence><xs:any/></xs:sequence>"), "xs:any"),
        (
            xsd('<xs:element name="B" type="xs:string"/>')[:-12]
            + b'<xs:complexType name="C"><xs:sequence><xs:element ref="t:B"/>'
            b"</xs:sequence></xs:complexType></xs:schema>",
            None,
        ),
    ],
)
def test_an_xsd_that_cannot_be_used_is_refused(
    source: bytes, complaint: str | None
) -> None:
    """What does not compile, or has no plain sequences, is found when first used."""
    schemas = parse_schemas({"x.xsd": source})

    if complaint is None:
        assert "B" == schemas.get("urn:t").structure.name
        return
    with pytest.raises(SchemaError, match=complaint):
        schemas.get("urn:t")


def test_an_element_by_reference_is_refused() -> None:
    """The standards name every element where it stands."""
    tree = etree.fromstring(
        element('<xs:sequence><xs:element ref="t:A"/></xs:sequence>')
    )

    with pytest.raises(SchemaError, match="by ref"):
        parse_structure("urn:t", {"urn:t": tree})


def test_an_unknown_namespace_has_no_schema() -> None:
    """Asking for what is not there is our own fault."""
    with pytest.raises(SchemaError, match="no XSD for namespace urn:x"):
        parse_schemas({}).get("urn:x")


def test_faults_while_parsing_are_those_of_this_bericht() -> None:
    """stream_faults names a kind for each fault, and none for a valid bericht."""
    values = '<xs:element name="B" type="xs:integer" maxOccurs="unbounded"/>'
    source = element(f"<xs:sequence>{values}</xs:sequence>")
    schema = parse_schemas({"x.xsd": source}).get("urn:t")

    def bericht(value: str, count: int) -> bytes:
        return f'<A xmlns="urn:t">{f"<B>{value}</B>" * count}</A>'.encode()

    assert [] == schema.stream_faults(bericht("7", 5))
    assert ["SCHEMAV_CVC_DATATYPE_VALID_1_2_1"] * 5 == schema.stream_faults(
        bericht("x", 5)
    )
    assert 5000 == len(schema.stream_faults(bericht("x", 5000)))

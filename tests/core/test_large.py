"""A large bericht, whose XSD is checked while parsing, is judged as a small one."""

import pytest

from ibroker.core.verdict import Limits, validate_bericht
from tests.core.hostile import good, in_name, in_root, repeated
from tests.loaded import standards

LARGE = Limits(stream_tags=0)
BOTH = [Limits(), LARGE]


def regels(data: bytes, limits: Limits) -> set[str]:
    """Give the regels that a bericht breaks."""
    return {fout.regel for fout in validate_bericht(data, standards(), limits).fouten}


@pytest.mark.parametrize("limits", BOTH, ids=["small", "large"])
@pytest.mark.parametrize(
    "attribute",
    [
        b'xmlns:x=""',
        b'xmlns:x="x y"',
        b'xmlns:xml="urn:x"',
        b'xmlns:xmlns="urn:x"',
        b'xmlns:x="http://www.w3.org/XML/1998/namespace"',
        b'xmlns:x="http://www.w3.org/2000/xmlns/"',
    ],
)
def test_misuse_of_a_namespace_is_refused(attribute: bytes, limits: Limits) -> None:
    """Namespaces that XML forbids are refused, where the XSD lets them by too."""
    assert {"WELGEVORMD"} == regels(in_root(attribute), limits)


@pytest.mark.parametrize("times", [1, 5000])
def test_a_colon_in_an_instruction_is_refused(times: int) -> None:
    """A name with a colon where none may be is refused, whatever the size."""
    data = b"<?a:b?>" + repeated("WMO323", "Prestatie", times)

    assert {"WELGEVORMD"} == regels(data, Limits())


@pytest.mark.parametrize("limits", BOTH, ids=["small", "large"])
def test_what_is_missing_is_missed(limits: Limits) -> None:
    """An element that must be there and is not is found, as is one too many."""
    data = good("WMO301")
    lines = data.splitlines(keepends=True)
    bsn = next(line for line in lines if b":Bsn>" in line)

    assert set() == regels(data, limits)
    assert {"XSD"} == regels(data.replace(bsn, b""), limits)
    assert {"XSD"} == regels(data.replace(bsn, bsn * 2), limits)


@pytest.mark.parametrize(
    "size,regel", [(30_000, "XSD"), (140_000, "GROOTTE"), (900_000, "GROOTTE")]
)
def test_a_long_value_among_many(size: int, regel: str) -> None:
    """Only a large bericht is refused for a value that is far too long."""
    value = b"a&amp;" * (size // 6)

    assert {regel} == regels(in_name(value), LARGE)
    assert {"XSD"} == regels(in_name(value), Limits())


@pytest.mark.parametrize("between", [b"<!---->", b"<?a b?>", b"<![CDATA[<a]]>"])
def test_a_long_value_in_pieces(between: bytes) -> None:
    """Comments and CDATA, with tags in them or not, do not hide a long value."""
    value = (b"a&amp;" * 4000 + between) * 10

    assert {"GROOTTE"} == regels(in_name(value + b"<x/>"), LARGE)

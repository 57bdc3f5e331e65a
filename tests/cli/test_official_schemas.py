"""Our samples against the official XSDs, where those are at hand."""

from pathlib import Path

import pytest
from lxml import etree

OFFICIAL = Path(__file__).parents[3] / "shared" / "reference" / "xsd"
GOED = sorted((Path(__file__).parents[1] / "berichten" / "goed").iterdir())


@pytest.mark.parametrize("path", GOED, ids=lambda path: path.stem)
def test_a_sample_is_valid_for_the_official_xsd(path: Path) -> None:
    """What we call geldig is so for the XSD of Zorginstituut Nederland."""
    found = sorted(OFFICIAL.glob(f"*/{path.stem}.xsd"))
    if not found:
        pytest.skip("the official XSD of this type is not at hand")
    schema = etree.XMLSchema(etree.parse(found[0]))

    schema.validate(etree.parse(path))

    assert [] == [str(entry) for entry in schema.error_log]

"""How the values of a type are described."""

import pytest

from ibroker.core.facets import Facets, describe_value


@pytest.mark.parametrize(
    "facets,expected",
    [
        (Facets(kinds=["string"]), "tekst"),
        (
            Facets(kinds=["string"], patterns=["[0-9]{9}"]),
            "9 cijfers: patroon [0-9]{9}",
        ),
        (Facets(kinds=["integer"], patterns=["3"]), "de waarde 3"),
        (Facets(kinds=["string"], patterns=["[A-Z]"]), "patroon [A-Z]"),
        (Facets(limits={"maxLength": "12"}), "hoogstens 12 tekens"),
        (Facets(limits={"minLength": "1"}), "minstens 1 teken"),
        (Facets(limits={"minLength": "1", "maxLength": "12"}), "1 t/m 12 tekens"),
        (Facets(limits={"length": "4"}), "precies 4 tekens"),
        (
            Facets(["LDT_Telefoonnummer"], ["[0-9]*"], {"maxLength": "15"}),
            "hoogstens 15 tekens, alleen cijfers",
        ),
        (
            Facets(["integer"], [], {"minInclusive": "0", "maxInclusive": "9"}),
            "een geheel getal van 0 t/m 9",
        ),
        (
            Facets(["integer"], [], {"minInclusive": "1"}),
            "een geheel getal van minstens 1",
        ),
        (Facets(["decimal"], [], {"maxInclusive": "9"}), "een getal van hoogstens 9"),
        (
            Facets(["LDT_Datum", "date"], ["[^:Z]*"]),
            "een datum jjjj-mm-dd zonder tijdzone",
        ),
        (Facets(["time"], ["[^Z+-]+"]), "een tijd uu:mm:ss zonder tijdzone"),
        (Facets(values=["1", "2"]), "een van: 1, 2"),
    ],
)
def test_describe_value(facets: Facets, expected: str) -> None:
    """What is wanted is said in as few words as the facets need."""
    assert expected == describe_value(facets)


def test_long_list() -> None:
    """Of a long code list the first twenty are shown, and how many there are."""
    verwacht = describe_value(Facets(values=[str(value) for value in range(59)]))

    assert verwacht.startswith("een van: 0, 1, ")
    assert verwacht.endswith(", 18, 19 en nog 39 (samen 59)")

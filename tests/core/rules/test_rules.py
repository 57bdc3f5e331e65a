"""Every rule over one record: what breaks it, what stays just within it."""

from collections.abc import Callable

import pytest

from ibroker.core.rules import contact, declaratie, periode, persoon, product, verzoek
from ibroker.core.rules.broken import ELEMENT, Broken

Expected = list[tuple[int, ...]]
Values = tuple[str | None, ...]
Rule = Callable[..., Broken]

ALL: Expected = [(0, 1, 2)]
BOTH: Expected = [(0, 1)]
FIRST: Expected = [(0,)]
SECOND: Expected = [(1,)]
NOTHING: Expected = []
ITSELF: Expected = [(ELEMENT,)]

CASES: list[tuple[Rule, Values, Expected]] = [
    # CS002: the 11-proef; 000000000 passes it
    (persoon.cs002, ("999900006",), NOTHING),
    (persoon.cs002, ("000000000",), NOTHING),
    (persoon.cs002, ("999900007",), FIRST),
    (persoon.cs002, ("900000000",), FIRST),
    # TR002: 120 years to the day; unknown only with DatumGebruik 3
    (persoon.tr002, ("2026-02-15", "1906-02-15", None), NOTHING),
    (persoon.tr002, ("2026-02-16", "1906-02-15", None), BOTH),
    (persoon.tr002, ("2028-02-29", "1908-02-29", None), NOTHING),
    (persoon.tr002, ("2026-01-01", "1900-01-01", "3"), NOTHING),
    (persoon.tr002, ("2026-01-01", "1900-01-01", None), BOTH),
    (persoon.tr002, ("2026-01-01", "1900-01-01 ", "3"), BOTH),
    (persoon.tr002, ("2026-01-01", "-1980-01-01", None), NOTHING),
    (persoon.tr002, ("\n         x", "1850-01-01", None), NOTHING),
    (persoon.tr002, ("2026-01-01", None, None), NOTHING),
    # CS139: what is unknown is 01; whitespace behind the date is misread
    (persoon.cs139, ("1980-05-02", None), NOTHING),
    (persoon.cs139, ("1980-05-01", "1"), NOTHING),
    (persoon.cs139, ("1980-05-02", "1"), BOTH),
    (persoon.cs139, ("1980-01-01", "2"), NOTHING),
    (persoon.cs139, ("1980-05-01", "2"), BOTH),
    (persoon.cs139, ("1900-01-01", "3"), NOTHING),
    (persoon.cs139, ("1980-01-01", "3"), BOTH),
    (persoon.cs139, ("1980-01-01 ", "2"), BOTH),
    (persoon.cs139, (" 1980-01-01", "2"), NOTHING),
    # CS318, CD007
    (persoon.cs318, ("6",), FIRST),
    (persoon.cs318, ("1",), NOTHING),
    (persoon.cd007, (None, None), NOTHING),
    (persoon.cd007, ("1", "Berbers"), NOTHING),
    (persoon.cd007, ("2", None), NOTHING),
    (persoon.cd007, ("1", None), FIRST),
    (persoon.cd007, ("3", "Berbers"), BOTH),
    # contacts
    (contact.cd005, ("1234AB", "NL"), NOTHING),
    (contact.cd005, (None, None), NOTHING),
    (contact.cd005, ("1234AB", None), FIRST),
    (contact.cd005, (None, "TR"), SECOND),
    (contact.cd025, ("NL", None), FIRST),
    (contact.cd025, ("NL", ""), NOTHING),
    (contact.cd025, ("DE", None), NOTHING),
    (contact.cd025, (None, None), NOTHING),
    (contact.cs089, ("1000AA", "NL"), NOTHING),
    (contact.cs089, ("9999zz", "NL"), NOTHING),
    (contact.cs089, ("0999AA", "NL"), BOTH),
    (contact.cs089, ("1234 AB", "NL"), BOTH),
    (contact.cs089, ("1234ÀB", "NL"), BOTH),
    (contact.cs089, ("١234AB", "NL"), BOTH),
    (contact.cs089, (None, "NL"), SECOND),
    (contact.cs089, ("1234 AB", "DE"), NOTHING),
    (contact.cd009, ("04", ""), NOTHING),
    (contact.cd009, ("01", ""), BOTH),
    (contact.cd009, ("01", None), NOTHING),
    (contact.cd034, ("01", None), FIRST),
    (contact.cd034, ("03", None), FIRST),
    (contact.cd034, ("02", None), NOTHING),
    (contact.cd034, ("01", "1234AB"), NOTHING),
    (contact.tr006, ("", None, None), NOTHING),
    (contact.tr006, (None, "", "1234AB"), NOTHING),
    (contact.tr006, (None, "", None), ITSELF),
    (contact.tr006, (None, None, "1234AB"), ITSELF),
    (contact.tr006, (None, None, None), ITSELF * 2),
    # products
    (product.cd041, ("A1", ""), NOTHING),
    (product.cd041, (None, None), NOTHING),
    (product.cd041, ("A1", None), FIRST),
    (product.cd075, ("0", None), FIRST),
    (product.cd075, ("0", "2026-01-01"), NOTHING),
    (product.cd075, (None, None), NOTHING),
    (product.cd076, ("2", None), FIRST),
    (product.cd076, ("2", "2026-01-01"), NOTHING),
    (product.cd076, ("4", None), NOTHING),
    (product.cd077, ("", "0"), BOTH),
    (product.cd077, ("", None), NOTHING),
    (product.cd077, (None, "0"), NOTHING),
    (product.cd079, (None, None), ITSELF),
    (product.cd079, ("0", None), NOTHING),
    (product.cd079, (None, ""), NOTHING),
    (product.cd080, (None, None, ""), [(2,)]),
    (product.cd080, (None, "2021-01-01", ""), [(1, 2)]),
    (product.cd080, (None, "2020-12-31", ""), NOTHING),
    (product.cd080, ("A1", None, ""), NOTHING),
    (product.cd080, (None, None, None), NOTHING),
    (product.cs338, (None, "14", "1"), [(1, 2)]),
    (product.cs338, ("2021-01-01", "16", "1"), ALL),
    (product.cs338, ("2020-12-31", "83", "1"), NOTHING),
    (product.cs338, ("\n2021-01-01", "84", "1"), ALL),
    (product.cs338, (None, "04", "1"), NOTHING),
    (product.cs338, (None, "84", "6"), NOTHING),
    (product.cs338, (None, None, None), NOTHING),
    (product.cs335, ("13", "2026-01-01", "2026-01-02"), [(1, 2)]),
    (product.cs335, ("13", "2026-01-01", "2026-01-01"), NOTHING),
    (product.cs335, ("13", "2026-01-01", "2026-01-01 "), [(1, 2)]),
    (product.cs335, ("13", "2026-01-01", None), NOTHING),
    (product.cs335, ("12", "2026-01-01", "2026-01-02"), NOTHING),
    (product.cs336, ("01",), FIRST),
    (product.cs336, ("14",), NOTHING),
    (product.cs336, (None,), NOTHING),
    # periods
    (periode.cs003, ("2026-01-01", "2026-01-01"), NOTHING),
    (periode.cs003, ("2026-01-02", "2026-01-01"), BOTH),
    (periode.cs003, ("2026-01-01", " 2026-01-01"), BOTH),
    (periode.cs003, ("2026-01-01", "2026-01-01 "), NOTHING),
    (periode.cs003, (" 2026-01-01", "2026-01-01"), NOTHING),
    (periode.cs003, (None, "2026-01-01"), SECOND),
    (periode.cs003, ("2026-01-01", None), NOTHING),
    (periode.cs100, ("2021-01-01",), NOTHING),
    (periode.cs100, ("2020-12-31",), FIRST),
    (periode.cs337, ("2026-01-01", "2026-01-31"), NOTHING),
    (periode.cs337, ("2026-01-01", "2026-02-28"), BOTH),
    (periode.cs337, ("2025-12-31", "2026-01-01"), BOTH * 2),
    (periode.cs340, ("2024-02-01", "2024-02-29"), NOTHING),
    (periode.cs340, ("2025-12-01", "2025-12-31"), NOTHING),
    (periode.cs340, ("2026-01-02", "2026-01-31"), FIRST + BOTH),
    (periode.cs340, ("2026-02-15", "2026-03-14"), FIRST),
    (periode.cs340, ("2026-01-01", "2026-02-28"), BOTH),
    (periode.cs340, ("2025-09-01 ", "2025-09-30 "), FIRST),
    (periode.tr134, ("2026-01-01", "2026-01-01"), NOTHING),
    (periode.tr134, ("2026-01-01", "2026-01-02"), BOTH),
    (periode.tr134, ("2026-01-01", "11980-01-01"), BOTH),
    (periode.tr134, ("\n  2026-01-01", "2026-01-01"), BOTH),
    (periode.tr134, ("2026-01-01", None), NOTHING),
    (periode.tr137, ("2026-02-01", "2026-01-01", "2026-01-31"), NOTHING),
    (periode.tr137, ("2026-02-01", "2026-01-02", "2026-01-01"), [(1, 2)]),
    (periode.tr137, ("2026-01-30", "2026-01-01", "2026-01-31"), [(0, 2)]),
    (periode.tr137, ("2025-01-01", "2026-01-02", "2026-01-01"), [(1, 2), (0, 2)]),
    (periode.tr380, ("2026-01-01", "2026-01-02"), NOTHING),
    (periode.tr380, ("2026-01-01", "2026-01-01"), BOTH),
    # messages about care
    (verzoek.cs058, ("1",), NOTHING),
    (verzoek.cs058, ("3",), NOTHING),
    (verzoek.cs058, ("2",), FIRST),
    (verzoek.cs058, ("9",), FIRST),
    (verzoek.cd066, ("02", "x", "01234567"), ALL),
    (verzoek.cd066, ("01", "x", "01234567"), NOTHING),
    (verzoek.cd066, ("02", None, "01234567"), NOTHING),
    (verzoek.cd067, ("05", None, None), FIRST),
    (verzoek.cd067, ("05", "x", None), NOTHING),
    (verzoek.cd067, ("06", None, None), NOTHING),
    (verzoek.cd068, ("06", "01234567"), BOTH),
    (verzoek.cd068, ("03", "01234567"), NOTHING),
    (verzoek.cd068, ("06", None), NOTHING),
    (verzoek.tr352, (None, None), ITSELF),
    (verzoek.tr352, ("", None), NOTHING),
    (verzoek.tr352, (None, ""), NOTHING),
    (verzoek.cd085, ("1", None), FIRST),
    (verzoek.cd085, ("1", "3"), NOTHING),
    (verzoek.cd085, ("2", None), NOTHING),
    (verzoek.cd086, ("2", "3"), BOTH),
    (verzoek.cd086, ("1", "3"), NOTHING),
    (verzoek.cd086, ("2", None), NOTHING),
    (verzoek.tr377, ("8", None), FIRST),
    (verzoek.tr377, ("8", ""), NOTHING),
    (verzoek.tr377, ("7", None), NOTHING),
    (verzoek.tr409, ("7", ""), BOTH),
    (verzoek.tr409, ("8", ""), NOTHING),
    (verzoek.tr409, (None, ""), NOTHING),
    (verzoek.tr409, ("7", None), NOTHING),
    # declarations
    (declaratie.cd060, (None, "D"), NOTHING),
    (declaratie.cd060, ("R1", "C"), NOTHING),
    (declaratie.cd060, (None, "C"), SECOND),
    (declaratie.cd060, ("R1", "D"), BOTH),
    (declaratie.cd060, ("  ", "C"), BOTH),
    (declaratie.cd087, ("04", "100"), NOTHING),
    (declaratie.cd087, ("83", None), NOTHING),
    (declaratie.cd087, ("04", None), FIRST),
    (declaratie.cd087, ("83", "100"), BOTH),
    (declaratie.cs325, ("0", "C"), BOTH),
    (declaratie.cs325, ("000", "C"), BOTH),
    (declaratie.cs325, ("+0", "C"), NOTHING),
    (declaratie.cs325, ("0", "D"), NOTHING),
    (declaratie.cs325, ("1", "C"), NOTHING),
    (declaratie.cs339, ("83", "100", "101"), [(1, 2)]),
    (declaratie.cs339, ("83", "100", "0100"), NOTHING),
    (declaratie.cs339, ("83", "100", "+101"), NOTHING),
    (declaratie.cs339, ("84", "100", "101"), NOTHING),
    (declaratie.tr319, ("2026-01-31", "2026-01-01", "2026-01-31"), NOTHING),
    (declaratie.tr319, ("2026-01-31", "2026-02-01", "2026-02-02"), [(0, 1), (0, 2)]),
    (declaratie.tr319, ("2026-01-31", "2026-01-31", "2026-02-01"), [(0, 2)]),
    (declaratie.tr335, ("2026-03-01", "2021-02-28"), BOTH),
    (declaratie.tr335, ("2026-02-28", "2021-02-28"), NOTHING),
    (declaratie.tr335, ("2028-02-29", "2023-02-28"), NOTHING),
    (declaratie.tr335, ("2028-02-29", "2023-02-27"), BOTH),
    (declaratie.tr335, ("x", "2023-02-27"), NOTHING),
]


@pytest.mark.parametrize("rule, values, expected", CASES)
def test_a_rule_names_the_fields_to_blame_and_nothing_else(
    rule: Callable[..., Broken],
    values: tuple[str | None, ...],
    expected: Expected,
) -> None:
    """A rule gives, for each time it is broken, the places of the fields to blame."""
    assert expected == list(rule(*values))


@pytest.mark.parametrize(
    "zonder_partner, partner, gebruik, expected",
    [
        (["1"], None, "1", NOTHING),
        (["1"], None, "6", SECOND),
        (["1", "6"], None, "6", NOTHING),
        (["1", "6"], None, "2", SECOND),
        (["1"], "", "4", NOTHING),
        (["1"], "", "5", BOTH),
    ],
)
def test_naamgebruik_without_a_partner_is_a_matter_of_the_standard(
    zonder_partner: list[str],
    partner: str | None,
    gebruik: str,
    expected: Expected,
) -> None:
    """CS050 allows what the table says where there is no Partnernaam, else 1 to 4."""
    broken = persoon.cs050(partner, gebruik, zonder_partner=zonder_partner)

    assert expected == list(broken)

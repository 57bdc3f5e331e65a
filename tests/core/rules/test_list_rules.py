"""Every rule over a list, against a plain way of saying the same."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.rules.broken import ELEMENT, LIJST, Values
from ibroker.core.rules.contact import tr061
from ibroker.core.rules.declaratie import tr342, tr358
from ibroker.core.rules.dubbel import tr101, tr315, tr316, tr383, tr416
from ibroker.core.rules.overlap import overlap

FEW = st.sampled_from(["A", "B", " A", "A ", "a", "A  B", " "])
PRODUCTS = [
    (None, None),
    ("02", None),
    ("02", "A1"),
    ("02", "A2"),
    ("03", "A1"),
    ("11", "A1"),
]
DAYS = st.integers(1, 28).map(lambda day: f"2026-01-{day:02}")


def members(*places: int) -> tuple[tuple[int, int], ...]:
    """The members at these places, as a rule names them."""
    return tuple((place, ELEMENT) for place in places)


@given(st.lists(st.tuples(FEW, st.none() | FEW), max_size=8))
def test_a_group_of_equal_keys_is_one_fault(leden: list[Values]) -> None:
    """TR101 names every group of members with one key, in order, once."""
    groups = {key: [n for n, lid in enumerate(leden) if lid == key] for key in leden}

    expected = [members(*group) for group in groups.values() if len(group) > 1]
    assert expected == list(tr101((), leden))


@given(st.lists(FEW, max_size=8))
def test_references_are_compared_normalized_on_one_side(texts: list[str]) -> None:
    """TR383 and TR315 name every two of which the later, normalized, is the earlier."""
    pairs = [
        (one, other)
        for one, other in combinations(range(len(texts)), 2)
        if texts[one] == " ".join(texts[other].split(" ")).strip().replace("  ", " ")
    ]

    leden = [(text,) for text in texts]
    assert sorted(((one, 0),) for one, _ in pairs) == sorted(tr383((), leden))
    expected = sorted(((one, 0), (other, 0)) for one, other in pairs)
    assert expected == sorted(tr315((), leden))


def test_prestaties_without_a_previous_number_are_no_pair() -> None:
    """TR315 looks at VorigReferentieNummer where it is, and nowhere else."""
    assert [] == list(tr315((), [(None,), (None,)]))
    assert [((0, 0), (2, 0))] == list(tr315((), [("R1",), (None,), ("R1",)]))


@pytest.mark.parametrize(
    "prestaties, expected",
    [
        ([("R1", None), ("R2", None)], []),
        ([("R1", None), ("R2", "R1")], [((0, 0), (1, 1))]),
        ([("R2", "R1"), ("R1", None)], [((0, 1), (1, 0))]),
        ([("R1", "R1")], [((0, 0), (0, 1))]),
        ([("R1", " R1 ")], [((0, 0), (0, 1))]),
        ([(" R1", "R1")], []),
        ([("R1", None), ("R2", "R1"), ("R3", "R1")], [((0, 0), (1, 1), (2, 1))]),
        ([(" ", None)], [((0, 0),)]),
        ([("R1", "r1")], []),
    ],
)
def test_no_debet_is_taken_back_in_the_same_bericht(
    prestaties: list[Values], expected: list[tuple[tuple[int, int], ...]]
) -> None:
    """TR316 names a ReferentieNummer with all that take it back, in document order."""
    assert expected == list(tr316((), prestaties))


@given(
    st.lists(st.tuples(st.sampled_from("DC"), *[st.sampled_from("12")] * 5), max_size=6)
)
def test_equal_debets_are_pairs_whatever_credits_there_are(
    prestaties: list[Values],
) -> None:
    """TR416 names every two debets with one key, and no credit."""
    expected = [
        members(one, other)
        for one, other in combinations(range(len(prestaties)), 2)
        if prestaties[one] == prestaties[other] and prestaties[one][0] == "D"
    ]

    assert sorted(expected) == sorted(tr416((), prestaties))


@given(
    st.lists(
        st.builds(
            lambda product, *rest: (*product, *rest),
            st.sampled_from(PRODUCTS),
            DAYS,
            st.none() | DAYS,
            st.sampled_from([None, "13", "14"]),
        ),
        max_size=8,
    )
)
def test_the_same_product_is_not_given_twice_at_one_time(leden: list[Values]) -> None:
    """TR302 names every two leveringen of one product with a day in common."""

    def runs(one: Values, other: Values) -> bool:
        _, _, begin, einde, _ = one
        return (begin or "") <= (other[3] or "9") and (other[2] or "") <= (einde or "9")

    def counts(one: Values) -> bool:
        categorie, _, begin, einde, reden = one
        removed = begin == einde and reden == "13"
        return categorie != "11" and not removed and (begin or "") <= (einde or "9")

    def same(one: Values, other: Values) -> bool:
        if one[0] is None or other[0] is None:
            return True
        return one[0] == other[0] and (None in (one[1], other[1]) or one[1] == other[1])

    expected = [
        members(one, other)
        for one, other in combinations(range(len(leden)), 2)
        if counts(leden[one])
        and counts(leden[other])
        and same(leden[one], leden[other])
        and runs(leden[one], leden[other])
    ]
    assert expected == sorted(overlap((), leden, hulpmiddelen=["11"]))


def test_one_fixed_address_is_enough() -> None:
    """TR061 is about all contacts at once: it names them all, or none."""
    assert [] == list(tr061((), [("04",), ("02",)]))
    assert [members(0, 1)] == list(tr061((), [("04",), ("04",)]))


@pytest.mark.parametrize(
    "totaal, bedragen, holds",
    [
        (("300", "D"), [("100", "D"), ("200", "D")], True),
        (("100", "C"), [("100", "D"), ("200", "C")], True),
        (("100", "D"), [("100", "D"), ("200", "C")], False),
        (("0", "C"), [("100", "D"), ("100", "C")], True),
        (("0100", "D"), [("100", "D")], False),
        (("+100", "D"), [("100", "D")], False),
        (("100", "D"), [("+100", "D")], False),
        ((" 100 ", "D"), [("0100", "D")], True),
        (("5000000000", "D"), [("99999999", "D")] * 50, False),
        (("4999999950", "D"), [("99999999", "D")] * 50, True),
    ],
)
def test_the_total_is_the_sum_as_the_sheet_writes_it(
    totaal: Values, bedragen: list[tuple[str, str]], *, holds: bool
) -> None:
    """TR358 names the total and every amount where the total is not the sum."""
    prestaties: list[Values] = [(bedrag, dc, "") for bedrag, dc in bedragen]
    all_of_them = [(place, 2) for place in range(len(prestaties))]

    expected = [] if holds else [((LIJST, 0), (LIJST, 1), *all_of_them)]
    assert expected == list(tr358(totaal, prestaties))


@pytest.mark.parametrize(
    "ingediend, toegekend, codes, bedragen, expected",
    [
        (("100", "D"), ("70", "D"), "0200", [("30", "D")], []),
        (("100", "D"), ("70", "D"), "0200", [("20", "D")], [((-1, 2), (-1, 5))]),
        (("100", "D"), ("100", "D"), "8001", [], []),
        (("100", "D"), ("90", "D"), "8001", [], [((-1, 2), (-1, 5))]),
        (("100", "D"), ("0", "D"), "9333", [], []),
        (("100", "D"), ("1", "D"), "0200 9333", [], [((-1, 5),)]),
        (("100", "D"), ("000", "D"), "9333", [("1", "D")], []),
        (("50", "C"), ("20", "D"), "0200", [("70", "C")], []),
        (("+100", "D"), ("70", "D"), "0200", [("30", "D")], [((-1, 2), (-1, 5))]),
        (("+100", "D"), ("+70", "D"), "0200", [("+30", "D")], []),
    ],
)
def test_what_is_not_granted_is_what_was_rejected(
    ingediend: tuple[str, str],
    toegekend: tuple[str, str],
    codes: str,
    bedragen: list[Values],
    expected: list[tuple[tuple[int, int], ...]],
) -> None:
    """TR342 names the totals where they do not differ by the rejected prestaties."""
    antwoord = (*ingediend, "", *toegekend, "", codes)

    assert expected == list(tr342(antwoord, bedragen))

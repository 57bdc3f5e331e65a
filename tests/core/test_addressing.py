"""The addressing of a bericht: to whom it goes, and what is not delivered."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.addressing import Adres, Adresfout, address_bericht, check_register
from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.header import Header
from ibroker.core.register import Register
from ibroker.errors import CatalogueError, RegisterError
from ibroker.register import load_register
from tests.core.partijen import known, register_of, tables
from tests.loaded import standards

TODAY = date(2026, 11, 24)
REGISTER = load_register()
CATALOGUE = standards().catalogue
TYPES = sorted(CATALOGUE.by_type.values(), key=lambda b: b.type)
HEENBERICHTEN = [b for b in TYPES if b.retour is not None]

# One gemeente of today, one that ended and who took its place, one that was divided.
GEMEENTE, OUD, NIEUW, VERDEELD = "0344", "0756", "1982", "0788"
AANBIEDER = "99990001"


def header(afzender: str | None = None, ontvanger: str | None = None) -> Header:
    """Make a header that names these two."""
    return Header(afzender, ontvanger, "1", "2026-11-24", None)


def naming(berichttype: Berichttype, van: str, naar: str) -> Header:
    """Make the header of a bericht from one party to another.

    The element of who is not named stands empty, as in the standard.
    """
    elements = {berichttype.van_element: van, berichttype.naar_element: naar}
    return header(elements.get("Afzender"), elements.get("Ontvanger"))


def a_party(soort: str) -> str:
    """Give the code of some party of a kind."""
    return {"gemeente": GEMEENTE, "zorgaanbieder": AANBIEDER}.get(soort, soort)


def address(
    berichttype: Berichttype,
    head: Header,
    zender: str,
    *,
    register: Register = REGISTER,
    on: date = TODAY,
) -> Adres | Adresfout:
    """Address a bericht of a sender by code."""
    return address_bericht(berichttype, head, known(register, zender), register, on)


@pytest.mark.parametrize("berichttype", TYPES, ids=lambda b: b.type)
def test_each_type_goes_where_the_catalogue_says(berichttype: Berichttype) -> None:
    """From whom the type demands it goes to the party that the right element names."""
    van, naar = a_party(berichttype.van), a_party(berichttype.naar)

    actual = address(berichttype, naming(berichttype, van, naar), van)

    assert Adres(known(REGISTER, naar)) == actual


@pytest.mark.parametrize("berichttype", TYPES, ids=lambda b: b.type)
@pytest.mark.parametrize("zender", [GEMEENTE, AANBIEDER, "CAK", "SVB", "CIZ", "GGK"])
def test_another_kind_may_not_send(berichttype: Berichttype, zender: str) -> None:
    """A party of another kind than the type demands may not send it, for nobody."""
    partij = known(REGISTER, zender)
    head = naming(berichttype, zender, a_party(berichttype.naar))

    actual = address(berichttype, head, zender)

    may = partij.soort == berichttype.van
    assert may == isinstance(actual, Adres)
    assert may or Adresfout("ZENDER_SOORT") == actual


PARTIES = {
    "gemeente": st.sampled_from(REGISTER.postvakken(TODAY)),
    "zorgaanbieder": st.from_regex("[0-9]{8}", fullmatch=True),
}


def a_code(soort: str) -> st.SearchStrategy[str]:
    """Draw the code of a party of a kind."""
    return PARTIES.get(soort, st.just(soort))


@given(st.data())
def test_a_retour_goes_back_to_who_sent_the_heenbericht(data: st.DataObject) -> None:
    """Its header is that of the heenbericht, and yet it goes the other way."""
    heen = data.draw(st.sampled_from(HEENBERICHTEN))
    retour = CATALOGUE.by_type[heen.retour or ""]
    van, naar = data.draw(a_code(heen.van)), data.draw(a_code(heen.naar))
    head = naming(heen, van, naar)

    assert Adres(known(REGISTER, naar)) == address(heen, head, van)
    assert Adres(known(REGISTER, van)) == address(retour, head, naar)


@given(
    st.sampled_from(TYPES),
    st.builds(
        header,
        *[
            st.none()
            | st.text(max_size=9)
            | a_code("gemeente")
            | a_code("zorgaanbieder")
        ]
        * 2,
    ),
    st.sampled_from([GEMEENTE, OUD, NIEUW, VERDEELD, AANBIEDER, "CAK", "SVB", "CIZ"]),
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
)
def test_whatever_the_header_says(
    berichttype: Berichttype, head: Header, zender: str, on: date
) -> None:
    """A bericht is refused by a rule with a code, or it goes to whom it may go."""
    actual = address(berichttype, head, zender, on=on)

    match actual:
        case Adresfout(regel):
            assert regel in standards().foutcodes.regels
        case Adres(ontvanger):
            assert REGISTER.is_geldig(known(REGISTER, zender), on)
            assert REGISTER.is_geldig(ontvanger, on)
            assert berichttype.is_active(on)
            assert berichttype.van == known(REGISTER, zender).soort
            assert berichttype.naar == ontvanger.soort
            assert ontvanger.topic in REGISTER.recipient_topics(on)


def of(van: str, naar: str, *, retour: bool = False) -> Berichttype:
    """Give some type from one kind to another."""
    return next(b for b in TYPES if (b.van, b.naar, b.is_retour) == (van, naar, retour))


TO_AANBIEDER = of("gemeente", "zorgaanbieder")
TO_GEMEENTE = of("zorgaanbieder", "gemeente")
RETOUR = of("gemeente", "zorgaanbieder", retour=True)


@pytest.mark.parametrize(
    "berichttype,head,zender,expected",
    [
        # The sender.
        (TO_AANBIEDER, header(OUD, AANBIEDER), OUD, "ZENDER_NIET_GELDIG"),
        (TO_AANBIEDER, header("0310", AANBIEDER), GEMEENTE, "GEEN_MACHTIGING"),
        (TO_AANBIEDER, header("9999", AANBIEDER), GEMEENTE, "GEEN_MACHTIGING"),
        (TO_AANBIEDER, header(None, AANBIEDER), GEMEENTE, "GEEN_MACHTIGING"),
        (TO_AANBIEDER, header(VERDEELD, AANBIEDER), "0865", "GEEN_MACHTIGING"),
        (TO_GEMEENTE, header("99990002", GEMEENTE), AANBIEDER, "GEEN_MACHTIGING"),
        (RETOUR, header(AANBIEDER, "0310"), GEMEENTE, "GEEN_MACHTIGING"),
        (RETOUR, header(GEMEENTE, AANBIEDER), GEMEENTE, "GEEN_MACHTIGING"),
        # The receiver.
        (TO_GEMEENTE, header(AANBIEDER, "9999"), AANBIEDER, "GEMEENTE_ONBEKEND"),
        (TO_GEMEENTE, header(AANBIEDER, VERDEELD), AANBIEDER, "GEMEENTE_ONBEKEND"),
        (TO_GEMEENTE, header(AANBIEDER, None), AANBIEDER, "GEMEENTE_ONBEKEND"),
        (TO_GEMEENTE, header(AANBIEDER, "99990002"), AANBIEDER, "ONTVANGER_SOORT"),
        (TO_AANBIEDER, header(GEMEENTE, "123"), GEMEENTE, "ZORGAANBIEDER_ONBEKEND"),
        (TO_AANBIEDER, header(GEMEENTE, "0310"), GEMEENTE, "ONTVANGER_SOORT"),
        (TO_AANBIEDER, header(GEMEENTE, "CAK"), GEMEENTE, "ONTVANGER_SOORT"),
    ],
)
def test_what_is_not_delivered(
    berichttype: Berichttype, head: Header, zender: str, expected: str
) -> None:
    """Each reason not to deliver a bericht has its own rule."""
    assert Adresfout(expected) == address(berichttype, head, zender)


@pytest.mark.parametrize(
    "berichttype,head,zender,expected",
    [
        (TO_GEMEENTE, header(AANBIEDER, OUD), AANBIEDER, NIEUW),
        (TO_GEMEENTE, header(AANBIEDER, NIEUW), AANBIEDER, NIEUW),
        (TO_AANBIEDER, header(OUD, AANBIEDER), NIEUW, AANBIEDER),
        (RETOUR, header(AANBIEDER, OUD), NIEUW, AANBIEDER),
        (TO_GEMEENTE, header(AANBIEDER, "0381"), AANBIEDER, "1942"),
    ],
)
def test_after_a_herindeling(
    berichttype: Berichttype, head: Header, zender: str, expected: str
) -> None:
    """An older code is no fault: who took its place gets the post, and answers it."""
    actual = address(berichttype, head, zender)

    assert Adres(known(REGISTER, expected)) == actual


def test_on_its_last_day_a_gemeente_gets_its_own_post() -> None:
    """A herindeling counts from the day after the last one, for both sides."""
    active = replace(TO_GEMEENTE, actief_vanaf=date(2020, 1, 1))
    head, last, first = header(AANBIEDER, OUD), date(2021, 12, 31), date(2022, 1, 1)

    before = address(active, head, AANBIEDER, on=last)
    after = address(active, head, AANBIEDER, on=first)
    too_early = address(active, header(AANBIEDER, NIEUW), AANBIEDER, on=last)

    assert Adres(known(REGISTER, OUD)) == before
    assert Adres(known(REGISTER, NIEUW)) == after
    assert Adresfout("GEMEENTE_ONBEKEND") == too_early


@pytest.mark.parametrize(
    "on,expected",
    [
        (date(2026, 3, 31), "NIET_ACTIEF"),
        (date(2026, 4, 1), None),
        (date(2026, 4, 30), None),
        (date(2026, 5, 1), "NIET_ACTIEF"),
    ],
)
def test_a_type_outside_its_period(on: date, expected: str | None) -> None:
    """A type may be sent from its first to its last day: the release calendar."""
    period = replace(
        TO_GEMEENTE, actief_vanaf=date(2026, 4, 1), actief_tot=date(2026, 4, 30)
    )

    actual = address(period, header(AANBIEDER, GEMEENTE), AANBIEDER, on=on)

    assert expected == (actual.regel if isinstance(actual, Adresfout) else None)


def test_the_first_fault_counts() -> None:
    """Sender, type, kind, permission, receiver: the first that is wrong is named."""
    stopped = replace(TO_AANBIEDER, actief_tot=date(2026, 1, 1))
    wrong = header("0310", "9999")

    assert [
        "ZENDER_NIET_GELDIG",
        "NIET_ACTIEF",
        "ZENDER_SOORT",
        "GEEN_MACHTIGING",
        "ONTVANGER_SOORT",
    ] == [
        found.regel
        for found in (
            address(stopped, wrong, OUD),
            address(stopped, wrong, AANBIEDER),
            address(TO_AANBIEDER, wrong, AANBIEDER),
            address(TO_AANBIEDER, wrong, GEMEENTE),
            address(TO_AANBIEDER, header(GEMEENTE, "1680"), GEMEENTE),
        )
        if isinstance(found, Adresfout)
    ]


def test_a_machtiging_lets_another_send() -> None:
    """With a machtiging one sends for another; what comes back goes to that other."""
    given_tables = tables()
    register = register_of(given_tables)
    head = header("0004", AANBIEDER)
    retour = CATALOGUE.by_type[TO_AANBIEDER.retour or ""]
    last = date(2026, 6, 30)

    heen = address(TO_AANBIEDER, head, "0001", register=register, on=last)
    late = address(TO_AANBIEDER, head, "0001", register=register)
    back = address(retour, head, AANBIEDER, register=register)

    assert Adres(known(register, AANBIEDER)) == heen
    assert Adresfout("GEEN_MACHTIGING") == late
    assert Adres(known(register, "0004")) == back


def test_an_element_that_names_no_party() -> None:
    """A catalogue that asks for another element than the two is a fault of ours."""
    odd = replace(TO_GEMEENTE, naar_element="Identificatie")

    with pytest.raises(CatalogueError, match="Identificatie"):
        address(odd, header(AANBIEDER, GEMEENTE), AANBIEDER)


def test_our_register_serves_our_catalogue() -> None:
    """Every kind of the catalogue, and every rule, is there."""
    check_register(REGISTER, CATALOGUE, standards().foutcodes)


@pytest.mark.parametrize(
    "change,complaint",
    [
        ({"naar": "waterschap"}, "waterschap"),
        ({"van": "waterschap"}, "waterschap"),
        ({"naar_element": None}, "gemeente"),
    ],
)
def test_a_catalogue_that_the_register_cannot_serve(
    change: dict[str, str | None], complaint: str
) -> None:
    """A kind that is not in the register is found at the start, not at a bericht."""
    odd = replace(TO_GEMEENTE, **change)  # type: ignore[arg-type] # names are strings
    catalogue = Catalogue({odd.namespace: odd}, {odd.type: odd})

    with pytest.raises(RegisterError, match=f"partijen.toml: .*{complaint}"):
        check_register(REGISTER, catalogue, standards().foutcodes)


def test_a_rule_without_a_code() -> None:
    """The rule for an unknown receiver must have its own code in the list."""
    given_tables = tables()
    given_tables["partijen"]["soort"][0]["onbekend"] = "GEMEENTE_ZOEK"
    register = register_of(given_tables)

    with pytest.raises(RegisterError, match="GEMEENTE_ZOEK"):
        check_register(register, Catalogue({}, {}), standards().foutcodes)

"""Who a fact is about: found by a keyed hash, shown to nobody without the key."""

from dataclasses import replace

import pytest

from ibroker.core.wlz.feit import Oorzaak, Persoon
from ibroker.core.wlz.persoon import (
    Persoonssleutels,
    build_sleutel,
    build_sleutels,
    distribution_key,
    hide_bsn,
    rehide,
    show_bsn,
    stand_keys,
)
from ibroker.core.wlz.reductie import find_stand, reduce_feit
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.errors import SleutelError
from ibroker.feiten import load_wlztabel
from tests.core.wlz.verhaal import day, indicatie, toewijzing

BSN, OTHER = "999990019", "999990020"
VERDELING = bytes(range(64, 96))
OUD = build_sleutel("2025-1", bytes(range(32)))
NIEUW = build_sleutel("2026-1", bytes(range(32, 64)))
VOOR = build_sleutels(OUD, (), VERDELING)
TIJDENS = build_sleutels(NIEUW, (OUD,), VERDELING)
NA = build_sleutels(NIEUW, (), VERDELING)
PLACE = Oorzaak("bericht-1", 0, "2026-11-24T10:11:12.345Z")


def test_only_the_key_shows_who_it_is() -> None:
    """The BSN comes back with the key, and stands in nothing that is kept."""
    persoon = hide_bsn(BSN, PLACE, VOOR)

    assert BSN == show_bsn(persoon, VOOR)
    assert BSN.encode() not in persoon.pseudoniem + persoon.bsn
    assert BSN not in repr(persoon) + repr(VOOR)
    with pytest.raises(SleutelError, match="ontbreekt"):
        show_bsn(persoon, NA)


def test_one_person_has_one_pseudoniem() -> None:
    """It is equal in each bericht, and that of another BSN or key is another."""
    first, later = (
        hide_bsn(BSN, PLACE, VOOR),
        hide_bsn(BSN, replace(PLACE, deel=1), VOOR),
    )

    assert first.pseudoniem == later.pseudoniem
    assert first.pseudoniem != hide_bsn(OTHER, PLACE, VOOR).pseudoniem
    assert first.pseudoniem != hide_bsn(BSN, PLACE, NA).pseudoniem


def test_a_nonce_serves_one_text() -> None:
    """The same fact has the same bytes; of two that differ in anything no nonce is one.

    Also where one place has two BSNs, as where two clusters share a key.
    """
    facts = [
        hide_bsn(bsn, Oorzaak(bericht, deel, ""), sleutels)
        for bsn in (BSN, OTHER)
        for bericht in ("a", "b", "a/1")
        for deel in (0, 1)
        for sleutels in (VOOR, NA)
    ]

    assert hide_bsn(BSN, PLACE, VOOR) == hide_bsn(BSN, PLACE, VOOR)
    assert len(facts) == len({one.bsn[:12] for one in facts})


@pytest.mark.parametrize("field", ["pseudoniem", "bsn", "sleutel_id"])
def test_what_is_of_another_is_no_good(field: str) -> None:
    """A BSN under another's pseudoniem, or one that was touched, is not shown."""
    good, other = hide_bsn(BSN, PLACE, TIJDENS), hide_bsn(OTHER, PLACE, VOOR)
    mixed = replace(good, **{field: getattr(other, field)})

    with pytest.raises(SleutelError) as caught:
        show_bsn(mixed, TIJDENS)

    assert BSN not in str(caught.value)


@pytest.mark.parametrize("data", [b"", bytes(5), bytes(12), bytes(20)])
def test_what_is_too_short_is_no_good(data: bytes) -> None:
    """A text that no cipher makes is a fault of ours as well."""
    with pytest.raises(SleutelError):
        show_bsn(Persoon("2025-1", bytes(32), data), VOOR)


@pytest.mark.parametrize("made", [VOOR, TIJDENS, NA])
@pytest.mark.parametrize("kept", [VOOR, TIJDENS])
def test_he_is_found_whatever_key_was_used(
    kept: Persoonssleutels, made: Persoonssleutels
) -> None:
    """During a rotation a fact of either key finds the stand under either key."""
    tabel = load_wlztabel()
    first = hide_bsn(BSN, PLACE, kept)
    stand = reduce_feit(
        None, replace(toewijzing(0), persoon=first), tabel, day(0)
    ).stand
    assert stand is not None
    state = {first.pseudoniem: encode_stand(stand)}
    feit = replace(
        indicatie(0, None, "755"),
        persoon=rehide(hide_bsn(BSN, PLACE, made), TIJDENS),
    )

    key, found, changes = find_stand(feit.persoon, TIJDENS, state.get)
    uitkomst = reduce_feit(found, feit, tabel, day(0))

    assert hide_bsn(BSN, PLACE, NA).pseudoniem == key
    assert 1 == len(uitkomst.signalen)
    assert BSN == show_bsn(uitkomst.signalen[0].persoon, NA)
    moved = kept is VOOR
    assert changes == (((first.pseudoniem, None),) if moved else ())


def test_what_moved_stays_where_it_is() -> None:
    """A stand that moved bears the current key alone, and needs the former no more."""
    old = hide_bsn(BSN, PLACE, VOOR)
    stand = reduce_feit(
        None, replace(toewijzing(0), persoon=old), load_wlztabel(), day(0)
    ).stand
    assert stand is not None
    state = {old.pseudoniem: encode_stand(stand)}

    key, moved, changes = find_stand(rehide(old, TIJDENS), TIJDENS, state.get)
    assert moved is not None
    after = {key: encode_stand(moved)}

    assert ((old.pseudoniem, None),) == changes
    assert (key, moved, ()) == find_stand(moved.persoon, NA, after.get)
    assert BSN == show_bsn(decode_stand(after[key]).persoon, NA)


def test_nobody_is_found_who_is_not_there() -> None:
    """Of whom nothing is known there is no stand, under no key."""
    persoon = rehide(hide_bsn(BSN, PLACE, VOOR), TIJDENS)
    empty: dict[bytes, bytes] = {}

    key, stand, changes = find_stand(persoon, TIJDENS, empty.get)

    assert (stand_keys(persoon, TIJDENS)[0], None, ()) == (key, stand, changes)
    assert 2 == len(stand_keys(persoon, TIJDENS))


def test_the_place_of_a_fact_does_not_rotate() -> None:
    """All facts of a person are in one partition, whatever the current key."""
    assert distribution_key(BSN, VOOR) == distribution_key(BSN, NA)
    assert distribution_key(BSN, VOOR) != distribution_key(OTHER, VOOR)
    assert 2 == len(distribution_key(BSN, VOOR))


def test_keys_that_are_no_keys() -> None:
    """A short secret, a key without an id and two of one id are refused."""
    with pytest.raises(SleutelError):
        build_sleutel("x", bytes(31))
    with pytest.raises(SleutelError):
        build_sleutel("", bytes(32))
    with pytest.raises(SleutelError):
        build_sleutels(OUD, (OUD,), VERDELING)
    with pytest.raises(SleutelError):
        build_sleutels(OUD, (), bytes(31))

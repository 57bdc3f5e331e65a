"""What links berichten: where it stands, and that equal is what belongs together."""

import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.catalogue import Berichttype, Verwijspad, parse_catalogue
from ibroker.core.header import Header
from ibroker.core.structure import Structure
from ibroker.core.verdict import validate_bericht
from ibroker.core.verwijzing import (
    HEENBERICHT,
    Verwijzing,
    pseudonymise,
    read_verwijzingen,
)
from ibroker.errors import CatalogueError
from tests.core.routed import ROOT, sample
from tests.loaded import standards

CATALOGUE = standards().catalogue
TYPES = sorted(CATALOGUE.by_type.values(), key=lambda b: b.type)
WITH_PADEN = [b for b in TYPES if b.verwijzingen]
WITH_RETOUR = [b for b in TYPES if b.retour is not None]
SLEUTEL, OTHER_SLEUTEL = b"one key for tests", b"another key for tests"
REFERENTIE, DECLARATIE = "ReferentieAanbieder", "DeclaratieIdentificatie"
HEADER = Header("0363", "98000011", "W301-0001", "2026-02-05", None)
XML_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=20)


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


def links(data: bytes, sleutel: bytes = SLEUTEL) -> dict[str, set[str]]:
    """Give the references of a bericht as its event shows them, by soort."""
    verdict = validate_bericht(data, standards())
    assert verdict.gelezen is not None
    found: dict[str, set[str]] = {}
    for soort, waarde in pseudonymise(*verdict.gelezen, verdict.verwijzingen, sleutel):
        found.setdefault(soort, set()).add(waarde)
    return found


def shared(one: bytes, other: bytes) -> set[str]:
    """Give the soorten by which two berichten belong together."""
    mine, theirs = links(one), links(other)
    return {soort for soort in mine if mine[soort] & theirs.get(soort, set())}


def changed(data: bytes, *changes: tuple[str, str]) -> bytes:
    """Replace texts in a bericht, each of which must be there."""
    text = data.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def at(structure: Structure, pad: str) -> Iterator[Structure]:
    """Give the elements of an XSD on a path, without the root."""
    for name in pad.split("/"):
        (structure,) = [child for child in structure.children if child.name == name]
        yield structure


def test_the_types_that_have_references() -> None:
    """A 323 and 325 have one soort, 301, 315, 317 and 319 the other, in Wmo and Jw."""
    found = {
        (berichttype.type, pad.soort)
        for berichttype in TYPES
        for pad in berichttype.verwijzingen
    }

    assert {
        (f"{wet}{number}", soort)
        for wet in ("WMO", "JW")
        for soort, numbers in (
            (REFERENTIE, (301, 315, 317, 319)),
            (DECLARATIE, (323, 325)),
        )
        for number in numbers
    } == found


@pytest.mark.parametrize("berichttype", WITH_PADEN, ids=by_type)
def test_each_path_is_one_of_the_xsd(berichttype: Berichttype) -> None:
    """A path leads through elements of the type's own namespace to one with values."""
    structure = standards().schemas.get(berichttype.namespace).structure
    for pad in berichttype.verwijzingen:
        steps = list(at(structure, pad.pad))
        assert {f"{{{berichttype.namespace}}}{one.name}" for one in steps} == {
            one.tag for one in steps
        }
        assert all(child.children == () for child in steps[-1].children)


@pytest.mark.parametrize(
    "name,expected",
    [
        ("WMO301", [(REFERENTIE, ("verzoek-0001",))]),
        ("JW317", [(REFERENTIE, ("wijziging-0001",))]),
        ("WMO319", [(REFERENTIE, ("wijziging-0001",))]),
        ("WMO323", [(DECLARATIE, ("W323-0001", "2026-04-08"))]),
        ("WMO325", [(DECLARATIE, ("W323-0001", "2026-04-08"))]),
        ("WMO305", []),
        ("WMO302", []),
        ("IO31", []),
        ("afgekeurd-WMO325-TR342", [(DECLARATIE, ("W323-0001", "2026-04-08"))]),
        ("ongeldig-JW315-XSD", []),
        ("geweigerd-onbekend-BOM", []),
    ],
)
def test_a_verdict_has_the_references(
    name: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    """A schema-valid bericht has its references in its verdict, which shows none."""
    verdict = validate_bericht(sample(name), standards())

    assert expected == [(one.soort, one.delen) for one in verdict.verwijzingen]
    shown = repr(replace(verdict, header=None)) + repr(verdict.verwijzingen)
    assert not any(part in shown for _, delen in expected for part in delen)


def with_products(*referenties: str) -> etree._Element:
    """Make a 315 that asks a product under each of these references."""
    root = etree.fromstring(sample("WMO315"))
    (first,) = root.iterfind(".//{*}AangevraagdProduct")
    above = first.getparent()
    assert above is not None
    for referentie in referenties:
        copy = etree.fromstring(etree.tostring(first))
        copy[0].text = referentie
        above.append(copy)
    above.remove(first)
    return root


def read_products(*referenties: str) -> list[str]:
    """Read the references of a 315 with these."""
    berichttype = CATALOGUE.by_type["WMO315"]
    found = read_verwijzingen(
        with_products(*referenties), berichttype.namespace, berichttype.verwijzingen
    )
    return [one.delen[0] for one in found]


def test_references_are_distinct_and_in_order() -> None:
    """Each reference comes once, where it first stands; space round it is no part."""
    assert ["b", "a", "c"] == read_products("b", " a", "b", "c", "a\n", "b")


def test_a_bericht_has_at_most_200_references() -> None:
    """The first 200 references count: what an event holds is bounded."""
    names = [str(number) for number in range(300)]

    assert names[:200] == read_products(*names, *names)


@pytest.mark.parametrize(
    "name,waarde_of",
    [
        ("WMO301", f"{HEENBERICHT}|WMO301|0363|98000011|W301-0001|2026-02-05"),
        ("WMO302", f"{HEENBERICHT}|WMO301|0363|98000011|W301-0001|2026-02-05"),
        ("WMO301", f"{REFERENTIE}|iWmo|0363|98000011|verzoek-0001"),
        ("JW319", f"{REFERENTIE}|iJw|0363|98000011|wijziging-0001"),
        ("WMO325", f"{DECLARATIE}|iWmo|0363|98000011|W323-0001|2026-04-08"),
        ("WMO401", f"{HEENBERICHT}|WMO401|0363|CAK|E401-0001|2026-02-09"),
        ("WMO508", f"{HEENBERICHT}|WMO507|0363|SVB|P507-0001|2027-04-12"),
    ],
)
def test_a_waarde_is_a_keyed_hash(name: str, waarde_of: str) -> None:
    """A waarde is the first 16 digits of HMAC-SHA-256 over what the module says."""
    parts = waarde_of.split("|")
    message = "\0".join(parts).encode()
    expected = hmac.new(SLEUTEL, message, hashlib.sha256).hexdigest()[:16]

    assert {expected} == links(sample(name))[parts[0]]


@pytest.mark.parametrize("berichttype", WITH_RETOUR, ids=by_type)
def test_a_retour_belongs_to_its_heenbericht(berichttype: Berichttype) -> None:
    """A heenbericht and its retour share one waarde, and so does no other bericht."""
    heen, retour = sample(berichttype.type), sample(str(berichttype.retour))
    others = [one for one in TYPES if one not in (berichttype, berichttype.retour)]

    assert {HEENBERICHT} == shared(heen, retour)
    assert not any(
        HEENBERICHT in shared(heen, sample(other.type))
        for other in others
        if other.retour_van != berichttype.type
    )


@pytest.mark.parametrize("wet", ["WMO", "JW"])
@pytest.mark.parametrize(
    "question,answer,soort",
    [
        (315, 301, REFERENTIE),
        (317, 319, REFERENTIE),
        (323, 325, DECLARATIE),
    ],
)
def test_an_answer_belongs_to_its_question(
    wet: str, question: int, answer: int, soort: str
) -> None:
    """A 301 or 319 shares a waarde with its 315 or 317, a 325 with its 323."""
    assert {soort} == shared(sample(f"{wet}{question}"), sample(f"{wet}{answer}"))


def test_a_301_may_answer_a_317_and_a_319_a_315() -> None:
    """The reference links whichever asks to whichever answers."""
    to_317 = changed(sample("WMO301"), ("verzoek-0001", "wijziging-0001"))
    to_315 = changed(sample("WMO319"), ("wijziging-0001", "verzoek-0001"))

    assert {REFERENTIE} == shared(sample("WMO317"), to_317)
    assert {REFERENTIE} == shared(sample("WMO315"), to_315)
    assert set() == shared(sample("WMO317"), sample("WMO301"))


@pytest.mark.parametrize(
    "one,other",
    [
        (sample("WMO301"), changed(sample("WMO302"), ("98000011", "98000012"))),
        (sample("WMO301"), changed(sample("WMO302"), ("0363", "9992"))),
        (sample("WMO301"), changed(sample("WMO302"), ("W301-0001", "W301-0002"))),
        (sample("WMO301"), changed(sample("WMO302"), ("2026-02-05", "2026-02-06"))),
        (sample("WMO301"), changed(sample("WMO306"), ("W305-0001", "W301-0001"))),
        (sample("WMO315"), changed(sample("WMO301"), ("98000011", "98000012"))),
        (sample("WMO315"), changed(sample("WMO301"), ("0363<", "9992<"))),
        (sample("WMO315"), sample("JW301")),
        (sample("WMO323"), changed(sample("WMO325"), ("0363<", "9992<"))),
        (sample("WMO323"), changed(sample("WMO325"), ("W323-0001", "W323-0002"))),
        (sample("WMO323"), sample("JW325")),
    ],
    ids=[
        "aanbieder of a retour",
        "gemeente of a retour",
        "identificatie of a retour",
        "dagtekening of a retour",
        "type of a retour",
        "aanbieder of a reference",
        "gemeente of a reference",
        "wet of a reference",
        "gemeente of a declaratie",
        "identificatie of a declaratie",
        "wet of a declaratie",
    ],
)
def test_what_differs_does_not_belong_together(one: bytes, other: bytes) -> None:
    """Equal values of other parties, of another type or wet, are not the same."""
    assert set() == shared(one, other)


@given(st.lists(XML_TEXT, min_size=1, max_size=4), st.lists(XML_TEXT, max_size=4))
def test_other_values_have_another_waarde(one: list[str], other: list[str]) -> None:
    """Two references share a waarde only where all their parts are equal."""
    berichttype = CATALOGUE.by_type["WMO301"]
    found = [
        pseudonymise(
            berichttype, HEADER, (Verwijzing(REFERENTIE, tuple(parts)),), SLEUTEL
        )
        for parts in (one, other)
    ]

    assert (one == other) == (found[0] == found[1])


def test_another_key_gives_other_waarden() -> None:
    """Who has not the key cannot make a waarde, so cannot try which value it is of."""
    mine, theirs = links(sample("WMO301")), links(sample("WMO301"), OTHER_SLEUTEL)

    assert set(mine) == set(theirs)
    assert not any(mine[soort] & theirs[soort] for soort in mine)


def test_parts_that_are_missing_are_empty() -> None:
    """A header without its values still has a waarde: the step never raises."""
    bare = Header(None, None, None, None, None)
    berichttype = replace(CATALOGUE.by_type["WMO301"], verwijzingen=())

    ((soort, waarde),) = pseudonymise(berichttype, bare, (), SLEUTEL)

    assert (HEENBERICHT, 16) == (soort, len(waarde))


def test_nothing_is_found_where_nothing_stands() -> None:
    """A path that a bericht has no element for gives nothing."""
    root = etree.fromstring(sample("WMO301"))
    paden = (Verwijspad(REFERENTIE, "Client/Onbekend"),)

    assert () == read_verwijzingen(root, CATALOGUE.by_type["WMO301"].namespace, paden)


@pytest.mark.parametrize(
    "row,problem",
    [
        ({"soort": "A", "pad": "Client/"}, "'Client/' is no path of names"),
        ({"soort": "A", "pad": "//Bsn"}, "'//Bsn' is no path of names"),
        ({"soort": "A", "pad": "Client|Bsn"}, "'Client|Bsn' is no path of names"),
        ({"soort": "A"}, "missing 1 required positional argument: 'pad'"),
        ({"soort": "A", "pad": "B", "x": 1}, "unexpected keyword argument 'x'"),
    ],
)
def test_a_path_that_is_none_is_refused(row: dict[str, Any], problem: str) -> None:
    """A row of the catalogue holds a soort and names with slashes, and no XPath."""
    text = (ROOT / "schemas" / "catalogus.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    table["bericht"][0]["verwijzingen"] = [row]

    with pytest.raises(CatalogueError, match=re.escape(problem)):
        parse_catalogue(table)

"""What is simulated is what the standard asks, and what must follow of it does."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from ibroker.core.verdict import validate_bericht
from ibroker.simulatie.fouten import fits, shape, spoil
from ibroker.simulatie.laden import load_foutsoorten
from ibroker.simulatie.levensloop import Post, live
from ibroker.simulatie.tabel import Foutsoort
from ibroker.simulatie.waarheid import Lot
from tests.loaded import standards
from tests.simulatie.gesimuleerd import PERIODE, blokken, opdracht, route, simulatie

MADE_BY_US = "GGK"


@cache
def lived() -> tuple[Post, ...]:
    """Give the first bericht of each sjabloon, and a few more of each."""
    wereld = simulatie().wereld
    found: dict[str, list[Post]] = {}
    for persoon in range(1000):
        for post in live(wereld, 1, persoon, 0, PERIODE):
            found.setdefault(post.sjabloon, []).append(post)
    return tuple(post for posts in found.values() for post in posts[:6])


def pairs(soort: Foutsoort) -> Iterator[Lot]:
    """Give a good bericht of each sjabloon and its bad one, in their order."""
    made, seen = simulatie(), set()
    for place, post in enumerate(lived()):
        if post.sjabloon in seen or not fits(soort, post):
            continue
        seen.add(post.sjabloon)
        sjabloon = made.sjablonen[post.sjabloon]
        good = shape(post, sjabloon, f"goed-{place}")
        bad = spoil(post, soort, sjabloon, f"fout-{place}")
        both = [made.orakel.tell(post, good, None, "a")]
        both.insert(soort.na is not None, made.orakel.tell(post, bad, soort, "b"))
        yield from both


def test_every_sjabloon_is_lived_and_is_good() -> None:
    """All types that anyone may send are there, each geldig, whatever is drawn."""
    found, used = set(), set()
    for post in lived():
        data = simulatie().sjablonen[post.sjabloon].fill(post.waarden)
        verdict = validate_bericht(data, standards())
        assert "geldig" == verdict.uitkomst, (post.sjabloon, verdict.fouten)
        assert post.berichttype == verdict.berichttype
        found.add(post.berichttype.type)
        used.add(post.sjabloon)

    types = standards().catalogue.by_type.values()
    assert {one.type for one in types if one.van != MADE_BY_US} == found
    assert set(simulatie().sjablonen) == used


def test_what_is_sent_gets_what_the_truth_says() -> None:
    """In a stream of good and bad ones each has what must follow; both are there."""
    loten = [lot for blok in blokken(opdracht(80), 0.2) for lot in blok.loten]

    for lot, seen, _ in route(loten):
        assert replace(lot.verwacht.gevolg, antwoord=None) == seen, lot.verwacht

    bad = sum(lot.verwacht.fout != "goed" for lot in loten)
    assert 0.15 < bad / len(loten) < 0.25


@pytest.mark.parametrize("soort", load_foutsoorten(), ids=lambda one: str(one.soort))
def test_what_is_bad_gets_what_the_truth_says(soort: Foutsoort) -> None:
    """Each kind of bad bericht, of each type, has exactly the outcome of its row."""
    followed = list(route(pairs(soort)))

    for lot, seen, _ in followed:
        assert replace(lot.verwacht.gevolg, antwoord=None) == seen, lot.verwacht
    bad = {lot.verwacht.berichttype for lot, _, _ in followed}
    assert bad
    assert not soort.berichten or soort.berichten == bad

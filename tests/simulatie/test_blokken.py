"""The same seed gives the same, and the truth of the Wlz is that of the oracle."""

import re
from collections import defaultdict
from pathlib import Path

from ibroker.core.wlz.feit import Feit, Hartslag, decode_feit
from ibroker.core.wlz.persoon import show_bsn
from ibroker.simulatie.bevolking import MENSEN, make_bsn
from ibroker.simulatie.blok import Opdracht
from ibroker.simulatie.fabriek import Bestelling, make_pakketten
from ibroker.simulatie.laden import Tabellen
from ibroker.simulatie.uitvoer import read_waarheid, write_kop, write_waarheid
from ibroker.simulatie.wlzwaarheid import Mensen
from tests.core.wlz.keys import keys
from tests.core.wlz.orakel import what_must_stand
from tests.simulatie.gesimuleerd import PERIODE, blokken, opdracht, route, simulatie

NAME = re.compile(rb"Identificatie>([^<]+)<")
RETOUR = re.compile(rb"IdentificatieRetour>")
FEITEN = "ggk.intern.wlz.feiten"


def test_the_number_of_processes_changes_nothing() -> None:
    """One process and two make the same bytes and the same truth, in one order."""
    bestelling = Bestelling(Tabellen(), opdracht(130, seed=5, levens=2), 0.1, {})

    one = list(make_pakketten(bestelling, 1))
    two = list(make_pakketten(bestelling, 2))

    assert 4 == len(one)
    assert one == two


def test_another_seed_gives_other_berichten() -> None:
    """No two heenberichten have one Identificatie, of one seed or of two."""
    names = [
        found[1]
        for seed in (1, 2)
        for blok in blokken(opdracht(40, seed=seed))
        for lot in blok.loten
        if not RETOUR.search(lot.vorm.data)
        and (found := NAME.search(lot.vorm.data)) is not None
    ]

    assert len(names) > 500
    assert len(names) == len(set(names))


def test_what_must_stand_is_what_the_oracle_says() -> None:
    """SQL on the facts that the router derived gives the signals that the truth has."""
    made = blokken(Opdracht(3, PERIODE, 0, 80, 3), 0.05)
    facts: dict[str, list[Feit]] = defaultdict(list)
    for _, _, outcome in route(lot for blok in made for lot in blok.loten):
        for one in outcome.outgoing:
            if one.topic == FEITEN:
                feit = decode_feit(one.value)
                assert not isinstance(feit, Hartslag)
                facts[show_bsn(feit.persoon, keys())].append(feit)
    persons = {make_bsn(persoon): persoon for persoon in range(MENSEN)}

    profielen = dict(simulatie().profielen.statussen)
    expected = sorted(
        (persons[bsn], *staat)
        for bsn, own in facts.items()
        for staat in what_must_stand(own, profielen, None)
    )
    told = sorted(
        (
            *(one.persoon, one.gemeente, one.status, one.afgifte, one.ingang),
            *(one.einde, one.nummers),
        )
        for blok in made
        for one in blok.signalen
    )

    assert len(expected) > 10
    assert expected == told


def test_the_truth_shows_nobody(tmp_path: Path) -> None:
    """What is read back is what was written, and no BSN is in it."""
    (blok,) = blokken(opdracht(40, levens=3), 0.1)
    path = tmp_path / "waarheid.jsonl"
    path.write_bytes(write_kop(opdracht(40)) + write_waarheid(blok))

    read = list(read_waarheid(path))

    assert [
        Mensen(0, 40),
        *(lot.verwacht for lot in blok.loten),
        *blok.signalen,
    ] == read
    assert blok.signalen
    assert not [bsn for bsn in range(40) if make_bsn(bsn).encode() in path.read_bytes()]

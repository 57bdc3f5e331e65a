"""The schemas and the tables: each is loaded as the processes do."""

from collections.abc import Callable, Iterator
from datetime import date

from ibroker.doctor.bevinding import Bevinding, Gevolg, fout, goed
from ibroker.errors import IbrokerError
from ibroker.feiten import (
    load_afleiding,
    load_registertoets,
    load_uitgaand,
    load_wlztabel,
)
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.sleutels import read_persoonssleutels
from ibroker.standards import load_catalogue, load_standards
from ibroker.topics.reading import load_topics

__all__ = ["check_tabellen"]

_ONDERDEEL = "tabellen"


def check_tabellen(settings: Settings, today: date) -> Iterator[Bevinding]:
    """Load all of them; what cannot be used is said in its own words."""
    checks: tuple[tuple[str, Callable[[Settings, date], str]], ...] = (
        ("standaarden", _load_standaarden),
        ("register", _load_register),
        ("wlz.toml", _load_wlz),
        ("feiten.toml", _load_feiten),
        ("topics.yaml", _load_topics),
    )
    for naam, load in checks:
        try:
            tekst = load(settings, today)
        except IbrokerError as error:
            yield fout(_ONDERDEEL, naam, str(error), Gevolg.CONFIGURATIE)
        else:
            yield goed(_ONDERDEEL, naam, tekst)


def _load_standaarden(settings: Settings, _today: date) -> str:
    types = load_standards(settings.schemas).catalogue.by_type
    versies = sorted(
        {f"{one.standaard.naam} {one.standaard.versie}" for one in types.values()}
    )
    return f"{len(types)} berichttypen: {', '.join(versies)}"


def _load_register(settings: Settings, today: date) -> str:
    postvakken = load_register(settings.partijen).postvakken(today)
    return f"{len(postvakken)} gemeenten met een postvak"


def _load_wlz(settings: Settings, _today: date) -> str:
    return f"versie {load_wlztabel(settings.wlz_tabel).versie}"


def _load_feiten(settings: Settings, _today: date) -> str:
    catalogue = load_catalogue()
    load_uitgaand(catalogue)
    load_registertoets(catalogue)
    if settings.persoonssleutels is None:
        return "wat de Wlz-stroom verstuurt is te lezen"
    sleutels = read_persoonssleutels(settings.persoonssleutels)
    register = load_register(settings.partijen)
    load_afleiding(load_standards(settings.schemas), register, sleutels)
    return "wat de Wlz-stroom leest en verstuurt is te lezen"


def _load_topics(settings: Settings, _today: date) -> str:
    file = load_topics(settings.topics)
    return f"{len(file.topics)} soorten topics, {len(file.access)} soorten toegang"

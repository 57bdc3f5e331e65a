"""Reads what the simulation is made of from disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ibroker.core.register import Register
from ibroker.errors import ConfigError
from ibroker.register import load_register
from ibroker.simulatie.bevolking import Bevolking, build_bevolking
from ibroker.simulatie.blok import Simulatie
from ibroker.simulatie.fouten import build_foutkeuze
from ibroker.simulatie.levensloop import Periode, Wereld
from ibroker.simulatie.sjabloon import Sjabloon, parse_sjabloon
from ibroker.simulatie.tabel import Foutsoort, parse_fouten, parse_levens
from ibroker.simulatie.waarheid import Orakel
from ibroker.simulatie.wlzwaarheid import Profielen
from ibroker.standards import load_catalogue, own_folder, read_toml

__all__ = ["Tabellen", "load_foutsoorten", "load_simulatie"]

_FOLDER = "simulatie"


@dataclass(frozen=True, slots=True)
class Tabellen:
    """What an installation has in place of ours: `partijen` and `wlz_tabel`.

    Those of `Settings`, which itself takes longer to import than all of this.
    """

    partijen: Path | None = None
    wlz_tabel: Path | None = None


def load_simulatie(
    tabellen: Tabellen, periode: Periode, deel: float, delen: Mapping[str, float]
) -> Simulatie:
    """Load all of it; `deel` and `delen` are those of `build_foutkeuze`.

    Raises ConfigError where a table is not usable, or does not fit with the others.
    """
    folder = own_folder() / _FOLDER
    catalogue = load_catalogue()
    register = load_register(tabellen.partijen)
    feiten = read_toml(own_folder() / "feiten.toml")
    wereld = Wereld(
        catalogue=catalogue,
        levens=parse_levens(read_toml(folder / "levensloop.toml")),
        bevolking=_bevolking(register, periode, folder),
    )
    types = catalogue.by_type
    return Simulatie(
        wereld=wereld,
        sjablonen=_sjablonen(folder),
        foutkeuze=build_foutkeuze(load_foutsoorten(), types, deel, delen),
        orakel=Orakel(
            register,
            dict(types),
            feiten["vraag"],
            feiten["antwoord"],
            feiten["topic"],
        ),
        profielen=_profielen(tabellen),
    )


def load_foutsoorten() -> tuple[Foutsoort, ...]:
    """Load the ways to be bad. Raises ConfigError."""
    return parse_fouten(read_toml(own_folder() / _FOLDER / "fouten.toml"))


def _sjablonen(folder: Path) -> dict[str, Sjabloon]:
    return {
        path.stem: parse_sjabloon(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.xml"))
    }


def _bevolking(register: Register, periode: Periode, folder: Path) -> Bevolking:
    """Take the parties that exist all along, also when a bericht comes in later."""
    table = read_toml(folder / "inwoners.toml")
    inschrijvingen = register.inschrijvingen
    lasting = {
        code: register.bekend[code].soort
        for code, one in inschrijvingen.items()
        if one.vanaf <= periode.vanaf and one.tot == date.max
    }
    vast = {naam: soort.code for naam, soort in register.soorten.items() if soort.code}
    found: dict[str, list[str]] = {}
    for code, soort in sorted(lasting.items()):
        found.setdefault(soort, []).append(code)
    invented = [f"98{rank:06}" for rank in range(1, int(table["aanbieders"]) + 1)]
    return build_bevolking(
        gemeenten=found.get("gemeente", ()),
        inwoners=table["inwoners"],
        anders=float(table["anders"]),
        aanbieders=found.get("zorgaanbieder", invented),
        vast=vast,
    )


def _profielen(tabellen: Tabellen) -> Profielen:
    table = read_toml(tabellen.wlz_tabel or own_folder() / "wlz.toml")
    if table.get("moment") != "bij_besluit":
        raise ConfigError(
            "de simulatie weet alleen bij moment = bij_besluit welke signalen er horen"
        )
    return Profielen(
        statussen={row["code"]: row["status"] for row in table["profiel"]},
        ander=table["ander_profiel"],
        zonder=table["zonder_profiel"],
    )

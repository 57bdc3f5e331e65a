"""The settings as they are, and where each comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ibroker.doctor.bevinding import Bevinding, goed, let_op
from ibroker.settings import Settings, unknown_variables, variable_of

__all__ = ["GEHEIM", "Instelling", "check_instellingen", "list_instellingen", "shorten"]

GEHEIM = "(ingesteld)"
"""What is shown of a setting that leads to a secret."""

_ONDERDEEL = "instellingen"
_SECRETS = frozenset({"tls_key", "verwijzing_sleutel", "persoonssleutels"})


@dataclass(frozen=True, slots=True)
class Instelling:
    """One setting. `waarde` is None where it has none, and GEHEIM for a secret."""

    naam: str
    waarde: str | None
    herkomst: str
    pad: Path | None


def list_instellingen(settings: Settings) -> tuple[Instelling, ...]:
    """List all settings, each with its origin: the environment or our default."""
    return tuple([_describe(name, settings) for name in Settings.model_fields])


def check_instellingen(settings: Settings) -> Iterator[Bevinding]:
    """Show each setting, and the variables that look like one and are none."""
    for one in list_instellingen(settings):
        tekst = f"{one.waarde or '-'} ({one.herkomst})"
        yield goed(_ONDERDEEL, one.naam, tekst)
    for name in unknown_variables():
        yield let_op(_ONDERDEEL, name, "is geen instelling: een tikfout?")


def shorten(tekst: str, settings: Settings) -> str:
    """Take the folders of the installation out of a text: they may name a person.

    What is left of a path is its last part.
    """
    folders = {str(Path.home()), str(Path.cwd()), str(Path(__file__).parents[2])}
    for one in list_instellingen(settings):
        if one.pad is not None:
            folders |= {str(one.pad.parent), str(one.pad.resolve().parent)}
    for folder in sorted(folders, key=len, reverse=True):
        if len(folder) > 1:
            tekst = tekst.replace(f"{folder}/", "…/").replace(folder, "…")
    return tekst


def _describe(name: str, settings: Settings) -> Instelling:
    value = getattr(settings, name)
    herkomst = "omgeving" if name in settings.model_fields_set else "standaard"
    pad = value if isinstance(value, Path) else None
    shown = GEHEIM if name in _SECRETS else str(value)
    waarde = None if value is None else shown
    return Instelling(variable_of(name), waarde, herkomst, pad)

"""Bad berichten: which share of each kind, and how one is made from a good one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ibroker.errors import ConfigError
from ibroker.simulatie.levensloop import Post
from ibroker.simulatie.sjabloon import Sjabloon
from ibroker.simulatie.tabel import Foutsoort

__all__ = [
    "Foutkeuze",
    "Vorm",
    "build_foutkeuze",
    "fits",
    "name_zender",
    "shape",
    "spoil",
]

_OWN: Final = "z"  # what a life course never puts at that place of an Identificatie
_PLACE: Final = -3
_MOST: Final = 0.9  # of all berichten


@dataclass(frozen=True, slots=True)
class Vorm:
    """A bericht as it is handed in: by whom, with which kenmerk, and its bytes."""

    zender: str
    kenmerk: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Foutkeuze:
    """How often each kind of bad bericht is sent beside a good one of each type."""

    kansen: Mapping[str, tuple[tuple[Foutsoort, float], ...]]

    def draw(self, post: Post, draw: Random) -> Foutsoort | None:
        """Draw what goes wrong beside a good bericht; mostly nothing."""
        kansen = self.kansen.get(post.berichttype.type)
        if not kansen:
            return None
        number = draw.random()
        for soort, kans in kansen:
            number -= kans
            if number < 0:
                return soort if fits(soort, post) else None
        return None


def build_foutkeuze(
    soorten: Iterable[Foutsoort],
    types: Iterable[str],
    deel: float,
    delen: Mapping[str, float],
) -> Foutkeuze:
    """Share `deel` of all berichten over the kinds, and give `delen` to those it names.

    Both are of all berichten that are sent, good and bad. Raises ConfigError for a kind
    that does not exist, and where hardly anything good would be left.
    """
    known = {soort.soort: soort for soort in soorten}
    unknown = sorted(set(delen) - set(known))
    if unknown:
        raise ConfigError(
            f"--fout: {unknown[0]} is geen soort; die zijn er: {', '.join(known)}"
        )
    if not 0 <= deel + sum(delen.values()) <= _MOST:
        raise ConfigError(f"--fout: samen 0 tot {_MOST:.0%}")
    found = {}
    for berichttype in types:
        fitting = [
            soort
            for soort in known.values()
            if not soort.berichten or berichttype in soort.berichten
        ]
        shares = {
            soort.soort: deel / len(fitting) + delen.get(soort.soort, 0.0)
            for soort in fitting
        }
        good = 1 - sum(shares.values())
        found[berichttype] = tuple(
            (known[naam], share / good) for naam, share in shares.items() if share
        )
    return Foutkeuze(found)


def name_zender(post: Post) -> str:
    """Say who sends a bericht, as the catalogue has it."""
    return post.partijen[post.berichttype.van]


def shape(post: Post, sjabloon: Sjabloon, kenmerk: str) -> Vorm:
    """Make a good bericht."""
    return Vorm(name_zender(post), kenmerk, sjabloon.fill(post.waarden))


def spoil(post: Post, soort: Foutsoort, sjabloon: Sjabloon, kenmerk: str) -> Vorm:
    """Make a bad bericht of a good one; `soort` says what is wrong with it."""
    waarden = dict(post.waarden)
    if soort.na is None:
        name = "retour" if post.berichttype.is_retour else "identificatie"
        waarden[name] = _own_name(waarden[name])
    for naam, waarde in soort.vul.items():
        waarden[naam] = waarde.format_map(waarden)
    data = sjabloon.fill(waarden)
    if soort.vervang is not None:
        data = data.replace(*soort.vervang)
    if soort.knip:
        data = data[: -soort.knip]
    zender = name_zender(post)
    if soort.zender is not None:
        zender = soort.zender.format_map(waarden)
    return Vorm(zender, kenmerk if soort.kenmerk is None else soort.kenmerk, data)


def fits(soort: Foutsoort, post: Post) -> bool:
    """Whether a bericht can be bad in that way."""
    return (not soort.berichten or post.berichttype.type in soort.berichten) and (
        not soort.sjablonen or post.sjabloon in soort.sjablonen
    )


def _own_name(name: str) -> str:
    return name[:_PLACE] + _OWN + name[_PLACE + 1 :]

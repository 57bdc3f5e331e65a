"""The truth beside the traffic: what must become of each bericht.

It is told by the catalogue and by the tables of the simulation, which were written by
hand from the standard. Nothing that judges or routes has a part in it.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from ibroker.core.catalogue import Berichttype
from ibroker.core.register import Register
from ibroker.errors import ConfigError
from ibroker.simulatie.fouten import Vorm
from ibroker.simulatie.levensloop import Post
from ibroker.simulatie.tabel import Foutsoort

__all__ = ["Gevolg", "Lot", "Orakel", "Verwacht"]

_GOED: Final = "goed"
_FO01: Final = "nl.stuf.fo01"
_AANGEHOUDEN: Final = "nl.ggk.bericht.onbestelbaar"


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What follows a bericht, as anyone can see it in the log.

    `uitkomst` is the last word of the type of its event; `niveau` and `regels` (sorted)
    are those of the event. `topic` and `soort` are where the delivery stands and its
    ce_type, None where nothing is delivered. `antwoord` is the ce_type of what the Wlz
    stream answers besides.
    """

    uitkomst: str
    niveau: int | None
    regels: tuple[str, ...]
    topic: str | None
    soort: str | None
    antwoord: str | None = None


@dataclass(frozen=True, slots=True)
class Verwacht:
    """One bericht that was sent, without its contents.

    `fout` is the kind of bad bericht, "goed" where it is none; `bestand` the name that
    it has in a folder or zip.
    """

    bestand: str
    kenmerk: str
    zender: str
    sha256: str
    berichttype: str
    fout: str
    gevolg: Gevolg


@dataclass(frozen=True, slots=True)
class Lot:
    """A bericht, and what must become of it."""

    vorm: Vorm
    verwacht: Verwacht


@dataclass(frozen=True, slots=True)
class Orakel:
    """Says what must follow: `vraag` and `antwoord` are those of the Wlz stream.

    `feiten` is where the facts go of what is addressed to ibroker itself.
    """

    register: Register = field(repr=False)
    by_type: dict[str, Berichttype] = field(repr=False)
    vraag: str
    antwoord: str
    feiten: str

    def tell(self, post: Post, vorm: Vorm, soort: Foutsoort | None, naam: str) -> Lot:
        """Say what must become of a bericht that is handed in like that."""
        gevolg = self._good(post) if soort is None else self._bad(post, vorm, soort)
        verwacht = Verwacht(
            bestand=f"{naam}-{post.berichttype.type}.xml",
            kenmerk=vorm.kenmerk,
            zender=vorm.zender,
            sha256=sha256(vorm.data).hexdigest(),
            berichttype=post.berichttype.type,
            fout=_GOED if soort is None else soort.soort,
            gevolg=gevolg,
        )
        return Lot(vorm, verwacht)

    def _good(self, post: Post) -> Gevolg:
        antwoord = None
        if post.berichttype.type == self.vraag:
            antwoord = self.by_type[self.antwoord].ce_type
        return self._delivered(post, None, (), antwoord)

    def _bad(self, post: Post, vorm: Vorm, soort: Foutsoort) -> Gevolg:
        regels = tuple(sorted(soort.regels))
        match soort.uitkomst:
            case "dubbel":
                return Gevolg("dubbel", soort.niveau, regels, None, None)
            case "onbestelbaar":
                topic = self.register.topics.onbestelbaar
                return Gevolg("onbestelbaar", None, regels, topic, _AANGEHOUDEN)
            case None:
                pass
            case other:
                raise ConfigError(f"fouten.toml: {soort.soort}: uitkomst {other}")
        naar = self._topic_of(vorm.zender if soort.naar is None else soort.naar)
        if soort.niveau in _BY_CATALOGUE:
            berichttype = post.berichttype
            if berichttype.is_retour:
                return self._delivered(post, soort.niveau, regels, None)
            naam = berichttype.retour or berichttype.antwoord
            if naam is not None:
                ce_type = self.by_type[naam].ce_type
                return Gevolg("retour", soort.niveau, regels, naar, ce_type)
        return Gevolg("fout", soort.niveau, regels, naar, _FO01)

    def _delivered(
        self,
        post: Post,
        niveau: int | None,
        regels: tuple[str, ...],
        antwoord: str | None,
    ) -> Gevolg:
        berichttype = post.berichttype
        topic = self._topic_of(post.partijen[berichttype.naar])
        if not topic:
            return Gevolg("bezorgd", niveau, regels, self.feiten, None, antwoord)
        return Gevolg("bezorgd", niveau, regels, topic, berichttype.ce_type, antwoord)

    def _topic_of(self, code: str) -> str:
        partij = self.register.partij(code)
        if partij is None:
            raise ConfigError(f"{code} is geen partij van het register")
        return partij.topic


_BY_CATALOGUE: Final = (2, 3)

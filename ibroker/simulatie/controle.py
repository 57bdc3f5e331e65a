"""What was seen in the log, held beside the truth: equal, or what differs."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from ibroker.core.record import Record
from ibroker.simulatie.bevolking import MENSEN, make_bsn
from ibroker.simulatie.waarheid import Gevolg, Verwacht
from ibroker.simulatie.wlzwaarheid import Mensen, Signaalstand

__all__ = ["Plaatsen", "Verschil", "Waarneming", "compare"]

_PERSONEN: Final = {make_bsn(persoon): persoon for persoon in range(MENSEN)}
_RECALLED: Final = "ingetrokken"
_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(frozen=True, slots=True)
class Plaatsen:
    """Where things are told: two topics, and the ce_type of signals and answers."""

    gebeurtenissen: str
    signalen: str
    signaal: str
    antwoord: str


@dataclass(frozen=True, slots=True)
class Verschil:
    """What differs: of which bericht or person, what had to be, and what was seen."""

    van: str
    verwacht: str
    gezien: str


@dataclass(slots=True)
class Waarneming:
    """All that was seen so far; `take` takes in a record of any topic."""

    plaatsen: Plaatsen
    events: dict[str, tuple[str, Gevolg]] = field(default_factory=dict)
    repeated: Counter[str] = field(default_factory=Counter)
    bezorgd: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    antwoorden: Counter[str] = field(default_factory=Counter)
    gegeven: Counter[str] = field(default_factory=Counter)
    uitgelegd: Counter[str] = field(default_factory=Counter)
    staand: dict[str, Signaalstand] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Take in one record, in the order of its partition."""
        if record.topic == self.plaatsen.gebeurtenissen:
            self._event(record.value or b"")
        elif record.topic == self.plaatsen.signalen:
            self.uitgelegd[str(json.loads(record.value or b"{}").get("id"))] += 1
        else:
            self._delivery(record)

    def gevolgen(self) -> Iterator[tuple[str, Gevolg]]:
        """What followed each bericht, by its SHA-256 and once for each time it came."""
        for name, (digest, told) in self.events.items():
            places = self.bezorgd.get(name, [])
            soort: str | None = None
            topic = told.topic
            if len(places) == 1:
                (topic, soort) = places[0]
            elif places:
                soort = f"{len(places)} keer"
            antwoord = self.plaatsen.antwoord if self.antwoorden[name] else None
            yield (
                digest,
                Gevolg(told.uitkomst, told.niveau, told.regels, topic, soort, antwoord),
            )

    def _event(self, value: bytes) -> None:
        event = json.loads(value)
        data, name = event["data"], str(event["id"])
        gevolg = Gevolg(
            uitkomst=str(event["type"]).rpartition(".")[2],
            niveau=data["niveau"],
            regels=tuple(sorted(data["regels"])),
            topic=data["topic"],
            soort=None,
        )
        self.repeated[name] += name in self.events
        self.events[name] = str(data["sha256"]), gevolg

    def _delivery(self, record: Record) -> None:
        headers = {
            name: (value or b"").decode("utf-8", "replace")
            for name, value in record.headers
        }
        name, soort = headers.get("ce_id", ""), headers.get("ce_type", "")
        answers = headers.get("ce_inreplyto")
        if soort == self.plaatsen.signaal:
            self._signaal(name, record.value or b"")
        elif soort == self.plaatsen.antwoord:
            self.antwoorden[answers or ""] += 1
        else:
            self.bezorgd[answers or name].append((record.topic, soort))

    def _signaal(self, name: str, value: bytes) -> None:
        """Keep what stands, as a gemeente does: what is herroepen goes."""
        self.gegeven[name] += 1
        root = etree.fromstring(value, _PARSER)
        text = {
            etree.QName(one).localname: one.text or ""
            for one in root.iter("{*}*")
            if not len(one)
        }
        self.staand.pop(text.get("Herroept", ""), None)
        persoon = _PERSONEN.get(text["Bsn"])
        if text["Reden"] == _RECALLED or persoon is None:
            return
        nummers = [int(one.text or "") for one in root.iter("{*}ToewijzingNummer")]
        self.staand[name] = Signaalstand(
            persoon=persoon,
            gemeente=text["Ontvanger"],
            status=text["WlzStatus"],
            afgifte=text["Afgiftedatum"],
            ingang=text["Ingangsdatum"],
            einde=text.get("Einddatum"),
            nummers=tuple(sorted(nummers)),
        )


def compare(
    waarheid: Iterable[Mensen | Verwacht | Signaalstand], seen: Waarneming
) -> list[Verschil]:
    """Say what differs: outcomes by bericht, signals by person; none where all is so.

    A bericht that the truth does not know is of someone else, and left alone; so is a
    signal on people that it is not about.
    """
    expected: dict[str, Counter[Gevolg]] = defaultdict(Counter)
    names: dict[str, str] = {}
    stands: Counter[Signaalstand] = Counter()
    people = range(0)
    for one in waarheid:
        match one:
            case Mensen():
                people = range(one.eerste, one.eerste + one.personen)
            case Signaalstand():
                stands[one] += 1
            case Verwacht():
                expected[one.sha256][one.gevolg] += 1
                names[one.sha256] = f"{one.bestand} ({one.fout})"
    own = Counter(one for one in seen.staand.values() if one.persoon in people)
    found: dict[str, Counter[Gevolg]] = defaultdict(Counter)
    for digest, gevolg in seen.gevolgen():
        if digest in expected:
            found[digest][gevolg] += 1
    return [
        *(
            Verschil(names[digest], _texts(wanted - got), _texts(got - wanted))
            for digest, wanted in expected.items()
            if (got := found[digest]) != wanted
        ),
        *_differing(stands, own),
        *_uneven(seen),
    ]


def _differing(
    wanted: Counter[Signaalstand], got: Counter[Signaalstand]
) -> Iterator[Verschil]:
    """Compare by person and gemeente, and show no day or number."""
    for stand in sorted((wanted - got) | (got - wanted)):
        texts = ["geen" if not many[stand] else stand.status for many in (wanted, got)]
        yield Verschil(f"signaal op mens {stand.persoon}, {stand.gemeente}", *texts)


def _uneven(seen: Waarneming) -> Iterator[Verschil]:
    """What is told twice, or of which one of the two is missing."""
    for name, more in seen.repeated.items():
        if more:
            yield Verschil(f"gebeurtenis {name}", "1 keer", f"{more + 1} keer")
    for name in {*seen.gegeven, *seen.uitgelegd}:
        counts = seen.gegeven[name], seen.uitgelegd[name]
        if counts != (1, 1):
            text = f"{counts[0]} keer, {counts[1]} keer uitgelegd"
            yield Verschil(f"signaal {name}", "1 keer, 1 keer uitgelegd", text)


def _texts(gevolgen: Mapping[Gevolg, int]) -> str:
    return "; ".join(map(_text, gevolgen)) or "niets"


def _text(gevolg: Gevolg) -> str:
    parts = (
        *(gevolg.uitkomst, gevolg.niveau, " ".join(gevolg.regels), gevolg.topic),
        *(gevolg.soort, gevolg.antwoord),
    )
    return ", ".join(str(part) for part in parts if part not in {None, ""})

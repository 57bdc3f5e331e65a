"""Berichten that the Wlz stream lives on, and the facts that each of them tells.

The facts are drawn first and both are made of them, so that what the router derives is
never asked what it should have derived. A bericht that must not be delivered, or not
again, tells none.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path

from lxml import etree
from traffic import Post

from ibroker.core.wlz.feit import Feit, Geindiceerd, Gestart, Gestopt, Toegewezen
from ibroker.core.wlz.feit import Wlzstatus as Status
from tests.core.wlz.verhaal import indicatie, start, stop, toewijzing

__all__ = ["Brief", "Feiten", "draw_post", "number_of"]

_GOED = Path(__file__).parents[1] / "berichten" / "goed"
_CIZ = "CIZ"
_AGAIN, _OTHER, _BAD = 0.1, 0.02, 0.03  # shares of what is no news
_LAST = 40  # days from the first
_CODES = ("755", "750", "766", "998")
_AANBIEDERS = ("98000011", "98000012", "98000013")

Feiten = Sequence[tuple[str, Feit]]
_Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Brief(Post):
    """A bericht on its way in, and what it tells of whom, by BSN."""

    feiten: Feiten = ()


def number_of(person: int) -> str:
    """Give the test BSN of so manieth person: it begins with 9999 and is well-formed.

    Every BSN has nine digits whose weighted sum can be divided by eleven.
    """
    return _numbers(person + 1)[person]


@cache
def _numbers(amount: int) -> list[str]:
    found: list[str] = []
    for tail in range(10_000):
        head = f"9999{tail:04}"
        last = sum(int(d) * (9 - n) for n, d in enumerate(head)) % 11
        if last < 10 and len(found) < amount:
            found.append(f"{head}{last}")
    return found


def draw_post(persons: int, seed: int, gemeenten: Sequence[str]) -> list[Brief]:
    """Give berichten about so many persons, some seven for each, in any order."""
    chance = random.Random(seed)  # noqa: S311 - it must be repeatable
    writer = _Writer(seed)
    feiten: list[tuple[str, Feit]] = []
    for person in range(persons):
        bsn = number_of(person)
        feiten += [(bsn, feit) for feit in _draw(chance, gemeenten)]
    chance.shuffle(feiten)
    return list(_with_more(writer.write(feiten, chance), writer, chance))


def _draw(chance: random.Random, gemeenten: Sequence[str]) -> Iterator[Feit]:
    """Give the facts of one person: provisions, what is delivered, and indicaties."""
    for gemeente in chance.sample(gemeenten, chance.choice((1, 1, 2))):
        for nummer in range(1, chance.choice((2, 2, 3))):
            where = {"gemeente": gemeente, "nummer": nummer}
            aanbieder = chance.choice(_AANBIEDERS)
            for besloten in range(chance.choice((1, 1, 2, 3))):
                begin = chance.randrange(_LAST)
                einde = chance.choice((None, begin + chance.randrange(_LAST)))
                reden = chance.choice((None, None, "13")) if besloten else None
                if reden == "13":
                    einde = begin
                yield toewijzing(
                    *(begin, einde),
                    besloten=besloten,
                    reden=reden,
                    aanbieder=aanbieder,
                    gemeente=gemeente,
                    nummer=nummer,
                )
            for _ in range(chance.choice((0, 0, 1, 2))):
                begin = chance.randrange(3)
                yield _start(begin, chance, aanbieder, where)
                if chance.random() < 0.6:
                    yield _stop(begin, chance, aanbieder, where)
    for besluit in range(1, chance.choice((1, 2, 2, 3, 4))):
        ingang = chance.randrange(_LAST)
        einde = chance.choice((None, ingang + chance.randrange(_LAST)))
        afgifte = chance.randrange(3)
        if chance.random() < 0.5:
            codes = chance.sample(_CODES, chance.choice((0, 1, 2)))
            yield indicatie(ingang, einde, *codes, afgifte=afgifte, besluit=besluit)
        else:
            status = chance.choice((Status.JA, Status.ONBEKEND, Status.NEE))
            yield indicatie(
                ingang, einde, afgifte=afgifte, besluit=besluit, status=status
            )


def _start(
    begin: int, chance: random.Random, aanbieder: str, where: Mapping[str, object]
) -> Feit:
    status = chance.choice(("1", "1", "1", "3"))
    return start(begin, status=status, aanbieder=aanbieder, **where)  # type: ignore[arg-type]


def _stop(
    begin: int, chance: random.Random, aanbieder: str, where: Mapping[str, object]
) -> Feit:
    return stop(
        *(begin, begin + chance.randrange(_LAST), chance.choice(("19", "20", "31"))),
        status=chance.choice(("1", "1", "1", "3")),
        aanbieder=aanbieder,
        **where,  # type: ignore[arg-type]
    )


class _Writer:
    """Writes facts as berichten, each with an Identificatie of its own."""

    def __init__(self, seed: int) -> None:
        self._names = (f"Z{seed:03X}{number:07X}" for number in count())

    def write(self, feiten: Feiten, chance: random.Random) -> Iterator[Brief]:
        """Write them in this order; some indicaties share a bericht."""
        waiting: dict[bool, list[tuple[str, Geindiceerd]]] = defaultdict(list)
        for bsn, feit in feiten:
            if not isinstance(feit, Geindiceerd):
                yield self.levering(bsn, feit)
                continue
            hand = waiting[feit.status is None]
            hand.append((bsn, feit))
            if len(hand) >= chance.choice((1, 1, 3)):
                yield self._decided(hand)
                hand.clear()
        for hand in waiting.values():
            if hand:
                yield self._decided(hand)

    def levering(self, bsn: str, feit: Feit) -> Brief:
        """Write what a gemeente assigned, or what an aanbieder began or stopped."""
        known: _Values
        match feit:
            case Toegewezen():
                name, van, naar = "WMO301", feit.gemeente, feit.aanbieder or ""
                datum, _, tijd = feit.besloten.partition("T")
                known = {
                    "Toewijzingsdatum": datum,
                    "Toewijzingstijd": tijd[:8],
                    "Ingangsdatum": feit.ingang.isoformat(),
                    "Einddatum": _iso(feit.einde),
                    "RedenWijziging": feit.reden_wijziging,
                    # Care by the week must have an end.
                    "Frequentie": "4" if feit.einde is None else "2",
                }
            case Gestart():
                name, van, naar = "WMO305", feit.aanbieder, feit.gemeente
                known = {
                    "Begindatum": feit.datum.isoformat(),
                    "StatusAanlevering": feit.status,
                }
            case Gestopt():
                name, van, naar = "WMO307", feit.aanbieder, feit.gemeente
                known = {
                    "Begindatum": feit.begin.isoformat(),
                    "RedenBeeindiging": feit.reden,
                    "Einddatum": feit.datum.isoformat(),
                    "StatusAanlevering": feit.status,
                }
            case _:
                raise TypeError(feit)
        root = _sample(name)
        _fill(root, {"Afzender": van, "Ontvanger": naar, "Bsn": bsn})
        _fill(root, {"Identificatie": next(self._names)})
        product = root.find(".//{*}Product").getparent()  # type: ignore[union-attr]
        assert product is not None
        _fill(product, {"ToewijzingNummer": str(feit.nummer), **known})
        return Brief(van, _text(root), "bezorgd", ((bsn, feit),))

    def _decided(self, hand: Sequence[tuple[str, Geindiceerd]]) -> Brief:
        has_status = hand[0][1].status is not None
        root = _sample("WLZINFORMATIE" if has_status else "IO31")
        _fill(root, {"Identificatie": next(self._names)})
        clienten = root.find("{*}Clienten")
        assert clienten is not None
        mal, *others = clienten
        for one in (mal, *others):
            clienten.remove(one)
        for bsn, feit in hand:
            client = etree.fromstring(etree.tostring(mal))
            _fill(client, {"Bsn": bsn})
            part = client.find("{*}Indicatie")
            assert part is not None
            _fill(
                part,
                {
                    "Besluitnummer": str(feit.besluitnummer),
                    "Afgiftedatum": feit.afgifte.isoformat(),
                    "Ingangsdatum": feit.ingang.isoformat(),
                    "Einddatum": _iso(feit.einde),
                },
            )
            if has_status:
                _fill(part, {"WlzStatus": feit.status})
            elif feit.profielen:
                _add_profielen(part, feit)
            clienten.append(client)
        return Brief(_CIZ, _text(root), "bezorgd", tuple(hand))

    def renamed(self, brief: Brief) -> bytes:
        """Write the same under another name."""
        root = etree.fromstring(brief.value)
        _fill(root, {"Identificatie": next(self._names)})
        return _text(root)


def _with_more(
    briefs: Iterator[Brief], writer: _Writer, chance: random.Random
) -> Iterator[Brief]:
    """Add what is no news: sent again, with a taken name, or not good at all."""
    again: list[Brief] = []
    for brief in briefs:
        yield brief
        draw = chance.random()
        if draw < _AGAIN:
            again.append(Brief(brief.zender, brief.value, "dubbel"))
        elif draw < _AGAIN + _OTHER and _type(brief) == "wmo301":
            other = brief.value.replace(b"Testpersoon", b"Anders")
            again.append(Brief(brief.zender, other, "retour"))
        elif draw < _AGAIN + _OTHER + _BAD:
            yield _spoiled(brief, writer, chance)
        if again and chance.random() < _AGAIN:
            yield again.pop(chance.randrange(len(again)))
    yield from again


def _spoiled(brief: Brief, writer: _Writer, chance: random.Random) -> Brief:
    data = writer.renamed(brief)
    match chance.randrange(3):
        case 0:
            return Brief(brief.zender, data[:-20], "fout")
        case 1 if _type(brief) == "wmo301":
            # A Bsn that fails the check of eleven is a matter of rules.
            root = etree.fromstring(data)
            _fill(root, {"Bsn": "999999999"})
            return Brief(brief.zender, _text(root), "retour")
        case _:
            return Brief("0000", data, "onbestelbaar")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _type(brief: Brief) -> str:
    return etree.fromstring(brief.value).prefix or ""


def _add_profielen(part: etree._Element, feit: Geindiceerd) -> None:
    space = f"{{{etree.QName(part).namespace}}}"
    lijst = etree.SubElement(part, f"{space}GeindiceerdeZorgzwaartepakketten")
    for code, ingang, einde in feit.profielen:
        one = etree.SubElement(lijst, f"{space}GeindiceerdZorgzwaartepakket")
        etree.SubElement(one, f"{space}ZzpCode").text = code
        etree.SubElement(one, f"{space}Ingangsdatum").text = ingang.isoformat()
        if einde is not None:
            etree.SubElement(one, f"{space}Einddatum").text = einde.isoformat()
        etree.SubElement(one, f"{space}Klasse").text = "K0"
        etree.SubElement(one, f"{space}Financiering").text = "1"


@cache
def _bytes(name: str) -> bytes:
    return (_GOED / f"{name}.xml").read_bytes()


def _sample(name: str) -> etree._Element:
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.fromstring(_bytes(name), parser)


def _fill(element: etree._Element, values: _Values) -> None:
    """Put values in the first element of each name; None takes it away."""
    for name, value in values.items():
        found = element.find(f".//{{*}}{name}")
        if found is None and value is not None:
            space = etree.QName(element).namespace
            found = etree.Element(f"{{{space}}}{name}")
            omvang = element.find("{*}Omvang")
            place = len(element) if omvang is None else element.index(omvang)
            element.insert(place, found)
        if found is None:
            continue
        if value is None:
            above = found.getparent()
            assert above is not None
            above.remove(found)
        else:
            found.text = value


def _text(root: etree._Element) -> bytes:
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body

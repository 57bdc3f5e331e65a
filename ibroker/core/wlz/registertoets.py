"""The Wlz-registertoets as a gemeente sees it: a question, and what answers it.

A number that is none is never sent: the answer to it could be taken for "Nee".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lxml import etree

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.rules.persoon import cs002
from ibroker.core.wlz.bericht import build_header, write_bericht
from ibroker.core.wlz.feit import Wlzstatus
from ibroker.core.wlz.feitsoort import read_datum
from ibroker.errors import WlzTableError

__all__ = ["Registertoets", "Toetsing", "is_bsn", "parse_registertoets"]

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Toetsing:
    """What the answer says; without a decision the dates are None."""

    status: Wlzstatus = field(repr=False)
    afgifte: date | None = field(repr=False)
    ingang: date | None = field(repr=False)
    einde: date | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registertoets:
    """The types of a question and of its answer; `parse_registertoets` makes one."""

    vraag: Berichttype
    antwoord: Berichttype

    def build_vraag(
        self, bsn: str, gemeente: str, oorzaak: str, dagtekening: date
    ) -> bytes:
        """Write a question of a gemeente about the person with that BSN.

        `oorzaak` is a UUID that no other question has. Same arguments, same bytes.
        """
        partij = ("Afzender", gemeente)
        header = build_header(self.vraag, partij, oorzaak, dagtekening)
        return write_bericht(self.vraag, header, [("Bsn", bsn)])

    def read_antwoord(self, ce_type: str, data: bytes) -> Toetsing | None:
        """Read what was delivered in answer; None where that is no answer but a fout.

        Answers are our own, and valid for their XSD.
        """
        if ce_type != self.antwoord.ce_type:
            return None
        root = etree.fromstring(data)
        texts = {
            etree.QName(one).localname: one.text or ""
            for one in root.iter("{*}*")
            if not len(one)
        }
        return Toetsing(
            Wlzstatus(texts["WlzStatus"]),
            *[
                read_datum(texts[name]) if name in texts else None
                for name in ("Afgiftedatum", "Ingangsdatum", "Einddatum")
            ],
        )


def is_bsn(text: str) -> bool:
    """Whether someone can have this number: nine digits, and the 11-proef.

    The rule sheet lets 000000000 pass (CS002); nobody has that.
    """
    is_number = len(text) == _DIGITS and text.isascii() and text.isdigit()
    return is_number and text.strip("0") != "" and not cs002(text)


def parse_registertoets(
    table: Mapping[str, Any], catalogue: Catalogue
) -> Registertoets:
    """Find the types that the parsed feiten.toml names in the catalogue.

    Raises WlzTableError where one is not there.
    """
    found: list[Berichttype] = []
    for name in ("vraag", "antwoord"):
        berichttype = catalogue.by_type.get(table.get(name, ""))
        if berichttype is None:
            raise WlzTableError(f"feiten.toml: {name} is geen berichttype")
        found.append(berichttype)
    return Registertoets(*found)

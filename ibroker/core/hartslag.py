"""The heartbeat: what ibroker sends to itself, to see that berichten come through.

It comes in as any bericht does and is judged as any. Then the router puts it where
heartbeats end, beside a fact of nobody for the Wlz stream, which puts one there too.
It is not kept to be known again, no party gets it, and it opens no clock.

Its kenmerk says when it was sent: `hartslag-` and the milliseconds since 1970.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from ibroker.core.addressing import Adresfout, address_bericht
from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import GGK, Zending, deliver
from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.poststuk import Besluit, Outcome, Poststuk, tell
from ibroker.core.wlz.afleiding import Afkomst

__all__ = [
    "DOOR_WLZ",
    "build_hartslag",
    "deliver_hartslag",
    "kenmerk_of",
    "sent_at",
]

DOOR_WLZ: Final = ".wlz"
"""What the ce_type ends with where it came through the Wlz stream too."""

_KENMERK: Final = re.compile(r"hartslag-([0-9]{1,15})")
_MS: Final = 1000
_BERICHT: Final = """<?xml version="1.0" encoding="UTF-8"?>
<hartslag:Bericht xmlns:hartslag="{namespace}" xmlns:basis="{basis}">
  <hartslag:Header>
    <hartslag:BerichtCode>{code}</hartslag:BerichtCode>
    <hartslag:BerichtVersie>{versie}</hartslag:BerichtVersie>
    <hartslag:BerichtSubversie>{subversie}</hartslag:BerichtSubversie>
    <hartslag:BerichtIdentificatie>
      <basis:Identificatie>{identificatie}</basis:Identificatie>
      <basis:Dagtekening>{dagtekening}</basis:Dagtekening>
    </hartslag:BerichtIdentificatie>
  </hartslag:Header>
  <hartslag:Moment>{moment}</hartslag:Moment>
</hartslag:Bericht>
"""


def kenmerk_of(moment: float) -> str:
    """Give the kenmerk of the heartbeat of a moment, in seconds since 1970."""
    return f"hartslag-{_ms(moment)}"


def sent_at(kenmerk: str | None) -> float | None:
    """Give the seconds since 1970 that a kenmerk says; None where it says none."""
    found = None if kenmerk is None else _KENMERK.fullmatch(kenmerk)
    return None if found is None else int(found[1]) / _MS


def build_hartslag(moment: datetime, berichttype: Berichttype) -> bytes:
    """Write the heartbeat of a moment in UTC; `berichttype` is that of heartbeats.

    Its identificatie are the milliseconds since 1970, in hex. Same arguments, same
    bytes.
    """
    standaard = berichttype.standaard
    return _BERICHT.format(
        namespace=berichttype.namespace,
        basis=standaard.basis,
        code=berichttype.code,
        versie=standaard.berichtversie,
        subversie=standaard.berichtsubversie,
        identificatie=f"{_ms(moment.timestamp()):x}",
        dagtekening=moment.date().isoformat(),
        moment=moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    ).encode()


def deliver_hartslag(poststuk: Poststuk) -> Outcome | None:
    """Let through what ibroker itself hands in; None for all but a good heartbeat."""
    verdict, register = poststuk.verdict, poststuk.tables.register
    gelezen, eigen = verdict.gelezen, register.partij(GGK)
    if gelezen is None or eigen is None or verdict.niveau is not None:
        return None
    if not gelezen[0].hartslag or sent_at(poststuk.kenmerk) is None:
        return None
    adres = address_bericht(*gelezen, eigen, register, poststuk.moment.date())
    if isinstance(adres, Adresfout):
        return None
    stempel, afleiding = poststuk.stempel, poststuk.tables.afleiding
    zending = Zending(
        id=stempel.id,
        soort=gelezen[0].ce_type,
        zender=GGK,
        value=poststuk.value,
        sha256=poststuk.sha256,
        kenmerk=poststuk.kenmerk,
    )
    ontvanger = replace(adres.ontvanger, topic=register.topics.hartslag)
    outgoing = [deliver(zending, ontvanger, stempel)]
    if afleiding is not None:
        afkomst = Afkomst(str(stempel.id), stempel.tijd, poststuk.kenmerk)
        outgoing.append(afleiding.pass_hartslag(afkomst, stempel.partition))
    return Outcome(
        tuple(outgoing),
        tell(poststuk, Besluit(Uitkomsttype.BEZORGD, (), verdict), GGK),
        register.topics.gebeurtenissen,
    )


def _ms(moment: float) -> int:
    return round(moment * _MS)

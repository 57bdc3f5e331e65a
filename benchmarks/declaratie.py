"""Builds a valid WMO323 of any size, with test BSNs only."""

from collections.abc import Iterator

__all__ = ["build_declaratie"]

_FIRST_BSN = 999900006
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_BEDRAG = 1250

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<wmo323:Bericht xmlns:wmo323="http://www.istandaarden.nl/iwmo/3_2/wmo323/schema"
    xmlns:iwmo="http://www.istandaarden.nl/iwmo/3_2/basisschema/schema">
  <wmo323:Header>
    <wmo323:BerichtCode>484</wmo323:BerichtCode>
    <wmo323:BerichtVersie>3</wmo323:BerichtVersie>
    <wmo323:BerichtSubversie>2</wmo323:BerichtSubversie>
    <wmo323:Afzender>98000011</wmo323:Afzender>
    <wmo323:Ontvanger>0363</wmo323:Ontvanger>
    <wmo323:BerichtIdentificatie>
      <iwmo:Identificatie>BENCH</iwmo:Identificatie>
      <iwmo:Dagtekening>2026-02-03</iwmo:Dagtekening>
    </wmo323:BerichtIdentificatie>
    <wmo323:XsdVersie>
      <iwmo:BasisschemaXsdVersie>1.0.0</iwmo:BasisschemaXsdVersie>
      <iwmo:BerichtXsdVersie>1.0.0</iwmo:BerichtXsdVersie>
    </wmo323:XsdVersie>
  </wmo323:Header>
  <wmo323:Declaratie>
    <wmo323:DeclaratieNummer>BENCH1</wmo323:DeclaratieNummer>
    <wmo323:DeclaratiePeriode>
      <iwmo:Begindatum>2026-01-01</iwmo:Begindatum>
      <iwmo:Einddatum>2026-01-31</iwmo:Einddatum>
    </wmo323:DeclaratiePeriode>
    <wmo323:DeclaratieDagtekening>2026-02-03</wmo323:DeclaratieDagtekening>
    <wmo323:TotaalIngediendBedrag>
      <iwmo:TotaalBedrag>{totaal}</iwmo:TotaalBedrag>
      <iwmo:DebetCredit>D</iwmo:DebetCredit>
    </wmo323:TotaalIngediendBedrag>
    <wmo323:Clienten>
"""
_CLIENT = """      <wmo323:Client>
        <wmo323:Bsn>{bsn}</wmo323:Bsn>
        <wmo323:Prestaties>
"""
_PRESTATIE = """          <wmo323:Prestatie>
            <wmo323:ProductReferentie>
              <iwmo:ReferentieNummer>{nummer:09}</iwmo:ReferentieNummer>
            </wmo323:ProductReferentie>
            <wmo323:ToewijzingNummer>{nummer}</wmo323:ToewijzingNummer>
            <wmo323:ProductCategorie>02</wmo323:ProductCategorie>
            <wmo323:ProductCode>02A03</wmo323:ProductCode>
            <wmo323:ProductPeriode>
              <iwmo:Begindatum>2026-01-01</iwmo:Begindatum>
              <iwmo:Einddatum>2026-01-31</iwmo:Einddatum>
            </wmo323:ProductPeriode>
            <wmo323:GeleverdVolume>1</wmo323:GeleverdVolume>
            <wmo323:Eenheid>04</wmo323:Eenheid>
            <wmo323:ProductTarief>1250</wmo323:ProductTarief>
            <wmo323:IngediendBedrag>
              <iwmo:Bedrag>1250</iwmo:Bedrag>
              <iwmo:DebetCredit>D</iwmo:DebetCredit>
            </wmo323:IngediendBedrag>
          </wmo323:Prestatie>
"""
_CLIENT_END = """        </wmo323:Prestaties>
      </wmo323:Client>
"""
_TAIL = """    </wmo323:Clienten>
  </wmo323:Declaratie>
</wmo323:Bericht>
"""


def build_declaratie(prestaties: int, clients: int) -> bytes:
    """A valid WMO323 with so many prestaties, spread evenly over the clients.

    There are some 9,000 test BSNs; more clients than that would share one.
    """
    clients = min(clients, 9_000)
    parts = [_HEAD.format(totaal=prestaties * _BEDRAG)]
    bsns = _test_bsns()
    for client in range(clients):
        first = client * prestaties // clients
        last = (client + 1) * prestaties // clients
        parts.append(_CLIENT.format(bsn=next(bsns)))
        parts += [_PRESTATIE.format(nummer=nummer) for nummer in range(first, last)]
        parts.append(_CLIENT_END)
    parts.append(_TAIL)
    return "".join(parts).encode()


def _test_bsns() -> Iterator[str]:
    number = _FIRST_BSN
    while True:
        bsn = str(number)
        if sum(w * int(d) for w, d in zip(_WEIGHTS, bsn, strict=True)) % 11 == 0:
            yield bsn
        number += 1

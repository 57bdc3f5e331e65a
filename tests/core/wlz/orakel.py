"""An oracle of its own: facts in SQLite, and what must stand by plain SQL.

Written from the rules (TR332, OP033, OP080, CS335, TR382, TR326 and the overlap test of
the Wlz-signaal), without the code it is held against. All dates are ISO texts.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date

from ibroker.core.wlz.feit import Feit, Geindiceerd, Gestart, Gestopt, Toegewezen

__all__ = ["Staat", "what_must_stand"]

Staat = tuple[str, str, str, str, str | None, tuple[int, ...]]
"""Gemeente, status, Afgiftedatum, Ingangsdatum, Einddatum, ToewijzingNummers."""

_TABLES = """
CREATE TABLE toewijzing (
    gemeente, nummer, aanbieder, ingang, einde, besloten, reden);
CREATE TABLE start (gemeente, nummer, aanbieder, categorie, product, begin, status);
CREATE TABLE stop (
    gemeente, nummer, aanbieder, categorie, product, begin, datum, reden, status);
CREATE TABLE indicatie (besluitnummer, afgifte, ingang, einde, profielen, status);
CREATE TABLE profiel (code, status);
"""

_STANDING = """
WITH
-- The newest decision on a ToewijzingNummer; at one moment a withdrawal counts.
beslist AS (
    SELECT *, row_number() OVER (
        PARTITION BY gemeente, nummer
        ORDER BY besloten DESC, coalesce(reden, '') = '13' DESC,
            coalesce(reden, '') DESC, ingang DESC,
            coalesce(einde, '9999-12-31') DESC, einde IS NULL DESC,
            coalesce(aanbieder, '') DESC
    ) AS plaats
    FROM toewijzing
),
nu AS (SELECT * FROM beslist WHERE plaats = 1 AND coalesce(reden, '') <> '13'),
-- Starts and stops that were not removed, of the aanbieder that was assigned.
s AS (
    SELECT start.* FROM start JOIN nu USING (gemeente, nummer)
    WHERE (nu.aanbieder IS NULL OR nu.aanbieder = start.aanbieder)
    AND NOT EXISTS (
        SELECT * FROM start AS weg WHERE weg.status = '3'
        AND (weg.gemeente, weg.nummer, weg.aanbieder, weg.begin)
            = (start.gemeente, start.nummer, start.aanbieder, start.begin)
        AND weg.categorie IS start.categorie AND weg.product IS start.product)
),
e AS (
    SELECT stop.* FROM stop JOIN nu USING (gemeente, nummer)
    WHERE (nu.aanbieder IS NULL OR nu.aanbieder = stop.aanbieder)
    AND NOT EXISTS (
        SELECT * FROM stop AS weg WHERE weg.status = '3'
        AND (weg.gemeente, weg.nummer, weg.aanbieder, weg.begin, weg.datum, weg.reden)
            = (stop.gemeente, stop.nummer, stop.aanbieder, stop.begin, stop.datum,
               stop.reden)
        AND weg.categorie IS stop.categorie AND weg.product IS stop.product)
),
-- Each delivery that is known, with its definitive stop if it has one.
levering AS (
    SELECT gemeente, nummer, aanbieder, categorie, product, begin, NULL AS datum FROM s
    UNION ALL
    SELECT gemeente, nummer, aanbieder, categorie, product, begin,
        CASE WHEN reden = '20' THEN NULL ELSE datum END FROM e
),
-- Of each product the delivery that began last decides whether it goes on.
lijn AS (
    SELECT gemeente, nummer, aanbieder, categorie, product,
        max(CASE WHEN datum IS NULL THEN begin END) AS sinds
    FROM levering GROUP BY gemeente, nummer, aanbieder, categorie, product
),
gestopt AS (
    SELECT lijn.gemeente, lijn.nummer, (
        SELECT max(datum) FROM levering AS x
        WHERE (x.gemeente, x.nummer, x.aanbieder)
            = (lijn.gemeente, lijn.nummer, lijn.aanbieder)
        AND x.categorie IS lijn.categorie AND x.product IS lijn.product
        AND (lijn.sinds IS NULL OR x.begin >= lijn.sinds)
    ) AS datum
    FROM lijn
),
-- A provision is over when all that is delivered on it is.
over AS (
    SELECT gemeente, nummer, max(datum) AS datum FROM gestopt
    GROUP BY gemeente, nummer HAVING count(*) = count(datum)
),
loopt AS (
    SELECT nu.gemeente, nu.nummer, nu.ingang,
        min(coalesce(nu.einde, '9999-12-31'), coalesce(over.datum, '9999-12-31'))
            AS einde
    FROM nu LEFT JOIN over USING (gemeente, nummer)
),
-- The newest decision of CIZ; what it says itself before what its profielen mean.
besluit AS (
    SELECT afgifte, ingang, einde, coalesce(status, CASE
        WHEN profielen = '' THEN 'Ja'
        WHEN EXISTS (
            SELECT * FROM profiel WHERE profiel.status = 'Ja'
            AND instr(profielen, code)) THEN 'Ja'
        ELSE 'Onbekend' END) AS wlz
    FROM indicatie
    WHERE :moment IS NULL OR ingang <= :moment
    ORDER BY afgifte DESC, besluitnummer DESC, status IS NOT NULL DESC,
        coalesce(status, '') = 'Nee' DESC, coalesce(status, '') DESC, ingang DESC,
        coalesce(einde, '9999-12-31') DESC, einde IS NULL DESC, profielen DESC
    LIMIT 1
)
SELECT loopt.gemeente, wlz, afgifte, besluit.ingang, besluit.einde, nummer
FROM loopt, besluit
WHERE wlz <> 'Nee'
AND loopt.ingang <= loopt.einde
AND besluit.ingang <= coalesce(besluit.einde, '9999-12-31')
AND besluit.ingang <= loopt.einde
AND loopt.ingang <= coalesce(besluit.einde, '9999-12-31')
ORDER BY loopt.gemeente, nummer
"""


def what_must_stand(
    feiten: Iterable[Feit], profielen: dict[str, str], moment: date | None
) -> list[Staat]:
    """Give what must stand, by gemeente, by these facts of one person.

    `profielen` gives the status of each ZZP code; with a `moment` an indicatie counts
    from its Ingangsdatum, without one from its decision.
    """
    base = sqlite3.connect(":memory:")
    base.executescript(_TABLES)
    base.executemany("INSERT INTO profiel VALUES (?, ?)", profielen.items())
    for feit in feiten:
        _insert(base, feit)
    day = None if moment is None else moment.isoformat()
    found: dict[tuple[str, str, str, str, str | None], list[int]] = {}
    for *staat, nummer in base.execute(_STANDING, {"moment": day}):
        found.setdefault(tuple(staat), []).append(nummer)
    base.close()
    return [(*staat, tuple(nummers)) for staat, nummers in found.items()]


def _insert(base: sqlite3.Connection, feit: Feit) -> None:
    row: tuple[object, ...]
    match feit:
        case Toegewezen():
            table = "toewijzing"
            row = (
                *(feit.gemeente, feit.nummer, feit.aanbieder, _iso(feit.ingang)),
                *(_iso(feit.einde), feit.besloten, feit.reden_wijziging),
            )
        case Gestart():
            table = "start"
            row = (*_levering(feit), _iso(feit.datum), feit.status)
        case Gestopt():
            table = "stop"
            row = (
                *(*_levering(feit), _iso(feit.begin), _iso(feit.datum)),
                *(feit.reden, feit.status),
            )
        case Geindiceerd():
            table = "indicatie"
            codes = ",".join(sorted({code for code, _, _ in feit.profielen}))
            row = (
                *(feit.besluitnummer, _iso(feit.afgifte), _iso(feit.ingang)),
                *(_iso(feit.einde), codes, feit.status),
            )
        case _:
            return
    marks = ", ".join("?" * len(row))
    base.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - our names


def _levering(feit: Gestart | Gestopt) -> tuple[object, ...]:
    return (feit.gemeente, feit.nummer, feit.aanbieder, feit.categorie, feit.product)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

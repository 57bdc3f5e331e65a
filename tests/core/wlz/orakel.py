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
CREATE TABLE opvolging (oud, nieuw);
"""

_STANDING = """
WITH RECURSIVE
-- After a herindeling a provision has the old code and the new, directly or at last.
lijn_van AS (
    SELECT oud, nieuw FROM opvolging
    UNION SELECT lijn_van.oud, opvolging.nieuw
    FROM lijn_van JOIN opvolging ON opvolging.oud = lijn_van.nieuw
),
verwant AS (
    SELECT oud AS een, nieuw AS ander FROM lijn_van
    UNION SELECT nieuw, oud FROM lijn_van
    UNION SELECT gemeente, gemeente FROM toewijzing
),
-- The newest decision on a ToewijzingNummer; at one moment a withdrawal counts. Of the
-- same under two codes that of the gemeente that took over, which has more before it.
beslist AS (
    SELECT *, row_number() OVER (
        PARTITION BY nummer
        ORDER BY besloten DESC, coalesce(reden, '') = '13' DESC,
            coalesce(reden, '') DESC, ingang DESC,
            coalesce(einde, '9999-12-31') DESC, einde IS NULL DESC,
            coalesce(aanbieder, '') DESC,
            (SELECT count(*) FROM lijn_van WHERE nieuw = gemeente) DESC, gemeente
    ) AS plaats
    FROM toewijzing
),
nu AS (
    SELECT * FROM beslist WHERE coalesce(reden, '') <> '13'
    AND NOT EXISTS (
        SELECT * FROM beslist AS later
        JOIN verwant ON verwant.een = beslist.gemeente
            AND verwant.ander = later.gemeente
        WHERE later.nummer = beslist.nummer AND later.plaats < beslist.plaats)
),
-- Starts and stops that were not removed, of the aanbieder that was assigned, under
-- the code of the toewijzing.
starts AS (
    SELECT nu.gemeente, nu.nummer, start.aanbieder, categorie, product, begin, status
    FROM nu JOIN verwant ON een = nu.gemeente
    JOIN start ON start.gemeente = ander AND start.nummer = nu.nummer
    WHERE nu.aanbieder IS NULL OR nu.aanbieder = start.aanbieder
),
stops AS (
    SELECT nu.gemeente, nu.nummer, stop.aanbieder, categorie, product, begin, datum,
        stop.reden, status
    FROM nu JOIN verwant ON een = nu.gemeente
    JOIN stop ON stop.gemeente = ander AND stop.nummer = nu.nummer
    WHERE nu.aanbieder IS NULL OR nu.aanbieder = stop.aanbieder
),
s AS (
    SELECT * FROM starts AS x
    WHERE NOT EXISTS (
        SELECT * FROM starts AS weg WHERE weg.status = '3'
        AND (weg.gemeente, weg.nummer, weg.aanbieder, weg.begin)
            = (x.gemeente, x.nummer, x.aanbieder, x.begin)
        AND weg.categorie IS x.categorie AND weg.product IS x.product)
),
e AS (
    SELECT * FROM stops AS x
    WHERE NOT EXISTS (
        SELECT * FROM stops AS weg WHERE weg.status = '3'
        AND (weg.gemeente, weg.nummer, weg.aanbieder, weg.begin, weg.datum, weg.reden)
            = (x.gemeente, x.nummer, x.aanbieder, x.begin, x.datum, x.reden)
        AND weg.categorie IS x.categorie AND weg.product IS x.product)
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
    feiten: Iterable[Feit],
    profielen: dict[str, str],
    moment: date | None,
    opvolging: Iterable[tuple[str, str]] = (),
) -> list[Staat]:
    """Give what must stand, by gemeente, by these facts of one person.

    `profielen` gives the status of each ZZP code; with a `moment` an indicatie counts
    from its Ingangsdatum, without one from its decision. `opvolging` says which
    gemeente went into which.
    """
    base = sqlite3.connect(":memory:")
    base.executescript(_TABLES)
    base.executemany("INSERT INTO profiel VALUES (?, ?)", profielen.items())
    base.executemany("INSERT INTO opvolging VALUES (?, ?)", opvolging)
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

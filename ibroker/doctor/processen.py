"""The processes by their own metrics, and what of those may leave the operators."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ibroker.doctor.bevinding import Bevinding, fout, goed, let_op
from ibroker.status.meting import Meting, Sample

__all__ = ["check_processen", "export_meting"]

_ONDERDEEL = "processen"
_BUILD = "ibroker_build_info"
_PREFIXES = ("ibroker_", "process_", "python_")
_FEW = 5
# A count by one of these may say something of a person where it is small.
_NARROW = frozenset({"ontvanger", "berichttype", "regel"})
_DEPTH = "ibroker_postvak_depth_records"
_PARTY = re.compile(r"[0-9]{4}|CAK|SVB|CIZ|zorgaanbieder")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._+ -]{0,59}")
_NUMBER = re.compile(r"[0-9.+]{1,8}|\+Inf|[0-9](?:\.[0-9])?e[+-][0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Label:
    """A label that may go along, and what its values look like."""

    name: str
    shape: re.Pattern[str]


_LABELS = {
    one.name: one.shape
    for one in (
        *[
            _Label(name, _WORD)
            for name in (
                *("antwoord", "berichttype", "bestemming", "certificate", "event"),
                *("group", "implementation", "process", "regel", "result", "stage"),
                "uitkomst",
            )
        ],
        *[
            _Label(name, _NUMBER)
            for name in (
                *("broker", "generation", "le", "major", "minor", "patchlevel"),
                *("python", "version", "versie"),
            )
        ],
        _Label("ontvanger", _PARTY),
    )
}


def check_processen(metingen: Sequence[Meting], versie: str) -> Iterator[Bevinding]:
    """Say of each process whether it answers, and whether it is of our version."""
    for meting in metingen:
        builds = tuple(meting.of(_BUILD))
        if meting.waarom is not None:
            yield fout(_ONDERDEEL, meting.naam, f"antwoordt niet: {meting.waarom}")
        elif not builds:
            yield fout(_ONDERDEEL, meting.naam, "is geen proces van ibroker")
        else:
            labels = builds[0].labels
            tekst = f"{labels.get('process')} {labels.get('version')}"
            if labels.get("version") == versie:
                yield goed(_ONDERDEEL, meting.naam, tekst)
            else:
                yield let_op(_ONDERDEEL, meting.naam, f"{tekst}; hier is {versie}")


def export_meting(meting: Meting) -> list[dict[str, object]]:
    """Give the samples that may leave the operators.

    Only names and labels that we know, with values of the shape that those have. A
    number below five by party, berichttype or regel is None; and so is how old the
    oldest is that such a party has not fetched.
    """
    hidden = {
        one.labels.get("ontvanger") for one in meting.of(_DEPTH) if one.value < _FEW
    }
    return [
        {
            "naam": one.name,
            "labels": dict(one.labels),
            "waarde": None if _is_small(one, hidden) else one.value,
        }
        for one in meting.samples
        if one.name.startswith(_PREFIXES) and _is_known(one)
    ]


def _is_small(one: Sample, hidden: set[str | None]) -> bool:
    is_of_few = one.labels.get("ontvanger") in hidden - {None}
    return is_of_few or (bool(_NARROW & one.labels.keys()) and one.value < _FEW)


def _is_known(one: Sample) -> bool:
    return all(
        name in _LABELS and _LABELS[name].fullmatch(value)
        for name, value in one.labels.items()
    )

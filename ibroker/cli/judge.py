"""Judges one source as the broker would, and writes the answer that it would send."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ibroker.cli.answer_file import write_answer
from ibroker.cli.source import Reader, Source, Unreadable
from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.fout import Fout, Uitkomst
from ibroker.core.verdict import Limits, Verdict, validate_bericht
from ibroker.standards import load_standards

__all__ = ["Assignment", "Judge", "Oordeel", "Task"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is asked of every source alike.

    `schemas` is the extra folder of XSDs; `answers` the folder to write answers in,
    which bear the time `tijdstip`.
    """

    max_bytes: int
    schemas: Path | None
    answers: Path | None
    tijdstip: datetime
    explain: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One source to judge, and the name of its answer."""

    source: Source
    answer_name: str


@dataclass(frozen=True, slots=True)
class Oordeel:
    """The verdict on one source, as it is shown.

    `uitleg` holds (locatie, verwacht) of what an XSD expects, None where not asked.
    """

    bestand: str
    berichttype: str | None
    uitkomst: Uitkomst
    niveau: int | None
    fouten: tuple[Fout, ...]
    uitleg: tuple[tuple[str, str], ...] | None = None


class Judge:
    """Judges sources for one assignment; holds the standards, loaded once."""

    def __init__(self, assignment: Assignment) -> None:
        """Load the standards. Raises ConfigError where they are not usable."""
        self._assignment = assignment
        self._standards = load_standards(assignment.schemas)
        self._limits = Limits(max_bytes=assignment.max_bytes)
        # One byte more than allowed shows that a source is too large.
        self._reader = Reader(assignment.max_bytes + 1)

    def judge(self, task: Task) -> Oordeel | Unreadable:
        """Judge one source, and write its answer if that is asked and there is one."""
        data = self._reader.read(task.source)
        if isinstance(data, Unreadable):
            return data
        verdict = validate_bericht(data, self._standards, self._limits)
        if self._assignment.answers is not None:
            self._answer(data, verdict, self._assignment.answers, task.answer_name)
        return Oordeel(
            bestand=task.source.bestand,
            berichttype=None
            if verdict.berichttype is None
            else verdict.berichttype.type,
            uitkomst=verdict.uitkomst,
            niveau=verdict.niveau,
            fouten=verdict.fouten,
            uitleg=self._explain(data, verdict) if self._assignment.explain else None,
        )

    def close(self) -> None:
        """Close what is still open."""
        self._reader.close()

    def _answer(self, data: bytes, verdict: Verdict, folder: Path, name: str) -> None:
        answer = build_answer(
            data,
            verdict,
            AnswerTables(self._standards.catalogue, self._standards.foutcodes),
            tijdstip=self._assignment.tijdstip,
        )
        if answer is not None:
            write_answer(folder, name, answer)

    def _explain(self, data: bytes, verdict: Verdict) -> tuple[tuple[str, str], ...]:
        if verdict.uitkomst is not Uitkomst.ONGELDIG or verdict.berichttype is None:
            return ()
        # xmlschema takes longer to load than a bericht takes to judge.
        from ibroker.core.explain import explain_xsd  # noqa: PLC0415

        found = explain_xsd(data, verdict.berichttype, self._standards)
        return tuple((uitleg.locatie, uitleg.verwacht) for uitleg in found)

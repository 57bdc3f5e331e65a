"""The diagnostics bundle: a zip for who helps, with nothing of a person in it.

It has what `ibroker doctor` found, and no bericht, key, header or log. Paths are cut
to their last part, secrets and foreign names are left out, and small counts hidden.
"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from ibroker.doctor.bevinding import Bevinding
from ibroker.doctor.instellingen import list_instellingen, shorten
from ibroker.doctor.omgeving import list_versions
from ibroker.doctor.processen import export_meting
from ibroker.doctor.topics import describe_plan
from ibroker.errors import ConfigError
from ibroker.settings import Settings
from ibroker.status.meting import Meting
from ibroker.topics.plan import Plan

__all__ = ["Bundel", "write_bundel"]

_MODE = 0o600
_README: Final = """\
Wat ibroker doctor vond. Er zit geen bericht in, geen sleutel, geen header en geen log.

bevindingen.json   elke controle: onderdeel, naam, oordeel, tekst
instellingen.json  elke instelling en waar hij vandaan komt; geheimen niet
versies.json       ibroker, en de bibliotheken die het gebruikt
topics.json        waarin het cluster van topics.yaml afwijkt; null: niet te zien
metrics.json       wat de processen van zichzelf meten; null: een aantal onder de 5 van
                   een partij, een berichttype of een regel, dat verborgen blijft

Van een pad staat er alleen het laatste deel.
"""


@dataclass(frozen=True, slots=True)
class Bundel:
    """What goes in; `plan` is None where the topics could not be seen."""

    settings: Settings
    bevindingen: Sequence[Bevinding]
    plan: Plan | None
    metingen: Sequence[Meting]
    now: datetime

    def files(self) -> dict[str, str]:
        """Give the files of the bundle: name and text."""
        return {"LEESMIJ.txt": _README} | {
            f"{name}.json": self._as_json(value)
            for name, value in {
                "bevindingen": self._bevindingen(),
                "instellingen": self._instellingen(),
                "versies": list_versions(),
                "topics": None if self.plan is None else describe_plan(self.plan),
                "metrics": self._metrics(),
            }.items()
        }

    def _bevindingen(self) -> object:
        return {
            "moment": self.now.isoformat(timespec="seconds"),
            "bevindingen": [
                {
                    "onderdeel": one.onderdeel,
                    "naam": one.naam,
                    "oordeel": one.oordeel.value,
                    "tekst": one.tekst,
                }
                for one in self.bevindingen
            ],
        }

    def _instellingen(self) -> object:
        return [
            {"naam": one.naam, "waarde": one.waarde, "herkomst": one.herkomst}
            for one in list_instellingen(self.settings)
        ]

    def _metrics(self) -> object:
        return [
            {
                "naam": one.naam,
                "moment": round(one.moment, 3),
                "waarom": one.waarom,
                "metingen": export_meting(one),
            }
            for one in self.metingen
        ]

    def _as_json(self, value: object) -> str:
        text = json.dumps(value, ensure_ascii=False, indent=2)
        return shorten(text, self.settings) + "\n"


def write_bundel(bundel: Bundel, path: Path) -> None:
    """Write it, for the owner's eyes only. Raises ConfigError where it cannot be.

    A file that is there stays as it is.
    """
    files = bundel.files()
    try:
        with path.open("xb") as file:
            path.chmod(_MODE)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in files.items():
                    archive.writestr(name, text)
    except OSError as error:
        raise ConfigError(f"--bundle: {path}: {error.strerror}") from error

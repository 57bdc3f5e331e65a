"""A small town: some gemeenten of the register, their topics, and their post."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ibroker.sleutels import make_persoonssleutels, make_sleutel
from ibroker.standards import load_standards

# The benchmarks are scripts: they find each other's modules beside them.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from traffic import Post, load_mix

GEMEENTEN = ("0344", "0363", "0518", "0599", "0014", "0034")
_NAMED = "\n".join(
    f'  {{ code = "{code}", naam = "Gemeente {code}" }},' for code in GEMEENTEN
)


@dataclass(frozen=True)
class Town:
    """Its folder has what a process of ours must be told."""

    folder: Path
    _storms: Iterator[int] = field(default_factory=count, init=False)

    def build(self) -> None:
        """Write the table of gemeenten, and the key."""
        partijen = self.folder / "partijen"
        partijen.mkdir(parents=True)
        (partijen / "gemeenten.toml").write_text(f"gemeente = [\n{_NAMED}\n]\n")
        make_sleutel(self.folder / "sleutel")
        make_persoonssleutels(self.folder / "personen")

    def environment(self, address: str) -> dict[str, str]:
        """The settings of a process of ours that is to work at this cluster."""
        return {
            **os.environ,
            "IBROKER_KAFKA": address,
            "IBROKER_PARTIJEN": str(self.folder / "partijen"),
            "IBROKER_VERWIJZING_SLEUTEL": str(self.folder / "sleutel"),
            "IBROKER_DATA": str(self.folder / "data"),
        }

    def environment_of(self, machine: str, address: str) -> dict[str, str]:
        """The same for one that knows the keys of people, on a disk of its own."""
        return {
            **self.environment(address),
            "IBROKER_PERSOONSSLEUTELS": str(self.folder / "personen"),
            "IBROKER_DATA": str(self.folder / machine),
        }

    def make_topics(self, address: str) -> None:
        """Make the topics of this town."""
        subprocess.run(
            [sys.executable, "-m", "ibroker", "topics", "apply"],
            env=self.environment(address),
            check=True,
            capture_output=True,
        )

    def post(self, number: int, seed: int) -> Iterator[Post]:
        """So many berichten from and to it, no two alike, some of them bad.

        Each time others, for the router remembers what it accepted.
        """
        mix = load_mix(load_standards(None), GEMEENTEN)
        return mix.post(number, seed + 1000 * next(self._storms))

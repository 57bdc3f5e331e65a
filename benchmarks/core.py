"""How many berichten one core judges in a second, from bytes to verdict.

    python benchmarks/core.py [FOLDER] [SECONDS]

Takes the *.xml in FOLDER, by default our own samples, and goes round them.
"""

import sys
import time
from pathlib import Path

from ibroker.core.verdict import validate_bericht
from ibroker.standards import load_standards

SAMPLES = Path(__file__).parent.parent / "tests" / "berichten"


def main() -> None:
    """Judge for a while and print what that came to."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0  # noqa: PLR2004
    berichten = [path.read_bytes() for path in sorted(folder.rglob("*.xml"))]
    if not berichten:
        sys.exit(f"no *.xml in {folder}")
    start = time.perf_counter()
    standards = load_standards()
    for bericht in berichten:
        validate_bericht(bericht, standards)
    ready = time.perf_counter()
    rounds = 0
    while time.perf_counter() - ready < seconds:
        for bericht in berichten:
            validate_bericht(bericht, standards)
        rounds += 1
    taken = time.perf_counter() - ready
    count = rounds * len(berichten)
    megabytes = rounds * sum(map(len, berichten)) / 1e6
    print(f"standards loaded, first round: {ready - start:.2f} s")
    print(f"{len(berichten)} berichten, {count} verdicts in {taken:.1f} s")
    print(f"{count / taken:,.0f} berichten/s, {megabytes / taken:.1f} MB/s")


if __name__ == "__main__":
    main()

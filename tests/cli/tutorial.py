"""Who follows the tutorial: he types its commands, and what it promises comes true."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.blocks import ROOT, typed

__all__ = ["follow_tutorial"]

_PATIENCE = 120  # s
_SAMPLES = ROOT / "tests" / "berichten"
# Those that need no post office are tried elsewhere.
_COMMANDS = [
    one.words[1:]
    for one in typed()
    if one.where == "docs/tutorial.md" and one.is_whole
    if one.words[0] == "ibroker" and one.words[1] != "validate"
]


class _Newcomer:
    """Someone with a folder of his own, in which the samples are."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        (folder / "tests").symlink_to(ROOT / "tests")
        self._folder = folder
        self._environment = environment

    def type(self, words: Sequence[str]) -> str:
        """Type a command, which must end well."""
        return subprocess.run(
            [sys.executable, "-m", "ibroker", *words],
            capture_output=True,
            check=True,
            cwd=self._folder,
            env=self._environment,
            text=True,
            timeout=_PATIENCE,
        ).stdout

    def post(self) -> dict[str, bytes]:
        """What he has collected, by the id of what each answers, or by its own."""
        return {
            said["inreplyto"] or said["id"]: path.with_suffix(".xml").read_bytes()
            for path in self._folder.glob("post/98000011/*.json")
            for said in (json.loads(path.read_text(encoding="utf-8")),)
        }


def follow_tutorial(folder: Path, environment: Mapping[str, str]) -> None:
    """Follow it past `make up`.

    The good bericht arrives as it was sent, and the bad one is answered.
    """
    newcomer = _Newcomer(folder, environment)
    receipts: list[str] = []
    for words in _COMMANDS:
        said = newcomer.type(words)
        if words[0] == "publish":
            receipts.append(json.loads(said)["id"])
        until = time.monotonic() + _PATIENCE
        # A person types no faster than the router routes.
        while words[0] == "consume" and not {*receipts} <= newcomer.post().keys():
            assert time.monotonic() < until
            newcomer.type(words)
    good, bad = receipts
    assert (_SAMPLES / "goed" / "WMO301.xml").read_bytes() == newcomer.post()[good]
    assert b"wmo308" in newcomer.post()[bad]
    assert {"consume", "watch", "status", "deadletter"} <= {one[0] for one in _COMMANDS}

"""`ibroker validate` on zips, good and hostile."""

import json
import zipfile
from pathlib import Path

import pytest

from ibroker.core.fout import Regel
from tests.cli.running import Run


def shown(stdout: bytes) -> list[tuple[str, str]]:
    """Give (bestand, uitkomst) of each JSON line."""
    lines = [json.loads(line) for line in stdout.splitlines()]
    return [(row["bestand"], row["uitkomst"]) for row in lines]


def test_entries_are_named_after_their_zip(
    run: Run, goed: Path, fout: Path, tmp_path: Path
) -> None:
    """Each *.xml in a zip is judged as x.zip!name; other entries are passed over."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(goed / "WMO301.xml", "a.xml")
        archive.write(fout / "afgekeurd-WMO307-TR018.xml", "map/b.XML")
        archive.writestr("lees.txt", "geen bericht")
        archive.writestr("nog.zip", b"PK")
        archive.writestr("__MACOSX/._a.xml", b"\0")

    done = run("validate", "x.zip")

    assert [("x.zip!a.xml", "geldig"), ("x.zip!map/b.XML", "afgekeurd")] == shown(
        done.stdout
    )


def test_two_entries_of_one_name_are_both_judged(
    run: Run, goed: Path, fout: Path, tmp_path: Path
) -> None:
    """A zip may hold a name twice; neither bericht hides behind the other."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(goed / "WMO301.xml", "a.xml")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(fout / "ongeldig-WMO305-XSD.xml", "a.xml")

    done = run("validate", "x.zip")

    assert [("x.zip!a.xml", "geldig"), ("x.zip!a.xml", "ongeldig")] == shown(
        done.stdout
    )


def test_a_bomb_is_refused_without_inflating_it(run: Run, tmp_path: Path) -> None:
    """An entry of 2 GB that takes 2 MB in the zip is GROOTTE, soon."""
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bom.xml", "w", force_zip64=True) as entry,
    ):
        for _ in range(2000):
            entry.write(bytes(1_000_000))

    done = run("validate", "x.zip", "--jobs", "1")

    assert [("x.zip!bom.xml", "geweigerd")] == shown(done.stdout)
    assert Regel.GROOTTE == json.loads(done.stdout)["fouten"][0]["regel"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound_are_not_inflated(
    run: Run, goed: Path, tmp_path: Path, method: int
) -> None:
    """Python inflates bzip2 and lzma without a limit, so those are not read."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as archive:
        archive.write(goed / "WMO301.xml", "a.xml")

    done = run("validate", "x.zip")

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"fout: x.zip!a.xml: compressie wordt niet ondersteund\n" == done.stderr


def test_an_encrypted_entry_is_said(run: Run, goed: Path, tmp_path: Path) -> None:
    """An encrypted entry is a line on stderr; what can be read is judged."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(goed / "WMO301.xml", "a.xml")
        archive.write(goed / "WMO305.xml", "b.xml")
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1  # the flag "encrypted" in the central directory
    path.write_bytes(data)

    done = run("validate", "x.zip")

    assert [("x.zip!b.xml", "geldig")] == shown(done.stdout)
    assert b"fout: x.zip!a.xml: versleuteld\n" == done.stderr
    assert 1 == done.returncode


def test_a_damaged_entry_is_said(run: Run, goed: Path, tmp_path: Path) -> None:
    """An entry whose bytes were damaged is not judged as if they were right."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(goed / "WMO301.xml", "a.xml")
    path.write_bytes(path.read_bytes().replace(b"Testpersoon", b"Gestpersoon"))

    done = run("validate", "x.zip")

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"fout: x.zip!a.xml: beschadigd in de zip\n" == done.stderr


@pytest.mark.parametrize("data", [b"", b"geen zip", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_is_said(run: Run, tmp_path: Path, data: bytes) -> None:
    """A file that is called zip but is none is bad input, not a crash."""
    (tmp_path / "x.zip").write_bytes(data)

    done = run("validate", "x.zip")

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"fout: x.zip: geen leesbaar zipbestand\n" == done.stderr


def test_a_zip_without_berichten_is_not_good(run: Run, tmp_path: Path) -> None:
    """A zip with nothing to judge in it does not end with 0."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("lees.txt", "geen bericht")

    done = run("validate", "x.zip")

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"fout: x.zip: geen *.xml in deze zip\n" == done.stderr


def test_many_entries_over_many_processes(
    run: Run, goed: Path, fout: Path, tmp_path: Path
) -> None:
    """A zip of thousands of berichten comes out whole and in order."""
    pair = (goed / "WMO319.xml", fout / "afgekeurd-JW319-TR377.xml")
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3000):
            archive.write(pair[number % 2], f"{number}.xml")

    done = run("validate", "x.zip", "--jobs", "2")

    uitkomsten = ("geldig", "afgekeurd")
    assert [
        (f"x.zip!{number}.xml", uitkomsten[number % 2]) for number in range(3000)
    ] == shown(done.stdout)

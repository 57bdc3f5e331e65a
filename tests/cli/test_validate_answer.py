"""`ibroker validate --answer`: the files that it writes."""

import re
import zipfile
from pathlib import Path

from lxml import etree

from ibroker.cli.answer_file import plan_names
from ibroker.cli.source import Source
from tests.cli.running import Run


def names(folder: Path) -> list[str]:
    """Give the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_each_verdict_has_its_answer(run: Run, fout: Path, tmp_path: Path) -> None:
    """Level 2 gives a retour or 325, a type without one a Fo01, a retour nothing."""
    done = run("validate", fout, "--answer", "antwoord/hier")

    afgekeurd = {
        "afgekeurd-JW317-CS003.retour.xml": "jw318",
        "afgekeurd-JW319-TR377.retour.xml": "jw320",
        "afgekeurd-WMO301-CS002.retour.xml": "wmo302",
        "afgekeurd-WMO301-TR006.retour.xml": "wmo302",
        "afgekeurd-WMO307-TR018.retour.xml": "wmo308",
        "afgekeurd-WMO323-TR358.retour.xml": "wmo325",
    }
    fo01 = {
        f"{path.stem}.fo01.xml": "stuf0301"
        for path in fout.iterdir()
        if not path.stem.startswith("afgekeurd") or re.search("WMO325|WLZ", path.stem)
    }
    folder = tmp_path / "antwoord" / "hier"
    assert 1 == done.returncode
    assert sorted(afgekeurd | fo01) == names(folder)
    for name, word in (afgekeurd | fo01).items():
        root = etree.fromstring((folder / name).read_bytes())
        assert word in " ".join(root.nsmap.values()).lower().replace("/", "")


def test_a_retour_is_itself_geldig(run: Run, fout: Path, tmp_path: Path) -> None:
    """What we answer at level 2 passes our own judgement."""
    run("validate", fout, "--answer", "antwoord")
    retouren = sorted((tmp_path / "antwoord").glob("*.retour.xml"))

    done = run("validate", *retouren)

    assert retouren
    assert 0 == done.returncode


def test_equal_names_do_not_overwrite_each_other(
    run: Run, fout: Path, tmp_path: Path
) -> None:
    """Three inputs called a.xml, in folders and a zip, get three answers."""
    data = (fout / "afgekeurd-WMO307-TR018.xml").read_bytes()
    for folder in ("een", "twee"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.xml").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "drie.zip", "w") as archive:
        archive.writestr("../map/a.xml", data)

    run("validate", "een", "twee", "drie.zip", "--answer", "antwoord")

    expected = ["a-2.retour.xml", "a-3.retour.xml", "a.retour.xml"]
    assert expected == names(tmp_path / "antwoord")


def test_an_input_is_never_overwritten(run: Run, fout: Path, tmp_path: Path) -> None:
    """Where the answer's name is that of an input, the answer gets another."""
    data = (fout / "afgekeurd-WMO307-TR018.xml").read_bytes()
    for name in ("a.xml", "a.retour.xml"):
        (tmp_path / name).write_bytes(data)

    run("validate", "a.xml", "a.retour.xml", "--answer", ".")

    assert data == (tmp_path / "a.retour.xml").read_bytes()
    assert [
        "a-2.retour.xml",
        "a.retour.retour.xml",
        "a.retour.xml",
        "a.xml",
    ] == names(tmp_path)


def test_a_second_run_writes_the_same_names(
    run: Run, fout: Path, tmp_path: Path
) -> None:
    """Judging again replaces the answers; nothing piles up and nothing is left over."""
    run("validate", fout, "--answer", "antwoord")
    before = names(tmp_path / "antwoord")
    run("validate", fout, "--answer", "antwoord")

    assert before == names(tmp_path / "antwoord")


def test_a_folder_that_cannot_be_made_is_one_line(run: Run, tmp_path: Path) -> None:
    """Where --answer names a file, nothing is judged and the exit code is 2."""
    (tmp_path / "bezet").write_text("")

    done = run("validate", "-", "--answer", "bezet")

    assert (2, b"") == (done.returncode, done.stdout)
    assert done.stderr.startswith(b"fout: --answer bezet: ")


def test_names_stay_in_the_folder_and_within_bounds(tmp_path: Path) -> None:
    """Names out of a zip are made safe: no folders, no odd characters, not too long."""
    entries = ["../../weg.xml", "C:\\x\\y.xml", "..xml", "a:b?.xml", "é" * 300 + ".xml"]
    sources = [
        Source(f"x.zip!{entry}", "x.zip", place, 0)
        for place, entry in enumerate(entries)
    ]

    assert ["weg", "y", "bericht", "a_b_", "é" * 100] == plan_names(sources, tmp_path)


def test_names_differ_in_more_than_capitals(tmp_path: Path) -> None:
    """On a disk that knows no capitals, answers do not overwrite each other either."""
    sources = [
        Source(name, name, None, 0) for name in ("p/A.xml", "q/a.XML", "r/a-2.xml")
    ]

    assert ["A", "a-2", "a-2-2"] == plan_names(sources, tmp_path)

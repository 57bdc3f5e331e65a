"""`ibroker validate`: what it says, in which form, and how it ends."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ibroker.core.fout import Regel
from tests.cli.running import Run

KEYS = ["bestand", "berichttype", "uitkomst", "niveau", "fouten"]
FOUT_KEYS = ["regel", "retourcode", "locaties", "regelnummer", "tekst"]
NIVEAUS = {"geldig": None, "afgekeurd": 2, "ongeldig": 1, "geweigerd": 0}


def rows(stdout: bytes) -> list[dict[str, Any]]:
    """Parse JSON lines."""
    return [json.loads(line) for line in stdout.splitlines()]


def test_a_good_bericht_of_every_type_is_geldig(run: Run, goed: Path) -> None:
    """There is a sample of each type of the catalogue, and every one is geldig."""
    catalogus = Path(__file__).parents[2] / "schemas" / "catalogus.toml"
    types = sorted(
        row["type"] for row in tomllib.loads(catalogus.read_text())["bericht"]
    )

    done = run("validate", goed)

    assert 0 == done.returncode
    assert types == sorted(row["berichttype"] for row in rows(done.stdout))
    assert {"geldig"} == {row["uitkomst"] for row in rows(done.stdout)}
    assert b"" == done.stderr


def test_a_bad_bericht_is_judged_as_its_name_says(run: Run, fout: Path) -> None:
    """Every sample in fout/ has the uitkomst, the type and the regel of its name."""
    done = run("validate", fout)

    assert 1 == done.returncode
    found = {
        Path(row["bestand"]).stem: (
            f"{row['uitkomst']}-{row['berichttype'] or 'onbekend'}-"
            f"{row['fouten'][0]['regel']}"
        )
        for row in rows(done.stdout)
    }
    assert {name: name for name in found} == found
    assert sorted(path.stem for path in fout.iterdir()) == sorted(found)


def test_json_is_that_of_the_interface(run: Run, fout: Path, goed: Path) -> None:
    """Each line has the keys of the interface, in its order, with their types."""
    done = run("validate", fout, goed, "--format", "json")

    for row in rows(done.stdout):
        assert KEYS == list(row)
        assert NIVEAUS[row["uitkomst"]] == row["niveau"]
        assert (row["uitkomst"] == "geldig") == (row["fouten"] == [])
        for one in row["fouten"]:
            assert FOUT_KEYS == list(one)
            assert isinstance(one["regel"], str)
            assert isinstance(one["retourcode"], str)
            assert all(place.startswith("/Bericht") for place in one["locaties"])
            assert one["regelnummer"] is None or one["regelnummer"] > 0
            assert one["tekst"]


def test_json_of_one_fout_to_the_letter(run: Run, fout: Path) -> None:
    """A contact without telephone or address is TR006 at the second contact."""
    path = fout / "afgekeurd-WMO301-TR006.xml"

    done = run("validate", path)

    assert [
        {
            "bestand": str(path),
            "berichttype": "WMO301",
            "uitkomst": "afgekeurd",
            "niveau": 2,
            "fouten": [
                {
                    "regel": "TR006",
                    "retourcode": "0001",
                    "locaties": ["/Bericht/Client/Contactgegevens/Contact[2]"],
                    "regelnummer": 41,
                    "tekst": "Vul bij Contact een Telefoon, of een Adres met Huis en "
                    "Postcode.",
                }
            ],
        }
    ] == rows(done.stdout)


def test_a_table_names_regel_place_and_line(run: Run, fout: Path) -> None:
    """The table has a row for each bericht, its fouten under it, and a tally."""
    done = run("validate", fout / "afgekeurd-WMO307-TR018.xml", "--format", "table")

    text = done.stdout.decode()
    assert 1 == done.returncode
    assert text.startswith("afgekeurd  WMO307  ")
    assert "TR018  regelnummer 37" in text
    assert "/Bericht/Client/StopProducten/StopProduct/Einddatum" in text
    assert text.endswith("0 geldig, 1 afgekeurd, 0 ongeldig, 0 geweigerd\n")


def test_stdin_is_a_dash(run: Run, goed: Path) -> None:
    """`-` judges what comes in on stdin, and is called that."""
    done = run("validate", "-", stdin=(goed / "JW305.xml").read_bytes())

    assert 0 == done.returncode
    assert [("-", "JW305")] == [
        (row["bestand"], row["berichttype"]) for row in rows(done.stdout)
    ]


def test_bestand_is_the_path_as_given(run: Run, goed: Path, tmp_path: Path) -> None:
    """A path is shown as the user wrote it, and what a folder holds under it."""
    (tmp_path / "uit" / "later").mkdir(parents=True)
    for name in ("uit/b.xml", "uit/A.XML", "uit/later/c.xml", "uit/lees.txt"):
        (tmp_path / name).write_bytes((goed / "WMO319.xml").read_bytes())

    done = run("validate", "./uit//b.xml", "uit/", "uit/lees.txt")

    assert [
        "./uit//b.xml",
        "uit/A.XML",
        "uit/b.xml",
        "uit/later/c.xml",
        "uit/lees.txt",
    ] == [row["bestand"] for row in rows(done.stdout)]


def test_a_name_that_is_no_text_is_no_crash(
    run: Run, goed: Path, tmp_path: Path
) -> None:
    """Bytes that are not UTF-8 and control characters are shown as escapes."""
    for name in (b"na\xefef.xml", b"rood\x1b[31m\n.xml"):
        (tmp_path / "uit").mkdir(exist_ok=True)
        path = bytes(tmp_path / "uit") + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123 - Path takes no bytes
            file.write((goed / "WMO319.xml").read_bytes())

    as_json = run("validate", "uit")
    as_table = run("validate", "uit", "--format", "table", env={"LC_ALL": "C"})

    assert ["uit/na\\xefef.xml", "uit/rood\\x1b[31m\\n.xml"] == [
        row["bestand"] for row in rows(as_json.stdout)
    ]
    assert b"uit/na\\xefef.xml" in as_table.stdout
    assert b"\x1b" not in as_table.stdout
    assert (0, 0) == (as_json.returncode, as_table.returncode)


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("validate", "bestaat-niet.xml"),
        ("validate", "-", "-"),
        ("validate", "-", "--format", "xml"),
        ("validate", "-", "--jobs", "0"),
        ("validate", "-", "--max-bytes", "0"),
        ("beoordeel", "-"),
    ],
)
def test_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    """Wrong use judges nothing, says so on stderr and ends with 2."""
    done = run(*arguments)

    assert (2, b"") == (done.returncode, done.stdout)
    assert b"Traceback" not in done.stderr
    assert done.stderr


def test_a_path_that_does_not_exist_is_named(run: Run, goed: Path) -> None:
    """Nothing is judged where one of the paths does not exist."""
    done = run("validate", goed, "weg/b.xml")

    assert (2, b"") == (done.returncode, done.stdout)
    assert b"fout: weg/b.xml bestaat niet\n" == done.stderr


@pytest.mark.parametrize(
    "name,value",
    [
        ("IBROKER_MAX_BYTES", "veel"),
        ("IBROKER_MAX_BYTES", "-1"),
        ("IBROKER_SCHEMAS", "/bestaat/niet"),
    ],
)
def test_a_wrong_setting_is_one_line(run: Run, name: str, value: str) -> None:
    """A setting that is no good is named in one line, with exit code 2."""
    done = run("validate", "-", env={name: value})

    assert (2, b"") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith(f"fout: {name}".encode())


def test_an_empty_setting_is_none(run: Run, goed: Path) -> None:
    """A setting that is empty counts as not set."""
    empty = {"IBROKER_MAX_BYTES": "", "IBROKER_SCHEMAS": ""}

    done = run("validate", goed / "WMO301.xml", env=empty)

    assert 0 == done.returncode


def test_a_broken_schema_folder_is_one_line(
    run: Run, goed: Path, tmp_path: Path
) -> None:
    """An XSD that does not parse or compile is named in one line, with exit code 2."""
    (tmp_path / "eigen").mkdir()
    (tmp_path / "eigen" / "x.xsd").write_text("<xs:schema")

    done = run("validate", goed, env={"IBROKER_SCHEMAS": "eigen"})

    assert (2, b"") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith(b"fout: ")


def test_own_schemas_win(run: Run, goed: Path, tmp_path: Path) -> None:
    """An XSD of the extra folder replaces ours of the same target namespace."""
    ours = Path(__file__).parents[2] / "schemas" / "iwmo-3.2" / "WMO319.xsd"
    (tmp_path / "eigen").mkdir()
    stricter = ours.read_text().replace('value="482"', 'value="999"')
    (tmp_path / "eigen" / "mijn319.xsd").write_text(stricter)

    done = run("validate", goed / "WMO319.xml", env={"IBROKER_SCHEMAS": "eigen"})

    assert ["ongeldig"] == [row["uitkomst"] for row in rows(done.stdout)]


def test_too_large_is_refused_by_option_and_by_setting(run: Run, goed: Path) -> None:
    """The option goes before the setting; one byte too many is GROOTTE."""
    path = goed / "WMO301.xml"
    size = path.stat().st_size
    fits = run("validate", path, "--max-bytes", str(size))
    too_large = run("validate", path, "--max-bytes", str(size - 1))
    by_setting = run("validate", path, env={"IBROKER_MAX_BYTES": "100"})
    over = run(
        "validate", path, "--max-bytes", "90000", env={"IBROKER_MAX_BYTES": "100"}
    )

    assert [0, 1, 1, 0] == [
        done.returncode for done in (fits, too_large, by_setting, over)
    ]
    for done in (too_large, by_setting):
        assert [Regel.GROOTTE] == [
            fout["regel"] for row in rows(done.stdout) for fout in row["fouten"]
        ]


def test_a_huge_file_is_not_read_whole(run: Run, tmp_path: Path) -> None:
    """A file of 20 GB is refused at once, since only its beginning is read."""
    with (tmp_path / "groot.xml").open("wb") as file:
        file.truncate(20_000_000_000)

    done = run("validate", "groot.xml", "--jobs", "1")

    assert ["geweigerd"] == [row["uitkomst"] for row in rows(done.stdout)]
    assert Regel.GROOTTE == rows(done.stdout)[0]["fouten"][0]["regel"]


def test_an_unreadable_file_is_said_on_stderr(
    run: Run, goed: Path, tmp_path: Path
) -> None:
    """What is found but cannot be read is a line on stderr; the rest is judged."""
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / "a.xml").symlink_to("nergens")
    (tmp_path / "uit" / "b.xml").write_bytes((goed / "WMO319.xml").read_bytes())

    done = run("validate", "uit")

    assert ["uit/b.xml"] == [row["bestand"] for row in rows(done.stdout)]
    assert done.stderr.startswith(b"fout: uit/a.xml: niet te lezen: ")
    assert 1 == done.returncode


def test_an_empty_folder_is_not_good(run: Run, tmp_path: Path) -> None:
    """A folder without berichten gets no verdict, so it does not end with 0."""
    (tmp_path / "leeg").mkdir()

    done = run("validate", "leeg")

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"fout: leeg: geen *.xml of *.zip\n" == done.stderr


def test_many_processes_say_what_one_says(run: Run, fout: Path, goed: Path) -> None:
    """With more processes the verdicts are the same, in the order of the input."""
    paths = [goed, fout, goed, "-"]
    stdin = (goed / "JW301.xml").read_bytes()

    one = run("validate", *paths, "--jobs", "1", stdin=stdin)
    three = run("validate", *paths, "--jobs", "3", stdin=stdin)

    assert one.stdout == three.stdout
    assert (1, 1) == (one.returncode, three.returncode)
    assert b"" == three.stderr


@pytest.mark.parametrize("output", ["json", "table"])
def test_no_value_of_a_bericht_is_ever_shown(
    run: Run, fout: Path, goed: Path, tmp_path: Path, output: str
) -> None:
    """A BSN or a name in a bericht comes out on neither stdout nor stderr."""
    (tmp_path / "uit").mkdir()
    canaries = (b"999901102", b"999901103", b"Testpersoon", b"Proefkind", b"1234AB")
    for path in (*fout.iterdir(), *goed.iterdir()):
        data = path.read_bytes()
        (tmp_path / "uit" / path.name).write_bytes(data)
        # The same values where the XSD does not allow them, and outside elements.
        wrong = data.replace(b"</", b"999901103</", 1).replace(b"Bsn>9", b"Bsn>X9")
        (tmp_path / "uit" / f"x{path.name}").write_bytes(wrong)
        (tmp_path / "uit" / f"y{path.name}").write_bytes(data + b"999901103")

    done = run("validate", "uit", "--format", output, "--answer", "antwoord")

    shown = done.stdout + done.stderr
    assert 1 == done.returncode
    assert [] == [canary for canary in canaries if canary in shown]
    for answer in (tmp_path / "antwoord").iterdir():
        assert [] == [canary for canary in canaries if canary in answer.read_bytes()]


def test_version_and_help(run: Run) -> None:
    """--version names the version, and help has examples and the exit codes."""
    version = run("--version")
    text = run("validate", "--help")

    assert (0, b"ibroker 0.1.0\n") == (version.returncode, version.stdout)
    assert 0 == text.returncode
    for line in (b"ibroker validate bericht.xml", b"Exitcodes", b"--answer"):
        assert line in text.stdout

"""The folder of what was collected."""

import subprocess
import sys
from pathlib import Path

import pytest

from ibroker.errors import ConfigError
from ibroker.post.folder import Folder


def visible(path: Path) -> list[str]:
    """What whoever lists the folder sees."""
    return sorted(one.name for one in path.iterdir() if one.name[0] != ".")


def test_files_are_whole(tmp_path: Path) -> None:
    """What was saved is there under its name, and a second time replaces the first."""
    with Folder(tmp_path / "a" / "b") as folder:
        folder.save([("x.xml", b"one"), ("y.xml", b"")])
        folder.save([("x.xml", b"two")])

    assert ["x.xml", "y.xml"] == visible(tmp_path / "a" / "b")
    assert b"two" == (tmp_path / "a" / "b" / "x.xml").read_bytes()


def test_only_the_owner_reads(tmp_path: Path) -> None:
    """Folder and files hold personal data, so no one else may read them."""
    with Folder(tmp_path / "in") as folder:
        folder.save([("x.xml", b"one")])

    assert 0o700 == (tmp_path / "in").stat().st_mode & 0o777
    assert 0o600 == (tmp_path / "in" / "x.xml").stat().st_mode & 0o777


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second process is refused as long as the first is there."""
    first, second = Folder(tmp_path), Folder(tmp_path)
    with first, pytest.raises(ConfigError, match="schrijft hier al"), second:
        pass
    with Folder(tmp_path) as folder:
        folder.save([("x.xml", b"one")])


def test_no_link_is_followed(tmp_path: Path) -> None:
    """A link that someone put in the folder has nothing written elsewhere."""
    other = tmp_path / "other"
    other.write_bytes(b"as it was")
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "x.xml").symlink_to(other)
    (inbox / ".ibroker-draft").symlink_to(other)
    with Folder(inbox) as folder:
        with pytest.raises(ConfigError):
            folder.save([("x.xml", b"new")])
        (inbox / ".ibroker-draft").unlink()
        folder.save([("x.xml", b"new")])

    assert b"as it was" == other.read_bytes()
    assert b"new" == (inbox / "x.xml").read_bytes()


def test_where_no_folder_can_be(tmp_path: Path) -> None:
    """A file in the place of the folder is said so."""
    (tmp_path / "x").touch()

    with pytest.raises(ConfigError, match="x"), Folder(tmp_path / "x"):
        pass


FULL = """
import resource, sys
from pathlib import Path
from ibroker.errors import ConfigError
from ibroker.post.folder import Folder

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with Folder(Path(sys.argv[1])) as folder:
    try:
        folder.save([("a.xml", b"x" * 900), ("b.xml", b"x" * 1100), ("c.xml", b"x")])
    except ConfigError as error:
        print(error)
"""


def test_what_does_not_fit_is_not_there(tmp_path: Path) -> None:
    """A file of which the disk takes only half is not there, nor is the next."""
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert "b.xml: File too large" in told
    assert ["a.xml"] == visible(tmp_path)
    assert not (tmp_path / ".ibroker-draft").exists()


def test_a_full_disk(tmp_path: Path) -> None:
    """On a file system without room it is said so, and nothing half is left."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    try:
        with Folder(small) as folder:
            folder.save([("a.xml", b"x" * 30_000)])
            with pytest.raises(ConfigError, match="No space left"):
                folder.save([("b.xml", b"x" * 60_000)])

        assert ["a.xml"] == visible(small)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_what_is_left_of_a_crash_is_written_over(tmp_path: Path) -> None:
    """A draft that a killed process left does no harm to the next."""
    (tmp_path / ".ibroker-draft").write_bytes(b"half of something longer than this")
    with Folder(tmp_path) as folder:
        folder.save([("x.xml", b"one")])

    assert b"one" == (tmp_path / "x.xml").read_bytes()
    assert [".ibroker.lock", "x.xml"] == sorted(one.name for one in tmp_path.iterdir())

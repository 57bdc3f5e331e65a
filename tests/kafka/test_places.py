"""Where state lies on a machine: one owner at a time, and nothing stands in the way."""

import asyncio
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ibroker.errors import StateDamaged, StateError
from ibroker.kafka.places import Places
from ibroker.kafka.store import Mark
from tests.kafka.test_store import rot

MARK = Mark("log", 7, 1_790_000_000_000)
HOLDER = """
import asyncio, sys, time
from pathlib import Path
from ibroker.kafka.places import Places
async def hold():
    async with Places(Path(sys.argv[1])).open(3):
        print("held", flush=True)
        time.sleep(600)
asyncio.run(hold())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the stores of a process are."""
    return tmp_path / "data" / "state" / "app"


async def fill(folder: Path) -> None:
    """Write something to a store."""
    async with Places(folder).open(3) as store:
        store.write({b"a": b"1"}, MARK)


def held(folder: Path) -> "subprocess.Popen[bytes]":
    """Another process that holds the store."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert b"held\n" == process.stdout.readline()
    return process


def places(folder: Path) -> list[str]:
    """What there is for the partition."""
    return sorted(one.name for one in (folder / "3").iterdir())


async def test_a_store_outlives_who_opened_it(folder: Path) -> None:
    """The next one finds it as it was left; partitions are apart."""
    await fill(folder)
    async with Places(folder).open(3) as store, Places(folder).open(4) as other:
        assert (b"1", MARK) == (store.get(b"a"), store.mark())
        assert (None, None) == (other.get(b"a"), other.mark())
    async with Places(folder).open(3, fresh=True) as store:
        assert (None, None) == (store.get(b"a"), store.mark())


async def test_only_the_owner_may_look(folder: Path) -> None:
    """Nobody else gets past any folder of it, however open one was before."""
    (folder.parent / "app").mkdir(0o755, parents=True)
    folder.parent.chmod(0o755)
    await fill(folder)

    for one in (folder.parent, folder, folder / "3", folder / "3" / "0"):
        assert 0o700 == stat.S_IMODE(one.stat().st_mode)


async def test_a_former_owner_that_stands_still_is_not_waited_for(folder: Path) -> None:
    """Another place is begun, empty; the old one is cleared away once it is free."""
    await fill(folder)
    process = held(folder)
    process.send_signal(signal.SIGSTOP)
    with capture_logs() as logs:
        async with Places(folder, patience=0.2).open(3) as store:
            assert store.mark() is None
            store.write({b"a": b"2"}, MARK)
    assert ["state is in use"] == [one["event"] for one in logs]
    assert ["0", "1"] == places(folder)
    process.kill()
    process.communicate()
    async with Places(folder).open(3) as store:
        assert b"2" == store.get(b"a")

    assert ["1"] == places(folder)


async def test_a_former_owner_that_ends_is_waited_for(folder: Path) -> None:
    """It drains; what it wrote is used."""
    await fill(folder)
    process = held(folder)
    asyncio.get_running_loop().call_later(0.5, process.kill)
    async with Places(folder, patience=30).open(3) as store:
        assert b"1" == store.get(b"a")
    process.communicate()

    assert ["0"] == places(folder)


@pytest.mark.parametrize("harm", ["rotten", "cut off", "no CURRENT", "no manifest"])
async def test_a_damaged_store_is_made_anew(folder: Path, harm: str) -> None:
    """It is empty then, and a warning says so; the next time it is an ordinary one."""
    values = {b"%06d" % n: b"%0100d" % (n * 7919**9) for n in range(20_000)}
    for _ in range(2):
        async with Places(folder).open(3) as store:
            store.write(values, MARK)
    database = folder / "3" / "0" / "db"
    match harm:
        case "rotten":
            rot(database.parent)
            async with Places(folder).open(3) as store:
                with pytest.raises(StateDamaged):
                    list(store.scan(b""))
        case "cut off":
            for table in database.glob("*.sst"):
                table.write_bytes(table.read_bytes()[:1000])
        case "no CURRENT":
            (database / "CURRENT").write_text("onzin")
        case _:
            for manifest in database.glob("MANIFEST-*"):
                manifest.unlink()
    with capture_logs() as logs:
        for _ in range(2):
            async with Places(folder).open(3) as store:
                assert store.get(b"000001") is None
                store.write({b"a": b"2"}, MARK)

    assert ["state is damaged"] == [one["event"] for one in logs]


async def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """It is no state that is damaged: nothing would be better a second time."""
    (tmp_path / "state").touch()
    with pytest.raises(StateError):
        async with Places(tmp_path / "state" / "app").open(3):
            pass
